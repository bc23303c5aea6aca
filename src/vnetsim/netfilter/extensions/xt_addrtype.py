"""Address types: addrtype (xt_addrtype.c)."""

from __future__ import annotations

from typing import Final

import attrs

from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.options import Extension, ParseContext, ParsedOptions, XtOption, negation
from vnetsim.netfilter.packet import MatchKey, PktInfo
from vnetsim.netfilter.rules import Rule, XtMatch
from vnetsim.values import frozen

_TYPES: Final = (
    "UNSPEC", "UNICAST", "LOCAL", "BROADCAST", "ANYCAST", "MULTICAST", "BLACKHOLE", "UNREACHABLE", "PROHIBIT", "THROW",
    "NAT", "XRESOLVE",
)  # fmt: skip
_NOT_IN_IPV6: Final = frozenset({"BROADCAST", "BLACKHOLE", "PROHIBIT", "THROW", "NAT", "XRESOLVE"})


@frozen
class Types:
    """Kinds of addresses, in the order of iptables."""

    types: tuple[str, ...]
    negated: bool = False

    def __str__(self) -> str:
        return ",".join(self.types)


@frozen(kw_only=True)
class AddressType(XtMatch):
    """The types that the routing tables give the addresses; with `limit` (in or out), as seen from that device only."""

    name = "addrtype"
    of_addresses = True
    source: Types | None = None
    destination: Types | None = None
    limit: str = ""
    version: int = attrs.field(default=4, eq=False, repr=False)

    @property
    def match_keys(self) -> tuple[MatchKey, ...]:
        return (self.matches,)

    def fits(self, _rule: Rule) -> bool:
        return self.version == 4 or not any(
            types is not None and _NOT_IN_IPV6.intersection(types.types) for types in (self.source, self.destination)
        )

    @property
    def hooks(self) -> frozenset[str] | None:
        if self.limit == "in":
            return frozenset({"PREROUTING", "INPUT", "FORWARD"})
        return frozenset({"FORWARD", "OUTPUT", "POSTROUTING"}) if self.limit else None

    def matches(self, packet: PktInfo) -> bool:
        device = {"in": packet.in_device, "out": packet.out_device}.get(self.limit, "")
        for types, address in ((self.source, packet.ip.source), (self.destination, packet.ip.destination)):
            if types is not None and (packet.context.address_type(address, device) in types.types) == types.negated:
                return False
        return True

    def listing(self, _numeric: bool) -> str:
        parts = ["ADDRTYPE match"]
        for what, types in (("src-type", self.source), ("dst-type", self.destination)):
            if types is not None:
                parts.append(f"{what} {'!' if types.negated else ''}{types}")
        return " ".join([*parts, f"limit-{self.limit}"] if self.limit else parts)

    def __str__(self) -> str:
        parts = ["-m addrtype"]
        for what, types in (("src-type", self.source), ("dst-type", self.destination)):
            if types is not None:
                parts.append(f"{negation(types.negated)}--{what} {types}")
        return " ".join([*parts, f"--limit-iface-{self.limit}"] if self.limit else parts)


def _types(text: str, _context: ParseContext) -> tuple[str, ...]:
    found, rest = set(), text
    while True:
        token, comma, behind = rest.partition(",")
        # The first type that begins so (parse_type).
        named = next((known for known in _TYPES if token and known.startswith(token.upper())), None)
        if named is None:
            raise ArgumentError(f"addrtype: bad type `{rest}'" if comma else f'addrtype: bad type "{rest}"')
        found.add(named)
        if not comma:
            return tuple(known for known in _TYPES if known in found)
        rest = behind


def _addrtype_check(parsed: ParsedOptions) -> None:
    if "src-type" not in parsed and "dst-type" not in parsed:
        raise ArgumentError("addrtype: you must specify --src-type or --dst-type")


def _addrtype(parsed: ParsedOptions) -> AddressType:
    source, destination = (
        Types(parsed.get(key), parsed.negated(key)) if key in parsed else None for key in ("src-type", "dst-type")
    )
    limit = next((end for end in ("in", "out") if f"limit-iface-{end}" in parsed), "")
    return AddressType(source=source, destination=destination, limit=limit, version=parsed.context.version)


MATCHES: Final = (
    Extension(
        "addrtype",
        (
            XtOption("src-type", _types, inverts=True),
            XtOption("dst-type", _types, inverts=True),
            XtOption("limit-iface-in", excludes=("limit-iface-out",)),
            XtOption("limit-iface-out", excludes=("limit-iface-in",)),
        ),
        _addrtype,
        _addrtype_check,
    ),
)
