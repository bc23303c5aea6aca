"""Primary expressions: payload, meta, ct, fib and others (primary_expr of src/parser_bison.y of nftables 1.0.6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import attrs

from vnetsim.errors import NotModelled
from vnetsim.netfilter.nft.expression import Expr, SymbolExpr
from vnetsim.netfilter.nft.location import InputDescriptor, Location
from vnetsim.netfilter.nft.primary_expr import (
    CONNTRACK,
    META,
    CtExpr,
    ExthdrExpr,
    FibExpr,
    FieldExpr,
    HashExpr,
    MetaExpr,
    NumgenExpr,
    PayloadExpr,
    RtExpr,
)
from vnetsim.netfilter.nft.proto import HEADERS, Header, PayloadBase
from vnetsim.programs.nft.datatype import number_of
from vnetsim.programs.nft.erec import NftError
from vnetsim.programs.nft.parser import STRINGS, NftScope, TokenParser
from vnetsim.programs.nft.scanner import COMMA, NUMBER, STRING, NftToken

#: Keys that may be used without `meta`, by their tokens.
UNQUALIFIED_KEYS: Final = {
    key: key for key in (
        "mark", "iif", "iifname", "iiftype", "oif", "oifname", "oiftype", "skuid", "skgid", "nftrace", "rtclassid",
        "pkttype", "cpu", "iifgroup", "oifgroup", "cgroup", "time", "day", "hour", "ibrname", "obrname",
    )
} | {"ibriport": "ibrname", "obriport": "obrname"}  # fmt: skip
_QUALIFIED_KEYS: Final = ("length", "protocol", "priority", "random", "secmark")
FIELD_TOKENS: Final = {"seq": "sequence", "param-problem": "parameter-problem"}
#: Tokens that begin headers which are not modelled.
_OTHER_HEADERS: Final = frozenset({"hbh", "rt0", "rt2", "srh", "frag", "dst", "mh", "exthdr"})
_OTHER_EXPRESSIONS: Final = frozenset({"socket", "osf", "ipsec"})
CONNTRACK_KEYS: Final = tuple(key for key in CONNTRACK if " " not in key)
_DIRECTED_KEYS: Final = (
    "saddr", "daddr", "l3proto", "protocol", "proto-src", "proto-dst", "bytes", "packets", "avgpkt", "zone",
)  # fmt: skip
#: TCP options by their tokens; the number behind sack counts its blocks.
OPTION_TOKENS: Final = {
    "eol": "eol", "nop": "nop", "mss": "maxseg", "window": "window", "sack-permitted": "sack-perm", "sack": "sack",
    "timestamp": "timestamp", "md5sig": "md5sig", "mptcp": "mptcp", "fastopen": "fastopen",
}  # fmt: skip
_OTHER_OPTIONS: Final = frozenset({"echo", "sack0", "sack1", "sack2", "sack3", NUMBER, "@"})
_OPTION_FIELDS: Final = {
    "maxseg": ("size",),
    "sack": ("left", "right"),
    "window": ("count",),
    "timestamp": ("tsval", "tsecr"),
    "mptcp": ("subtype",),
}


class PrimaryExprParser(TokenParser):
    """primary_expr."""

    def __init__(self, source: InputDescriptor, scope: NftScope) -> None:
        super().__init__(source, scope)
        self._lookers: dict[str, Callable[[], Expr]] = {
            "meta": self._meta, "ct": self._conntrack, "fib": self._fib,
            "rt": self._route, "numgen": self._numgen, "jhash": self._jhash,
            "symhash": self._symhash, "@": self._raw, "th": self._transport,
        }  # fmt: skip

    def concat(self) -> Expr:
        """A left-hand side: `ip saddr . tcp dport`."""
        raise NotImplementedError

    def _left(self) -> Expr:
        """The expression in parentheses."""
        raise NotImplementedError

    def primary(self) -> Expr:
        kind = self.peek()
        if kind in (*STRINGS, "'$'", NUMBER):
            return self._symbol()
        if kind == "'('":
            self.take()
            inner = self._left()
            self.expect("')'", instead=())
            return inner
        return self._looked_at()

    def _symbol(self) -> Expr:
        if self.peek() == "'$'":
            return self.variable()
        token = self.take()
        text = str(number_of(token.text)) if token.kind == NUMBER else token.text
        return SymbolExpr(text, location=token.location)

    def _looked_at(self) -> Expr:
        kind = self.peek()
        simple = self._lookers.get(kind)
        if simple is not None:
            return simple()
        if kind in HEADERS and kind != "th":
            return self.header_field()
        if kind in UNQUALIFIED_KEYS:
            token = self.take()
            return MetaExpr(UNQUALIFIED_KEYS[kind], location=token.location)
        if kind in _OTHER_HEADERS or kind in _OTHER_EXPRESSIONS:
            raise NotModelled(f"nft {kind}")
        return self.unexpected()

    def header_field(self, start: NftToken | None = None) -> Expr:
        """`start` is the header's name, if that was read already."""
        start = self.take() if start is None else start
        header = HEADERS[start.kind]
        scope = "icmp" if header.name in ("icmp", "icmpv6") else header.name
        if header.name in ("tcp", "ip") and self.peek() == "option":
            return self._option(start.location, header)
        if header.name == "arp":
            return self._arp(start)
        kind = self.peek()
        if kind == "chunk":
            raise NotModelled("nft sctp chunk")
        field = header.field(FIELD_TOKENS.get(kind, kind))
        if field is None:
            self.unexpected(*(_fields_expected(header)))
        self.take()
        if kind == "type":
            self.leave("type")
        return FieldExpr.of(header, field, self.close(start.location, scope))

    def _arp(self, start: NftToken) -> Expr:
        """Addresses are of two kinds: `arp saddr ip`, `arp daddr ether`."""
        kind = self.peek()
        name = kind
        if kind in ("saddr", "daddr"):
            self.take()
            second = self.expect("ether", "ip")
            name = f"{kind} {second.kind}"
            self.leave(second.kind)
        elif HEADERS["arp"].field(kind) is None:
            self.unexpected()
        else:
            self.take()
        field = HEADERS["arp"].field(name)
        assert field is not None
        return FieldExpr.of(HEADERS["arp"], field, self.close(start.location, "arp"))

    def _option(self, start: Location, header: Header) -> Expr:
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
            node = ExthdrExpr(name, field.kind)
        else:
            node = ExthdrExpr(name, present=True)
        return attrs.evolve(node, location=self.close(start, "tcp"))

    def _transport(self) -> Expr:
        start = self.take()
        field = self.expect("sport", "dport")
        found = HEADERS["th"].field(field.kind)
        assert found is not None
        return FieldExpr.of(HEADERS["th"], found, self.close(start.location, "th"))

    def _raw(self) -> Expr:
        start = self.take()
        base = self.expect("ll", "nh", "th", STRING)
        if base.kind == "th":
            self.leave("th")
        if base.kind == STRING:
            if base.text == "ih":
                raise NotModelled("nft @ih")
            raise NftError("unknown raw payload base", base.location)
        self.expect(COMMA)
        offset = self.number()
        self.expect(COMMA)
        bits = self.number()
        layer = {"ll": PayloadBase.LINK, "nh": PayloadBase.NETWORK}.get(base.kind, PayloadBase.TRANSPORT)
        return PayloadExpr(layer, offset, bits, location=self.close(start.location, "at"))

    def _meta(self) -> Expr:
        start = self.take()
        key = self.meta_key(start.location)
        return MetaExpr(key, location=self.close(start.location, "meta"))

    def meta_key(self, start: Location) -> str:
        """Behind `meta`."""
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
            raise NftError(
                f"syntax error, unexpected {token.text}, known keys are {', '.join(META)}", self.since(start)
            )
        return key

    def _conntrack(self) -> Expr:
        start = self.take()
        key, direction = self.conntrack_key()
        return CtExpr(key, direction, location=self.close(start.location, "ct"))

    def conntrack_key(self) -> tuple[str, str]:
        """Key and direction behind `ct`."""
        direction = self.accept("original", "reply")
        if direction is None:
            return self.expect(*CONNTRACK_KEYS, instead=()).kind, ""
        if family := self.accept("ip", "ip6"):
            key = self.expect("saddr", "daddr").kind
            self.leave(family.kind)
            return f"{family.kind} {key}", direction.kind
        return self.expect(*_DIRECTED_KEYS, instead=()).kind, direction.kind

    def _fib(self) -> Expr:
        start = self.take()
        first = self._token().location
        selectors = [self._selector()]
        while self.accept("."):
            selectors.append(self._selector())
        tuple_location = self.since(first)
        result = self.expect("oif", "oifname", "type", instead=("type", "oif", "oifname", ".")).kind
        if result == "type":
            self.leave("type")
        location = self.close(start.location, "fib")
        _check_selectors(selectors, tuple_location)
        ordered = tuple(selector for selector in ("saddr", "daddr", "mark", "iif", "oif") if selector in selectors)
        return FibExpr(ordered, result, location=location)

    def _selector(self) -> str:
        return self.expect("saddr", "daddr", "mark", "iif", "oif").kind

    def _route(self) -> Expr:
        start = self.take()
        family = self.accept("ip", "ip6")
        if family is not None:
            self.leave(family.kind)
        elif self.peek() in ("nexthdr", "hdrlength", "type", "seg-left"):
            raise NotModelled("nft rt, the routing header")
        key = self.expect("classid", "nexthop", "mtu", "ipsec").kind
        if key == "ipsec":
            raise NotModelled("nft rt ipsec")
        return RtExpr(key, "" if family is None else family.kind, location=self.close(start.location, "rt"))

    def _numgen(self) -> Expr:
        start = self.take()
        mode = self.expect("random", "inc").kind
        self.expect("mod")
        modulus = self.number()
        offset = self._offset()
        return NumgenExpr(mode, modulus, offset, location=self.close(start.location, "numgen"))

    def _offset(self) -> int:
        return self.number() if self.accept("offset") else 0

    def _jhash(self) -> Expr:
        start = self.take()
        key = self.concat()
        self.expect("mod", instead=())
        modulus = self.number()
        seed = self.number() if self.accept("seed") else None
        offset = self._offset()
        return HashExpr(key, modulus, seed, offset, location=self.close(start.location, "hash"))

    def _symhash(self) -> Expr:
        start = self.take()
        self.expect("mod")
        modulus = self.number()
        offset = self._offset()
        return HashExpr(None, modulus, None, offset, location=self.close(start.location, "hash"))


def _fields_expected(header: Header) -> tuple[str, ...]:
    """The tokens that can follow a header's name, if there are at most four."""
    return {
        "ether": ("type", "saddr", "daddr"),
        "esp": ("seq", "spi"),
        "comp": ("nexthdr", "flags", "cpi"),
        "udp": ("length", "checksum", "sport", "dport"),
        "udplite": ("checksum", "sport", "dport", "csumcov"),
        "dccp": ("type", "sport", "dport"),
        "igmp": ("type", "checksum", "mrt", "group"),
    }.get(header.name, ())


def _check_selectors(selectors: list[str], location: Location) -> None:
    if "saddr" not in selectors and "daddr" not in selectors:
        raise NftError("fib: need either saddr or daddr", location)
    if "saddr" in selectors and "daddr" in selectors:
        raise NftError("fib: saddr and daddr are mutually exclusive", location)
    if "iif" in selectors and "oif" in selectors:
        raise NftError("fib: iif and oif are mutually exclusive", location)
