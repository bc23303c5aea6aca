"""Expressions (expr, rhs_expr, relational_expr, set_expr, ... of src/parser_bison.y of nftables 1.0.6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import attrs

from vnetsim.errors import NotModelled
from vnetsim.netfilter.nft.proto import HEADERS
from vnetsim.programs.nft import ast
from vnetsim.programs.nft.parser import STRINGS
from vnetsim.programs.nft.parser_primary import FIELD_TOKENS, UNQUALIFIED_KEYS, PrimaryExprParser
from vnetsim.programs.nft.scanner import COLON, COMMA, NUMBER, STRING

#: Levels of operators, from the one that binds most.
_LEVELS: Final = (("<<", ">>"), ("&",), ("^",), ("'|'",))
_OPERATORS: Final = ("==", "!=", "<", ">", ">=", "<=", "!")
#: Tokens that are symbols on the right-hand side, and the scope that they open.
_KEYWORDS: Final = {
    "ether": "ether", "ip": "ip", "ip6": "ip6", "vlan": "vlan", "arp": "arp", "dnat": "nat", "snat": "nat", "ecn": "",
    "reset": "reset", "original": "", "reply": "", "label": "",
}  # fmt: skip
_PROTOCOL_NAMES: Final = {
    "tcp": (6, "tcp"), "udp": (17, "udp"), "udplite": (136, "udplite"), "esp": (50, "esp"), "ah": (51, "ah"),
    "icmp": (1, "icmp"), "igmp": (2, ""), "icmpv6": (58, "icmp"), "comp": (108, "comp"), "dccp": (33, "dccp"),
    "sctp": (132, "sctp"),
}  # fmt: skip
VERDICTS: Final = ("accept", "drop", "continue", "jump", "goto", "return")


#: Statements that are not modelled.
OTHER_STATEMENTS: Final = frozenset({"tproxy", "queue", "dup", "fwd", "meter", "flow", "synproxy", "secmark"})
#: Tokens that a statement can begin with.
STARTS: Final = frozenset(
    {
        *VERDICTS, "counter", "limit", "quota", "log", "reject", "snat", "dnat", "masquerade", "redirect", "notrack",
        "add", "update", "delete", "set", "reset", "xt", "ct", "meta", *UNQUALIFIED_KEYS, *OTHER_STATEMENTS,
        *STRINGS, NUMBER, "'$'", "'('", "'{'", "@", "th", "fib", "rt", "numgen", "jhash", "symhash", "socket", "osf",
        "ipsec", "ip", "ip6", "ether", "vlan", "arp", "icmp", "icmpv6", "igmp", "tcp", "udp", "udplite", "sctp",
        "dccp", "ah", "esp", "comp", "hbh", "rt0", "rt2", "srh", "frag", "dst", "mh", "exthdr",
    }
)  # fmt: skip


class ExprParser(PrimaryExprParser):
    """What a rule is made of, but for its statements."""

    # --- operators --------------------------------------------------------------------------------------------------

    def _operators(
        self, first: Callable[[], ast.Syntax], others: Callable[[], ast.Syntax], level: int = 3
    ) -> ast.Syntax:
        """`a op b`; on the left only the very first operand is something to look at."""
        below = first if level == 0 else lambda: self._operators(first, others, level - 1)
        right = others if level == 0 else lambda: self._operators(others, others, level - 1)
        start = self._token().location
        left = below()
        while self.peek() in _LEVELS[level]:
            operator = self.take().kind.strip("'")
            operand = right()
            left = ast.BinarySyntax(self.since(start), operator, left, operand)
        return left

    def concat(self) -> ast.Syntax:
        """What is looked at: `ip saddr . tcp dport`."""
        return self._concatenated(self._left)

    def _left(self) -> ast.Syntax:
        return self._operators(self.primary, self._primary_right)

    def _concatenated(self, part: Callable[[], ast.Syntax]) -> ast.Syntax:
        first = part()
        if self.peek() != ".":
            return first
        return self._concat_behind(first, part)

    def _concat_behind(self, first: ast.Syntax, part: Callable[[], ast.Syntax]) -> ast.Syntax:
        """More parts; complaints about the third and later ones point to the dot, too, as nft's do."""
        parts = [first]
        while dot := self.accept("."):
            found = part()
            parts.append(found if len(parts) == 1 else attrs.evolve(found, location=dot.location.to(found.location)))
        return ast.ConcatSyntax(first.location.to(parts[-1].location), tuple(parts))

    # --- the right-hand side ----------------------------------------------------------------------------------------

    def _primary_right(self) -> ast.Syntax:
        kind = self.peek()
        if kind in (*STRINGS, "'$'", NUMBER):
            return self._symbol()
        if kind == "'('":
            self.take()
            inner = self._basic_right()
            self.expect("')'", instead=())
            return inner
        return self._keyword() or self._protocol_word() or self.unexpected()

    def _keyword(self) -> ast.Syntax | None:
        kind = self.peek()
        if kind in ("exists", "missing"):
            return ast.KnownValue(self.take().location, int(kind == "exists"), "boolean")
        if kind not in _KEYWORDS:
            return None
        token = self.take()
        if _KEYWORDS[kind]:
            self.leave(_KEYWORDS[kind])
        return ast.Symbol(token.location, kind)

    def _protocol_word(self) -> ast.Syntax | None:
        kind = self.peek()
        if kind == "redirect":
            location = self.take().location
            self.leave("nat")
            return ast.KnownValue(location, 5, "icmp_type")
        if kind not in _PROTOCOL_NAMES:
            return None
        number, scope = _PROTOCOL_NAMES[kind]
        location = self.take().location
        if scope:
            self.leave(scope)
        return ast.KnownValue(location, number, "inet_proto")

    def _basic_right(self) -> ast.Syntax:
        return self._operators(self._primary_right, self._primary_right)

    def concat_right(self) -> ast.Syntax:
        return self._concatenated(lambda: self._multiton(self._basic_right))

    def _multiton(self, basic: Callable[[], ast.Syntax]) -> ast.Syntax:
        """A value, `a/8` or `a-b`."""
        first = basic()
        if self.accept("/"):
            length = self.number()
            return ast.PrefixSyntax(self.since(first.location), first, length)
        return self._range(first, basic)

    def _range(self, first: ast.Syntax, basic: Callable[[], ast.Syntax]) -> ast.Syntax:
        if not self.accept("-"):
            return first
        last = basic()
        return ast.RangeSyntax(first.location.to(last.location), first, last)

    def right(self) -> ast.Syntax:
        """`{ ... }`, `@set`, or values."""
        if self.peek() == "'{'":
            return self.set_literal()
        if self.peek() == "@":
            return self.set_symbol()
        return self.concat_right()

    def set_symbol(self) -> ast.Syntax:
        start = self.take()
        name = self.identifier()
        self.leave("at")
        return ast.SetSymbol(self.since(start.location), name.text)

    def set_reference(self) -> ast.Syntax:
        if self.peek() == "'$'":
            return self.variable()
        if self.peek() != "@":
            self.unexpected("@", "'$'")
        return self.set_symbol()

    # --- relations --------------------------------------------------------------------------------------------------

    def relation(self, left: ast.Syntax) -> ast.Syntax:
        """Behind what is looked at: an operator or none, and what it is compared with."""
        token = self.accept(*_OPERATORS)
        operator = "" if token is None else token.kind
        if self.peek() in ("'{'", "@"):
            right = self.right()
        else:
            first = self._basic_right()
            value = self._list(first) if self.peek() == COMMA else first
            mask = self._mask() if self.peek() == "/" else None
            if isinstance(mask, ast.ListSyntax):
                return ast.FlagsSyntax(left.location.to(mask.location), operator or "==", left, value, mask)
            if isinstance(mask, ast.Symbol):
                value = ast.PrefixSyntax(self.since(first.location), value, int(mask.text))
            right = value if isinstance(value, ast.ListSyntax) else self._rest_of_right(value)
        location = left.location.to(right.location) if token is None else token.location
        return ast.RelationSyntax(location, operator, left, right)

    def _mask(self) -> ast.Syntax:
        """Behind a slash: flags, always more than one, or a number alone, which is the length of a prefix."""
        self.take()
        is_number = self.peek() == NUMBER
        first = self._symbol() if is_number else self._basic_right()
        if self.peek() != COMMA and not is_number:
            self.unexpected(COMMA)
        return self._list(first) if self.peek() == COMMA else first

    def _rest_of_right(self, first: ast.Syntax) -> ast.Syntax:
        """Behind a value or prefix: the end of a range, more of a concatenation."""
        if not isinstance(first, ast.PrefixSyntax):
            first = self._range(first, self._basic_right)
        if self.peek() != ".":
            return first
        return self._concat_behind(first, lambda: self._multiton(self._basic_right))

    def _list(self, first: ast.Syntax) -> ast.Syntax:
        parts = [first]
        while self.accept(COMMA):
            parts.append(self._basic_right())
        return ast.ListSyntax(first.location.to(parts[-1].location), tuple(parts))

    # --- sets -------------------------------------------------------------------------------------------------------

    def set_literal(self, *, empty: bool = False) -> ast.SetSyntax:
        """`empty`: there need not be anything in it."""
        start = self.expect("'{'")
        if empty and self.accept("'}'"):
            return ast.SetSyntax(self.since(start.location), ())
        elements = [self._member()]
        while self.accept(COMMA):
            self.skip_newline()
            if self.peek() == "'}'":
                break
            elements.append(self._member())
        self.expect("'}'", instead=(COMMA, "'}'"))
        return ast.SetSyntax(self.since(start.location), tuple(elements))

    def _member(self) -> ast.Syntax:
        self.skip_newline()
        if self.peek() == "'{'":
            inner: ast.Syntax = self.set_literal()
        else:
            inner = self._mapping()
        self.skip_newline()
        return inner

    def _mapping(self) -> ast.Syntax:
        element = self._element()
        whole = self.since(element.location)
        if not self.accept(COLON):
            return element
        data = self.verdict() if self.peek() in VERDICTS else self.concat_right()
        return ast.MappingSyntax(whole, element, data)

    def _element(self) -> ast.ElementSyntax:
        if (star := self.accept("*")) is not None:
            key: ast.Syntax = ast.CatchAllSyntax(star.location)
        else:
            key = self.concat_right()
        statements = self.kept_statements()
        return self.element_options(key, statements)

    def element_options(self, key: ast.Syntax, statements: tuple[ast.StmtSyntax, ...]) -> ast.ElementSyntax:
        timeout = expires = comment = None
        while self.peek() in ("timeout", "expires", "comment"):
            option = self.take()
            if option.kind == "comment":
                self.once(comment, option.location)
                comment = self.comment()
            elif option.kind == "timeout":
                timeout = self.time()
            else:
                expires = self.time()
        return ast.ElementSyntax(key.location, key, statements, timeout, expires, comment)

    def kept_statements(self) -> tuple[ast.StmtSyntax, ...]:
        """Statements that are kept with an element."""
        raise NotImplementedError

    # --- verdicts ---------------------------------------------------------------------------------------------------

    def verdict(self) -> ast.VerdictSyntax:
        token = self.take()
        if token.kind not in ("jump", "goto"):
            return ast.VerdictSyntax(token.location, token.kind)
        if self.peek() == "'$'":
            found = self.variable()
            assert isinstance(found, ast.Symbol), "a variable that names a chain"
            chain = found
        else:
            if self.peek() == "'{'":
                raise NotModelled("nft jump to a chain without a name")
            name = self.expect(STRING, instead=("'{'",))
            chain = ast.Symbol(name.location, name.text)
        return ast.VerdictSyntax(self.since(token.location), token.kind, chain)

    # --- operands of statements -------------------------------------------------------------------------------------

    def _primary_operand(self) -> ast.Syntax:
        kind = self.peek()
        if kind in (*STRINGS, "'$'", NUMBER):
            return self._symbol()
        if kind == "'('":
            self.take()
            inner = self._basic_operand()
            self.expect("')'", instead=())
            return inner
        if kind in ("ether", "ip", "ip6"):
            return self._header_or_word()
        return self._keyword() or self._looked_at()

    def _header_or_word(self) -> ast.Syntax:
        """`ip saddr`, or `ip` alone."""
        start = self.take()
        header = HEADERS[start.kind]
        kind = self.peek()
        if kind == "option" or header.field(FIELD_TOKENS.get(kind, kind)) is not None:
            return self.header_field(start)
        self.leave(start.kind)
        return ast.Symbol(start.location, start.kind)

    def _basic_operand(self) -> ast.Syntax:
        return self._operators(self._primary_operand, self._primary_operand)

    def operand(self) -> ast.Syntax:
        """What a statement is given: a value, something looked up in a map, a list."""
        first = self._basic_operand()
        if self.peek() == "/":
            self.take()
            return ast.PrefixSyntax(self.since(first.location), first, self.number())
        if self.peek() == "-":
            return self._range(first, self._basic_operand)
        if self.peek() == COMMA and isinstance(first, ast.Symbol):
            return self._operand_list(first)
        if self.peek() == ".":
            first = self._concat_behind(first, self._primary_operand)
        return self._mapped(first)

    def _operand_list(self, first: ast.Syntax) -> ast.Syntax:
        parts = [first]
        while self.accept(COMMA):
            parts.append(self._symbol() if self.peek() in (*STRINGS, "'$'") else self._keyword() or self.unexpected())
        return ast.ListSyntax(first.location.to(parts[-1].location), tuple(parts))

    def _mapped(self, key: ast.Syntax) -> ast.Syntax:
        if not self.accept("map"):
            return key
        mappings = self.set_literal() if self.peek() == "'{'" else self.set_reference()
        return ast.MapSyntax(key.location.to(mappings.location), key, mappings)
