"""Matches of addresses and of what they are: addrtype, iprange, mac (xt_addrtype.c, xt_iprange.c, xt_mac.c)."""

from __future__ import annotations

from typing import Final

import attrs

from vnetsim.netfilter import options
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.options import Context, Extension, Option, Said, negation
from vnetsim.netfilter.packet import Packet, Reading
from vnetsim.netfilter.rules import Match, Rule
from vnetsim.wire.inet import Address
from vnetsim.wire.mac import Mac

_TYPES: Final = (
    "UNSPEC", "UNICAST", "LOCAL", "BROADCAST", "ANYCAST", "MULTICAST", "BLACKHOLE", "UNREACHABLE", "PROHIBIT", "THROW",
    "NAT", "XRESOLVE",
)  # fmt: skip
_NOT_IN_IPV6: Final = frozenset({"BROADCAST", "BLACKHOLE", "PROHIBIT", "THROW", "NAT", "XRESOLVE"})


@attrs.frozen
class Types:
    """Kinds of addresses, in the order of iptables."""

    types: tuple[str, ...]
    negated: bool = False

    def __str__(self) -> str:
        return ",".join(self.types)


@attrs.frozen(kw_only=True)
class AddressType(Match):
    """What the routing tables say about the addresses; with `limit` (in or out), as seen from that device only."""

    name = "addrtype"
    source: Types | None = None
    destination: Types | None = None
    limit: str = ""
    version: int = attrs.field(default=4, eq=False, repr=False)

    @property
    def readings(self) -> tuple[Reading, ...]:
        return (self.matches,)

    def fits(self, rule: Rule) -> bool:
        del rule
        return self.version == 4 or not any(
            types is not None and _NOT_IN_IPV6.intersection(types.types) for types in (self.source, self.destination)
        )

    @property
    def hooks(self) -> frozenset[str] | None:
        if self.limit == "in":
            return frozenset({"PREROUTING", "INPUT", "FORWARD"})
        return frozenset({"FORWARD", "OUTPUT", "POSTROUTING"}) if self.limit else None

    def matches(self, packet: Packet) -> bool:
        device = {"in": packet.in_device, "out": packet.out_device}.get(self.limit, "")
        for types, address in ((self.source, packet.ip.source), (self.destination, packet.ip.destination)):
            if types is not None and (packet.context.address_type(address, device) in types.types) == types.negated:
                return False
        return True

    def listing(self, numeric: bool) -> str:
        del numeric
        words = ["ADDRTYPE match"]
        for what, types in (("src-type", self.source), ("dst-type", self.destination)):
            if types is not None:
                words.append(f"{what} {'!' if types.negated else ''}{types}")
        return " ".join([*words, f"limit-{self.limit}"] if self.limit else words)

    def __str__(self) -> str:
        words = ["-m addrtype"]
        for what, types in (("src-type", self.source), ("dst-type", self.destination)):
            if types is not None:
                words.append(f"{negation(types.negated)}--{what} {types}")
        return " ".join([*words, f"--limit-iface-{self.limit}"] if self.limit else words)


def _types(text: str, context: Context) -> tuple[str, ...]:
    del context
    found, rest = set(), text
    while True:
        word, comma, behind = rest.partition(",")
        # The first type that begins so (parse_type).
        named = next((known for known in _TYPES if word and known.startswith(word.upper())), None)
        if named is None:
            raise ArgumentError(f"addrtype: bad type `{rest}'" if comma else f'addrtype: bad type "{rest}"')
        found.add(named)
        if not comma:
            return tuple(known for known in _TYPES if known in found)
        rest = behind


def _addrtype_check(said: Said, context: Context) -> None:
    del context
    if "src-type" not in said and "dst-type" not in said:
        raise ArgumentError("addrtype: you must specify --src-type or --dst-type")


def _addrtype(said: Said, context: Context) -> AddressType:
    source, destination = (
        Types(said.get(key), said.negated(key)) if key in said else None for key in ("src-type", "dst-type")
    )
    limit = next((way for way in ("in", "out") if f"limit-iface-{way}" in said), "")
    return AddressType(source=source, destination=destination, limit=limit, version=context.version)


