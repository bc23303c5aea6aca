"""Reading expressions: what is looked at, and what it is compared with (parser_bison.y of nftables 1.0.6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import attrs

from vnetsim.errors import NotModelled
from vnetsim.netfilter.nft.expressions import META, Fib, Meta, Numgen, Payload, RouteKey, TcpOption
from vnetsim.netfilter.nft.headers import HEADERS, Base, Header
from vnetsim.programs.nft.reader import STRINGS, Reader, Scope, number_of
from vnetsim.programs.nft.scanner import COLON, COMMA, NUMBER, QUOTED, STRING, Token
from vnetsim.programs.nft.source import Location, Refused, Source
from vnetsim.programs.nft.syntax import (
    BinarySyntax,
    CatchAllSyntax,
    ConcatSyntax,
    ConntrackSyntax,
    ElementSyntax,
    FieldSyntax,
    FlagsSyntax,
    HashSyntax,
    KnownValue,
    ListSyntax,
    MappingSyntax,
    MapSyntax,
    NodeSyntax,
    PrefixSyntax,
    RangeSyntax,
    RelationSyntax,
    SetSymbol,
    SetSyntax,
    StatementSyntax,
    Symbol,
    Syntax,
    VerdictSyntax,
)

#: Levels of operators, from the one that binds most.
_LEVELS: Final = (("<<", ">>"), ("&",), ("^",), ("'|'",))
_OPERATORS: Final = ("==", "!=", "<", ">", ">=", "<=", "!")
#: `meta` keys that need not be said behind the word meta, by their tokens.
UNQUALIFIED_KEYS: Final = {
    key: key for key in (
        "mark", "iif", "iifname", "iiftype", "oif", "oifname", "oiftype", "skuid", "skgid", "nftrace", "rtclassid",
        "pkttype", "cpu", "iifgroup", "oifgroup", "cgroup", "time", "day", "hour", "ibrname", "obrname",
    )
} | {"ibriport": "ibrname", "obriport": "obrname"}  # fmt: skip
_QUALIFIED_KEYS: Final = ("length", "protocol", "priority", "random", "secmark")
#: In the order in which nft tells them.
_ALL_META_KEYS: Final = (
    "length", "protocol", "priority", "mark", "iif", "oif", "iifname", "oifname", "iiftype", "oiftype", "skuid",
    "skgid", "nftrace", "rtclassid", "secmark", "nfproto", "l4proto", "ibrname", "obrname", "pkttype", "cpu",
    "iifgroup", "oifgroup", "cgroup", "random", "ipsec", "iifkind", "oifkind", "ibrpvid", "ibrvproto", "time", "day",
    "hour", "sdif", "sdifname",
)  # fmt: skip
_FIELD_TOKENS: Final = {"seq": "sequence", "param-problem": "parameter-problem"}
#: Words that open headers which we have not.
_OTHER_HEADERS: Final = frozenset({"vlan", "arp", "hbh", "rt0", "rt2", "srh", "frag", "dst", "mh", "exthdr"})
_OTHER_EXPRESSIONS: Final = frozenset({"socket", "osf", "ipsec"})
CONNTRACK_KEYS: Final = (
    "l3proto", "protocol", "mark", "state", "direction", "status", "expiration", "helper", "saddr", "daddr",
    "proto-src", "proto-dst", "label", "event", "secmark", "id", "bytes", "packets", "avgpkt", "zone",
)  # fmt: skip
_DIRECTED_KEYS: Final = (
    "saddr",
    "daddr",
    "l3proto",
    "protocol",
    "proto-src",
    "proto-dst",
    "bytes",
    "packets",
    "avgpkt",
    "zone",
)
#: Words that are symbols on the right-hand side, and the scope that they open.
_KEYWORDS: Final = {
    "ether": "ether", "ip": "ip", "ip6": "ip6", "vlan": "vlan", "arp": "arp", "dnat": "nat", "snat": "nat", "ecn": "",
    "reset": "reset", "original": "", "reply": "", "label": "",
}  # fmt: skip
_PROTOCOL_WORDS: Final = {
    "tcp": (6, "tcp"), "udp": (17, "udp"), "udplite": (136, "udplite"), "esp": (50, "esp"), "ah": (51, "ah"),
    "icmp": (1, "icmp"), "igmp": (2, ""), "icmpv6": (58, "icmp"), "comp": (108, "comp"), "dccp": (33, "dccp"),
    "sctp": (132, "sctp"),
}  # fmt: skip
#: TCP options by their tokens; the number behind sack counts its blocks.
OPTION_TOKENS: Final = {
    "eol": "eol", "nop": "nop", "mss": "maxseg", "window": "window", "sack-permitted": "sack-perm", "sack": "sack",
    "timestamp": "timestamp", "md5sig": "md5sig", "mptcp": "mptcp", "fastopen": "fastopen",
}  # fmt: skip
_OTHER_OPTIONS: Final = frozenset({"echo", "sack0", "sack1", "sack2", "sack3", NUMBER, "@"})
_OPTION_FIELDS: Final = {
    "maxseg": ("size",), "sack": ("left", "right"), "window": ("count",), "timestamp": ("tsval", "tsecr"),
    "mptcp": ("subtype",),
}  # fmt: skip
VERDICTS: Final = ("accept", "drop", "continue", "jump", "goto", "return")


class ExpressionReader(Reader):
    """What a rule is made of, but for its statements."""

    def __init__(self, source: Source, scope: Scope) -> None:
        super().__init__(source, scope)
        self._lookers: dict[str, Callable[[], Syntax]] = {
            "meta": self._meta, "ct": self._conntrack, "fib": self._fib,
            "rt": self._route, "numgen": self._numgen, "jhash": self._jhash,
            "symhash": self._symhash, "@": self._raw, "th": self._transport,
        }  # fmt: skip

    # --- operators --------------------------------------------------------------------------------------------------

    def _operators(self, first: Callable[[], Syntax], others: Callable[[], Syntax], level: int = 3) -> Syntax:
        """`a op b`; on the left only the very first operand is something to look at."""
        below = first if level == 0 else lambda: self._operators(first, others, level - 1)
        right = others if level == 0 else lambda: self._operators(others, others, level - 1)
        start = self._token().location
        left = below()
        while self.peek() in _LEVELS[level]:
            operator = self.take().kind.strip("'")
            operand = right()
            left = BinarySyntax(self.since(start), operator, left, operand)
        return left

    def concat(self) -> Syntax:
        """What is looked at: `ip saddr . tcp dport`."""
        return self._concatenated(self._left)

    def _left(self) -> Syntax:
        return self._operators(self.primary, self._primary_right)

    def _concatenated(self, part: Callable[[], Syntax]) -> Syntax:
        first = part()
        if self.peek() != ".":
            return first
        return self._concat_behind(first, part)

    def _concat_behind(self, first: Syntax, part: Callable[[], Syntax]) -> Syntax:
        """More parts; complaints about the third and later ones point to the dot, too, as nft's do."""
        parts = [first]
        while dot := self.accept("."):
            found = part()
            parts.append(found if len(parts) == 1 else attrs.evolve(found, location=dot.location.to(found.location)))
        return ConcatSyntax(first.location.to(parts[-1].location), tuple(parts))

    # --- the left-hand side -----------------------------------------------------------------------------------------

    def primary(self) -> Syntax:
        kind = self.peek()
        if kind in (*STRINGS, "'$'", NUMBER):
            return self._symbol()
        if kind == "'('":
            self.take()
            inner = self._left()
            self.expect("')'", instead=())
            return inner
        return self._looked_at()

    def _symbol(self) -> Syntax:
        if self.peek() == "'$'":
            return self.variable()
        token = self.take()
        return Symbol(token.location, str(number_of(token.text)) if token.kind == NUMBER else token.text,
                      token.kind == QUOTED)  # fmt: skip

    def _looked_at(self) -> Syntax:
        kind = self.peek()
        simple = self._lookers.get(kind)
        if simple is not None:
            return simple()
        if kind in HEADERS and kind != "th":
            return self.header_field()
        if kind in UNQUALIFIED_KEYS:
            token = self.take()
            return NodeSyntax(token.location, Meta(UNQUALIFIED_KEYS[kind]))
        if kind in _OTHER_HEADERS or kind in _OTHER_EXPRESSIONS:
            raise NotModelled(f"nft {kind}")
        return self.unexpected()

    def header_field(self, start: Token | None = None) -> Syntax:
        """`start` is the header's name, where that was read already."""
        start = self.take() if start is None else start
        header = HEADERS[start.kind]
        scope = "icmp" if header.name in ("icmp", "icmpv6") else header.name
        if header.name in ("tcp", "ip") and self.peek() == "option":
            return self._option(start.location, header)
        kind = self.peek()
        if kind == "chunk":
            raise NotModelled("nft sctp chunk")
        field = header.field(_FIELD_TOKENS.get(kind, kind))
        if field is None:
            self.unexpected(*(_fields_expected(header)))
        self.take()
        if kind == "type":
            self.leave("type")
        location = self.since(start.location)
        self.leave(scope)
        return FieldSyntax(location, header, field)

    def _option(self, start: Location, header: Header) -> Syntax:
        self.take()
        if header.name == "ip":
            raise NotModelled("nft ip option")
        kind = self.peek()
        if kind in _OTHER_OPTIONS:
            raise NotModelled(f"nft tcp option {kind}")
        if kind not in OPTION_TOKENS:
            self.unexpected()
        self.take()
        name = OPTION_TOKENS[kind]
        fields = (*_OPTION_FIELDS.get(name, ()), "length")
        if (field := self.accept(*fields)) is not None:
            if field.kind == "subtype":
                raise NotModelled("nft tcp option mptcp subtype")
            node = TcpOption(name, field.kind)
        else:
            node = TcpOption(name, present=True)
        location = self.since(start)
        self.leave("tcp")
        return NodeSyntax(location, node)

    def _transport(self) -> Syntax:
        start = self.take()
        field = self.expect("sport", "dport")
        location = self.since(start.location)
        self.leave("th")
        found = HEADERS["th"].field(field.kind)
        assert found is not None
        return FieldSyntax(location, HEADERS["th"], found)

    def _raw(self) -> Syntax:
        start = self.take()
        base = self.expect("ll", "nh", "th", STRING)
        if base.kind == "th":
            self.leave("th")
        if base.kind == STRING:
            if base.text == "ih":
                raise NotModelled("nft @ih")
            raise Refused("unknown raw payload base", base.location)
        self.expect(COMMA)
        offset = self.number()
        self.expect(COMMA)
        bits = self.number()
        location = self.since(start.location)
        self.leave("at")
        return NodeSyntax(location, Payload({"ll": Base.LINK, "nh": Base.NETWORK}.get(base.kind, Base.TRANSPORT),
                                            offset, bits))  # fmt: skip

    def _meta(self) -> Syntax:
        start = self.take()
        key = self.meta_key(start.location)
        location = self.since(start.location)
        self.leave("meta")
        return NodeSyntax(location, Meta(key))

    def meta_key(self, start: Location) -> str:
        """Behind the word meta."""
        kind = self.peek()
        if kind in UNQUALIFIED_KEYS or kind in _QUALIFIED_KEYS:
            self.take()
            if kind == "secmark":
                self.leave("secmark")
            return UNQUALIFIED_KEYS.get(kind, kind)
        if kind == "ipsec":
            raise NotModelled("nft meta ipsec")
        token = self.expect(STRING, instead=())
        key = {"secpath": "ipsec"}.get(token.text, token.text)
        if key not in META:
            raise Refused(
                f"syntax error, unexpected {token.text}, known keys are {', '.join(_ALL_META_KEYS)}", self.since(start)
            )
        return key

    def _conntrack(self) -> Syntax:
        start = self.take()
        key, direction = self.conntrack_key()
        location = self.since(start.location)
        self.leave("ct")
        return ConntrackSyntax(location, key, direction)

    def conntrack_key(self) -> tuple[str, str]:
        """Key and direction behind the word ct."""
        direction = self.accept("original", "reply")
        if direction is None:
            return self.expect(*CONNTRACK_KEYS, instead=()).kind, ""
        if family := self.accept("ip", "ip6"):
            key = self.expect("saddr", "daddr").kind
            self.leave(family.kind)
            return f"{family.kind} {key}", direction.kind
        return self.expect(*_DIRECTED_KEYS, instead=()).kind, direction.kind

    def _fib(self) -> Syntax:
        start = self.take()
        first = self._token().location
        selectors = [self._selector()]
        while self.accept("."):
            selectors.append(self._selector())
        tuple_location = self.since(first)
        result = self.expect("oif", "oifname", "type", instead=("type", "oif", "oifname", ".")).kind
        if result == "type":
            self.leave("type")
        location = self.since(start.location)
        self.leave("fib")
        _check_selectors(selectors, tuple_location)
        ordered = tuple(word for word in ("saddr", "daddr", "mark", "iif", "oif") if word in selectors)
        return NodeSyntax(location, Fib(ordered, result))

    def _selector(self) -> str:
        return self.expect("saddr", "daddr", "mark", "iif", "oif").kind

    def _route(self) -> Syntax:
        start = self.take()
        family = self.accept("ip", "ip6")
        if family is not None:
            self.leave(family.kind)
        elif self.peek() in ("nexthdr", "hdrlength", "type", "seg-left"):
            raise NotModelled("nft rt, the routing header")
        key = self.expect("classid", "nexthop", "mtu", "ipsec").kind
        if key == "ipsec":
            raise NotModelled("nft rt ipsec")
        location = self.since(start.location)
        self.leave("rt")
        return NodeSyntax(location, RouteKey(key, "" if family is None else family.kind))

    def _numgen(self) -> Syntax:
        start = self.take()
        mode = self.expect("random", "inc").kind
        self.expect("mod")
        modulus = self.number()
        offset = self._offset()
        location = self.since(start.location)
        self.leave("numgen")
        return NodeSyntax(location, Numgen(mode, modulus, offset))

    def _offset(self) -> int:
        return self.number() if self.accept("offset") else 0

    def _jhash(self) -> Syntax:
        start = self.take()
        key = self.concat()
        self.expect("mod", instead=())
        modulus = self.number()
        seed = self.number() if self.accept("seed") else None
        offset = self._offset()
        location = self.since(start.location)
        self.leave("hash")
        return HashSyntax(location, key, modulus, seed, offset)

    def _symhash(self) -> Syntax:
        start = self.take()
        self.expect("mod")
        modulus = self.number()
        offset = self._offset()
        location = self.since(start.location)
        self.leave("hash")
        return HashSyntax(location, None, modulus, None, offset)

    # --- the right-hand side ----------------------------------------------------------------------------------------

    def _primary_right(self) -> Syntax:
        kind = self.peek()
        if kind in (*STRINGS, "'$'", NUMBER):
            return self._symbol()
        if kind == "'('":
            self.take()
            inner = self._basic_right()
            self.expect("')'", instead=())
            return inner
        return self._keyword() or self._protocol_word() or self.unexpected()

    def _keyword(self) -> Syntax | None:
        kind = self.peek()
        if kind in ("exists", "missing"):
            return KnownValue(self.take().location, int(kind == "exists"), "boolean")
        if kind not in _KEYWORDS:
            return None
        token = self.take()
        if _KEYWORDS[kind]:
            self.leave(_KEYWORDS[kind])
        return Symbol(token.location, kind)

    def _protocol_word(self) -> Syntax | None:
        kind = self.peek()
        if kind == "redirect":
            location = self.take().location
            self.leave("nat")
            return KnownValue(location, 5, "icmp_type")
        if kind not in _PROTOCOL_WORDS:
            return None
        number, scope = _PROTOCOL_WORDS[kind]
        location = self.take().location
        if scope:
            self.leave(scope)
        return KnownValue(location, number, "inet_proto")

    def _basic_right(self) -> Syntax:
        return self._operators(self._primary_right, self._primary_right)

    def concat_right(self) -> Syntax:
        return self._concatenated(lambda: self._multiton(self._basic_right))

    def _multiton(self, basic: Callable[[], Syntax]) -> Syntax:
        """A value, `a/8` or `a-b`."""
        first = basic()
        if self.accept("/"):
            length = self.number()
            return PrefixSyntax(self.since(first.location), first, length)
        return self._range(first, basic)

    def _range(self, first: Syntax, basic: Callable[[], Syntax]) -> Syntax:
        if not self.accept("-"):
            return first
        last = basic()
        return RangeSyntax(first.location.to(last.location), first, last)

    def right(self) -> Syntax:
        """`{ ... }`, `@set`, or values."""
        if self.peek() == "'{'":
            return self.set_literal()
        if self.peek() == "@":
            return self.set_symbol()
        return self.concat_right()

    def set_symbol(self) -> Syntax:
        start = self.take()
        name = self.identifier()
        self.leave("at")
        return SetSymbol(self.since(start.location), name.text)

    def set_reference(self) -> Syntax:
        if self.peek() == "'$'":
            return self.variable()
        if self.peek() != "@":
            self.unexpected("@", "'$'")
        return self.set_symbol()

    # --- relations --------------------------------------------------------------------------------------------------

    def relation(self, left: Syntax) -> Syntax:
        """Behind what is looked at: an operator or none, and what it is compared with."""
        said = self.accept(*_OPERATORS)
        operator = "" if said is None else said.kind
        if self.peek() in ("'{'", "@"):
            right = self.right()
        else:
            first = self._basic_right()
            value = self._list(first) if self.peek() == COMMA else first
            mask = self._mask() if self.peek() == "/" else None
            if isinstance(mask, ListSyntax):
                return FlagsSyntax(left.location.to(mask.location), operator or "==", left, value, mask)
            if isinstance(mask, Symbol):
                value = PrefixSyntax(self.since(first.location), value, int(mask.text))
            right = value if isinstance(value, ListSyntax) else self._rest_of_right(value)
        location = left.location.to(right.location) if said is None else said.location
        return RelationSyntax(location, operator, left, right)

    def _mask(self) -> Syntax:
        """Behind a slash: flags, always more than one, or a number alone, which is the length of a prefix."""
        self.take()
        is_number = self.peek() == NUMBER
        first = self._symbol() if is_number else self._basic_right()
        if self.peek() != COMMA and not is_number:
            self.unexpected(COMMA)
        return self._list(first) if self.peek() == COMMA else first

    def _rest_of_right(self, first: Syntax) -> Syntax:
        """Behind a value or prefix: the end of a range, more of a concatenation."""
        if not isinstance(first, PrefixSyntax):
            first = self._range(first, self._basic_right)
        if self.peek() != ".":
            return first
        return self._concat_behind(first, lambda: self._multiton(self._basic_right))

    def _list(self, first: Syntax) -> Syntax:
        parts = [first]
        while self.accept(COMMA):
            parts.append(self._basic_right())
        return ListSyntax(first.location.to(parts[-1].location), tuple(parts))

    # --- sets -------------------------------------------------------------------------------------------------------

    def set_literal(self, *, empty: bool = False) -> SetSyntax:
        """`empty`: there need not be anything in it."""
        start = self.expect("'{'")
        if empty and self.accept("'}'"):
            return SetSyntax(self.since(start.location), ())
        elements = [self._member()]
        while self.accept(COMMA):
            self.skip_newline()
            if self.peek() == "'}'":
                break
            elements.append(self._member())
        self.expect("'}'", instead=(COMMA, "'}'"))
        return SetSyntax(self.since(start.location), tuple(elements))

    def _member(self) -> Syntax:
        self.skip_newline()
        if self.peek() == "'{'":
            inner: Syntax = self.set_literal()
        else:
            inner = self._mapping()
        self.skip_newline()
        return inner

    def _mapping(self) -> Syntax:
        element = self._element()
        whole = self.since(element.location)
        if not self.accept(COLON):
            return element
        data = self.verdict() if self.peek() in VERDICTS else self.concat_right()
        return MappingSyntax(whole, element, data)

    def _element(self) -> ElementSyntax:
        if (star := self.accept("*")) is not None:
            key: Syntax = CatchAllSyntax(star.location)
        else:
            key = self.concat_right()
        statements = self.kept_statements()
        return self.element_options(key, statements)

    def element_options(self, key: Syntax, statements: tuple[StatementSyntax, ...]) -> ElementSyntax:
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
        return ElementSyntax(key.location, key, statements, timeout, expires, comment)

    def kept_statements(self) -> tuple[StatementSyntax, ...]:
        """Statements that are kept with an element."""
        raise NotImplementedError

    # --- verdicts ---------------------------------------------------------------------------------------------------

    def verdict(self) -> VerdictSyntax:
        token = self.take()
        if token.kind not in ("jump", "goto"):
            return VerdictSyntax(token.location, token.kind)
        if self.peek() == "'$'":
            found = self.variable()
            assert isinstance(found, Symbol), "a variable that names a chain"
            chain = found
        else:
            if self.peek() == "'{'":
                raise NotModelled("nft jump to a chain without a name")
            name = self.expect(STRING, instead=("'{'",))
            chain = Symbol(name.location, name.text)
        return VerdictSyntax(self.since(token.location), token.kind, chain)

    # --- operands of statements -------------------------------------------------------------------------------------

    def _primary_operand(self) -> Syntax:
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

    def _header_or_word(self) -> Syntax:
        """`ip saddr`, or `ip` alone."""
        start = self.take()
        header = HEADERS[start.kind]
        kind = self.peek()
        if kind == "option" or header.field(_FIELD_TOKENS.get(kind, kind)) is not None:
            return self.header_field(start)
        self.leave(start.kind)
        return Symbol(start.location, start.kind)

    def _basic_operand(self) -> Syntax:
        return self._operators(self._primary_operand, self._primary_operand)

    def operand(self) -> Syntax:
        """What a statement is given: a value, something looked up in a map, a list."""
        first = self._basic_operand()
        if self.peek() == "/":
            self.take()
            return PrefixSyntax(self.since(first.location), first, self.number())
        if self.peek() == "-":
            return self._range(first, self._basic_operand)
        if self.peek() == COMMA and isinstance(first, Symbol):
            return self._operand_list(first)
        if self.peek() == ".":
            first = self._concat_behind(first, self._primary_operand)
        return self._mapped(first)

    def _operand_list(self, first: Syntax) -> Syntax:
        parts = [first]
        while self.accept(COMMA):
            parts.append(self._symbol() if self.peek() in (*STRINGS, "'$'") else self._keyword() or self.unexpected())
        return ListSyntax(first.location.to(parts[-1].location), tuple(parts))

    def _mapped(self, key: Syntax) -> Syntax:
        if not self.accept("map"):
            return key
        mappings = self.set_literal() if self.peek() == "'{'" else self.set_reference()
        return MapSyntax(key.location.to(mappings.location), key, mappings)


def _fields_expected(header: Header) -> tuple[str, ...]:
    """What can follow a header's name, where that is little enough to be told."""
    return {
        "ether": ("type", "saddr", "daddr"), "esp": ("seq", "spi"), "comp": ("nexthdr", "flags", "cpi"),
        "udp": ("length", "checksum", "sport", "dport"), "udplite": ("checksum", "sport", "dport", "csumcov"),
        "dccp": ("type", "sport", "dport"), "igmp": ("type", "checksum", "mrt", "group"),
    }.get(header.name, ())  # fmt: skip


def _check_selectors(selectors: list[str], location: Location) -> None:
    if "saddr" not in selectors and "daddr" not in selectors:
        raise Refused("fib: need either saddr or daddr", location)
    if "saddr" in selectors and "daddr" in selectors:
        raise Refused("fib: saddr and daddr are mutually exclusive", location)
    if "iif" in selectors and "oif" in selectors:
        raise Refused("fib: iif and oif are mutually exclusive", location)
