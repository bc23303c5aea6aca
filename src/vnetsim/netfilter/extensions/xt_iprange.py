"""Ranges of addresses: iprange (xt_iprange.c)."""

from __future__ import annotations

from typing import Final

from vnetsim.netfilter import options
from vnetsim.netfilter.options import Extension, ParseContext, ParsedOptions, XtOption, negation
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import XtMatch
from vnetsim.values import frozen
from vnetsim.wire.inet import Address


@frozen
class AddressRange:
    """Addresses, both ends included; one that ends before it begins contains none."""

    first: Address
    last: Address
    negated: bool = False

    def __contains__(self, address: object) -> bool:
        return isinstance(address, int) and (self.first <= address <= self.last) != self.negated

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"


@frozen(kw_only=True)
class IpRange(XtMatch):
    name = "iprange"
    source: AddressRange | None = None
    destination: AddressRange | None = None

    def matches(self, packet: PktInfo) -> bool:
        if self.source is not None and packet.ip.source not in self.source:
            return False
        return self.destination is None or packet.ip.destination in self.destination

    def listing(self, _numeric: bool) -> str:
        ranges = (("source", self.source), ("destination", self.destination))
        return " ".join(f"{what} IP range {negation(r.negated)}{r}" for what, r in ranges if r is not None)

    def __str__(self) -> str:
        ranges = (("--src-range", self.source), ("--dst-range", self.destination))
        return " ".join(["-m iprange", *(f"{negation(r.negated)}{o} {r}" for o, r in ranges if r is not None)])


def _range(text: str, context: ParseContext) -> tuple[Address, Address]:
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


def _parsed_range(parsed: ParsedOptions, key: str) -> AddressRange | None:
    if key not in parsed:
        return None
    first, last = parsed.get(key)
    return AddressRange(first, last, parsed.negated(key))


def _iprange(parsed: ParsedOptions) -> IpRange:
    source, destination = (_parsed_range(parsed, key) for key in ("src-range", "dst-range"))
    return IpRange(source=source, destination=destination)


MATCHES: Final = (
    Extension(
        "iprange",
        (XtOption("src-range", _range, inverts=True), XtOption("dst-range", _range, inverts=True)),
        _iprange,
        required="iprange match: You must specify `--src-range' or `--dst-range'",
    ),
)