# --- ranges --------------------------------------------------------------------------------------------------------


@attrs.frozen
class Range:
    """Addresses, both ends included; one that ends before it begins contains none."""

    first: Address
    last: Address
    negated: bool = False

    def __contains__(self, address: object) -> bool:
        return isinstance(address, int) and (self.first <= address <= self.last) != self.negated

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"


@attrs.frozen(kw_only=True)
class IpRange(Match):
    name = "iprange"
    source: Range | None = None
    destination: Range | None = None

    def matches(self, packet: Packet) -> bool:
        if self.source is not None and packet.ip.source not in self.source:
            return False
        return self.destination is None or packet.ip.destination in self.destination

    def listing(self, numeric: bool) -> str:
        del numeric
        ranges = (("source", self.source), ("destination", self.destination))
        return " ".join(f"{what} IP range {negation(r.negated)}{r}" for what, r in ranges if r is not None)

    def __str__(self) -> str:
        ranges = (("--src-range", self.source), ("--dst-range", self.destination))
        return " ".join(["-m iprange", *(f"{negation(r.negated)}{o} {r}" for o, r in ranges if r is not None)])


def _range(text: str, context: Context) -> tuple[Address, Address]:
    first_text, dash, last_text = text.partition("-")
    first = options.address(first_text, context.version)
    if first is None:
        raise options.bad_value(first_text, context)
    last = options.address(last_text, context.version) if dash else first
    if last is None:
        raise options.bad_value(last_text, context)
    if last < first:
        context.notes.append(f"xt_iprange: range {first}-{last} is reversed and will never match")
    return first, last


def _iprange_check(said: Said, context: Context) -> None:
    del context
    if not said:
        raise ArgumentError("iprange match: You must specify `--src-range' or `--dst-range'")


def _said_range(said: Said, key: str) -> Range | None:
    if key not in said:
        return None
    first, last = said.get(key)
    return Range(first, last, said.negated(key))


def _iprange(said: Said, context: Context) -> IpRange:
    del context
    source, destination = (_said_range(said, key) for key in ("src-range", "dst-range"))
    return IpRange(source=source, destination=destination)


# --- Ethernet ------------------------------------------------------------------------------------------------------


@attrs.frozen
class SourceMac(Match):
    name = "mac"
    mac: Mac
    negated: bool = False

    @property
    def hooks(self) -> frozenset[str]:
        return frozenset({"PREROUTING", "INPUT", "FORWARD"})

    def matches(self, packet: Packet) -> bool:
        return packet.source_mac is not None and (packet.source_mac == self.mac) != self.negated

    def listing(self, numeric: bool) -> str:
        del numeric
        return f"MAC {negation(self.negated)}{self.mac}"

    def __str__(self) -> str:
        return f"-m mac {negation(self.negated)}--mac-source {self.mac}"


def _mac(text: str, context: Context) -> Mac:
    del context
    try:
        return Mac.parse(text)
    except ValueError:
        raise ArgumentError("Invalid MAC address specified.") from None


def _source_mac(said: Said, context: Context) -> SourceMac:
    del context
    return SourceMac(said.get("mac-source"), said.negated("mac-source"))


MATCHES: Final = (
    Extension(
        "addrtype",
        (
            Option("src-type", _types, inverts=True),
            Option("dst-type", _types, inverts=True),
            Option("limit-iface-in", excludes=("limit-iface-out",)),
            Option("limit-iface-out", excludes=("limit-iface-in",)),
        ),
        _addrtype,
        _addrtype_check,
    ),
    Extension(
        "iprange",
        (Option("src-range", _range, inverts=True), Option("dst-range", _range, inverts=True)),
        _iprange,
        _iprange_check,
    ),
    Extension("mac", (Option("mac-source", _mac, inverts=True, mandatory=True),), _source_mac),
)
