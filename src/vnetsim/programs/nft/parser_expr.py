"""Expressions (expr, rhs_expr, relational_expr, set_expr, ... of src/parser_bison.y of nftables 1.0.6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import attrs

from vnetsim.errors import NotModelled
from vnetsim.netfilter.nft import datatype as types
from vnetsim.netfilter.nft.expression import (
    BinopExpr,
    ConcatExpr,
    ConstantExpr,
    Expr,
    FlagcmpExpr,
    ListExpr,
    PrefixExpr,
    RangeExpr,
    RelationalExpr,
    SymbolExpr,
    VerdictExpr,
)
from vnetsim.netfilter.nft.proto import HEADERS
from vnetsim.netfilter.nft.set_expr import CatchallExpr, MapExpr, MappingExpr, SetElemExpr, SetExpr, SetRefExpr
from vnetsim.netfilter.nft.stateful import Stmt
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
OTHER_STATEMENTS: Final = frozenset({"tproxy", "queue", "meter", "synproxy", "secmark"})
#: Tokens that a statement can begin with.
STARTS: Final = frozenset(
    {
        *VERDICTS, "counter", "limit", "quota", "log", "reject", "snat", "dnat", "masquerade", "redirect", "notrack",
        "add", "flow", "update", "delete", "set", "reset", "xt", "dup", "fwd", "ct", "meta",
        *UNQUALIFIED_KEYS, *OTHER_STATEMENTS, *STRINGS, NUMBER, "'$'", "'('", "'{'",
        "@", "th", "fib", "rt", "numgen", "jhash", "symhash", "socket", "osf",
        "ipsec", "ip", "ip6", "ether", "vlan", "arp", "icmp", "icmpv6", "igmp", "tcp", "udp", "udplite", "sctp",
        "dccp", "ah", "esp", "comp", "hbh", "rt0", "rt2", "srh", "frag", "dst", "mh", "exthdr",
    }
)  # fmt: skip


class ExprParser(PrimaryExprParser):
    """Operators, right-hand sides, sets and verdicts."""

    # --- operators --------------------------------------------------------------------------------------------------

    def _operators(self, first: Callable[[], Expr], others: Callable[[], Expr], level: int = 3) -> Expr:
        """`a op b`; only the first operand is a primary expression of the left-hand side."""
        below = first if level == 0 else lambda: self._operators(first, others, level - 1)
        right = others if level == 0 else lambda: self._operators(others, others, level - 1)
        start = self._token().location
        left = below()
        while self.peek() in _LEVELS[level]:
            operator = self.take().kind.strip("'")
            operand = right()
            left = BinopExpr(operator, left, operand, location=self.since(start))
        return left

    def concat(self) -> Expr:
        """A left-hand side: `ip saddr . tcp dport`."""
        return self._concatenated(self._left)

    def _left(self) -> Expr:
        return self._operators(self.primary, self._primary_right)

    def _concatenated(self, part: Callable[[], Expr]) -> Expr:
        first = part()
        if self.peek() != ".":
            return first
        return self._concat_behind(first, part)

    def _concat_behind(self, first: Expr, part: Callable[[], Expr]) -> Expr:
        """More parts; the locations of the third and later ones include the dot, as in nft."""
        parts = [first]
        while dot := self.accept("."):
            found = part()
            parts.append(found if len(parts) == 1 else attrs.evolve(found, location=dot.location.to(found.location)))
        return ConcatExpr(tuple(parts), location=first.location.to(parts[-1].location))

    # --- the right-hand side ----------------------------------------------------------------------------------------

    def _primary_right(self) -> Expr:
        kind = self.peek()
        if kind in (*STRINGS, "'$'", NUMBER):
            return self._symbol()
        if kind == "'('":
            self.take()
            inner = self._basic_right()
            self.expect("')'", instead=())
            return inner
        return self._keyword() or self._protocol_word() or self.unexpected()

    def _keyword(self) -> Expr | None:
        kind = self.peek()
        if kind in ("exists", "missing"):
            return ConstantExpr(int(kind == "exists"), types.BOOLEAN, location=self.take().location)
        if kind not in _KEYWORDS:
            return None
        token = self.take()
        if _KEYWORDS[kind]:
            self.leave(_KEYWORDS[kind])
        return SymbolExpr(kind, location=token.location)

    def _protocol_word(self) -> Expr | None:
        kind = self.peek()
        if kind == "redirect":
            location = self.take().location
            self.leave("nat")
            return ConstantExpr(5, types.ICMP_TYPE, location=location)
        if kind not in _PROTOCOL_NAMES:
            return None
        number, scope = _PROTOCOL_NAMES[kind]
        location = self.take().location
        if scope:
            self.leave(scope)
        return ConstantExpr(number, types.INET_PROTO, location=location)

    def _basic_right(self) -> Expr:
        return self._operators(self._primary_right, self._primary_right)

    def concat_right(self) -> Expr:
        return self._concatenated(lambda: self._multiton(self._basic_right))

    def _multiton(self, basic: Callable[[], Expr]) -> Expr:
        """A value, `a/8` or `a-b`."""
        first = basic()
        if self.accept("/"):
            length = self.number()
            return PrefixExpr(first, length, location=self.since(first.location))
        return self._range(first, basic)

    def _range(self, first: Expr, basic: Callable[[], Expr]) -> Expr:
        if not self.accept("-"):
            return first
        last = basic()
        return RangeExpr(first, last, location=first.location.to(last.location))

    def right(self) -> Expr:
        """`{ ... }`, `@set`, or values."""
        if self.peek() == "'{'":
            return self.set_literal()
        if self.peek() == "@":
            return self.set_symbol()
        return self.concat_right()

    def set_symbol(self) -> Expr:
        start = self.take()
        name = self.identifier()
        self.leave("at")
        return SetRefExpr(name.text, location=self.since(start.location))

    def set_reference(self) -> Expr:
        if self.peek() == "'$'":
            return self.variable()
        if self.peek() != "@":
            self.unexpected("@", "'$'")
        return self.set_symbol()

    # --- relations --------------------------------------------------------------------------------------------------

    def relation(self, left: Expr) -> RelationalExpr | FlagcmpExpr:
        """Behind the left-hand side: an operator or none, and the right-hand side."""
        token = self.accept(*_OPERATORS)
        operator = "" if token is None else token.kind
        if self.peek() in ("'{'", "@"):
            right = self.right()
        else:
            first = self._basic_right()
            value = self._list(first) if self.peek() == COMMA else first
            mask = self._mask() if self.peek() == "/" else None
            if isinstance(mask, ListExpr):
                return FlagcmpExpr(operator or "==", left, value, mask, location=left.location.to(mask.location))
            if isinstance(mask, SymbolExpr):
                value = PrefixExpr(value, int(mask.text), location=self.since(first.location))
            right = value if isinstance(value, ListExpr) else self._rest_of_right(value)
        location = left.location.to(right.location) if token is None else token.location
        return RelationalExpr(operator, left, right, location=location)

    def _mask(self) -> Expr:
        """Behind a slash: flags, always more than one, or a number alone, which is the length of a prefix."""
        self.take()
        is_number = self.peek() == NUMBER
        first = self._symbol() if is_number else self._basic_right()
        if self.peek() != COMMA and not is_number:
            self.unexpected(COMMA)
        return self._list(first) if self.peek() == COMMA else first

    def _rest_of_right(self, first: Expr) -> Expr:
        """Behind a value or prefix: the end of a range, more of a concatenation."""
        if not isinstance(first, PrefixExpr):
            first = self._range(first, self._basic_right)
        if self.peek() != ".":
            return first
        return self._concat_behind(first, lambda: self._multiton(self._basic_right))

    def _list(self, first: Expr) -> Expr:
        parts = [first]
        while self.accept(COMMA):
            parts.append(self._basic_right())
        return ListExpr(tuple(parts), location=first.location.to(parts[-1].location))

    # --- sets -------------------------------------------------------------------------------------------------------

    def set_literal(self, *, empty: bool = False) -> SetExpr:
        """`empty`: there need not be anything in it."""
        start = self.expect("'{'")
        if empty and self.accept("'}'"):
            return SetExpr((), location=self.since(start.location))
        elements = [self._member()]
        while self.accept(COMMA):
            self.skip_newline()
            if self.peek() == "'}'":
                break
            elements.append(self._member())
        self.expect("'}'", instead=(COMMA, "'}'"))
        return SetExpr(tuple(elements), location=self.since(start.location))

    def _member(self) -> Expr:
        self.skip_newline()
        if self.peek() == "'{'":
            inner: Expr = self.set_literal()
        else:
            inner = self._mapping()
        self.skip_newline()
        return inner

    def _mapping(self) -> Expr:
        element = self._element()
        whole = self.since(element.location)
        if not self.accept(COLON):
            return element
        data = self.verdict() if self.peek() in VERDICTS else self.concat_right()
        return MappingExpr(element, data, location=whole)

    def _element(self) -> SetElemExpr:
        if (star := self.accept("*")) is not None:
            key: Expr = CatchallExpr(location=star.location)
        else:
            key = self.concat_right()
        statements = self.kept_statements()
        return self.element_options(key, statements)

    def element_options(self, key: Expr, statements: tuple[Stmt, ...]) -> SetElemExpr:
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
        return SetElemExpr(key, statements, timeout, expires, comment, location=key.location)

    def kept_statements(self) -> tuple[Stmt, ...]:
        """The statements of an element."""
        raise NotImplementedError

    # --- verdicts ---------------------------------------------------------------------------------------------------

    def verdict(self) -> VerdictExpr:
        token = self.take()
        if token.kind not in ("jump", "goto"):
            return VerdictExpr(token.kind, location=token.location)
        if self.peek() == "'$'":
            found = self.variable()
            assert isinstance(found, SymbolExpr), "a variable that names a chain"
            chain, location = found.text, found.location
        else:
            if self.peek() == "'{'":
                raise NotModelled("nft jump to a chain without a name")
            name = self.expect(STRING, instead=("'{'",))
            chain, location = name.text, name.location
        return VerdictExpr(token.kind, chain, chain_location=location, location=self.since(token.location))

    # --- operands of statements -------------------------------------------------------------------------------------

    def _primary_operand(self) -> Expr:
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

    def _header_or_word(self) -> Expr:
        """`ip saddr`, or `ip` alone."""
        start = self.take()
        header = HEADERS[start.kind]
        kind = self.peek()
        if kind == "option" or header.field(FIELD_TOKENS.get(kind, kind)) is not None:
            return self.header_field(start)
        self.leave(start.kind)
        return SymbolExpr(start.kind, location=start.location)

    def _basic_operand(self) -> Expr:
        return self._operators(self._primary_operand, self._primary_operand)

    def operand(self) -> Expr:
        """An operand of a statement: a value, a lookup in a map, a list."""
        first = self._basic_operand()
        if self.peek() == "/":
            slash = self.take()
            return PrefixExpr(first, self.number(), location=first.location.to(slash.location))
        if self.peek() == "-":
            return self._range(first, self._basic_operand)
        if self.peek() == COMMA and isinstance(first, SymbolExpr):
            return self._operand_list(first)
        if self.peek() == ".":
            first = self._concat_behind(first, self._primary_operand)
        return self._mapped(first)

    def _operand_list(self, first: Expr) -> Expr:
        parts = [first]
        while self.accept(COMMA):
            parts.append(self._symbol() if self.peek() in (*STRINGS, "'$'") else self._keyword() or self.unexpected())
        return ListExpr(tuple(parts), location=first.location.to(parts[-1].location))

    def _mapped(self, key: Expr) -> Expr:
        if not self.accept("map"):
            return key
        mappings = self.set_literal() if self.peek() == "'{'" else self.set_reference()
        return MapExpr(key, mappings, location=key.location.to(mappings.location))
