"""The source MAC address: mac (xt_mac.c)."""

from __future__ import annotations

from typing import Final

from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.options import Extension, ParseContext, ParsedOptions, XtOption, negation
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import XtMatch
from vnetsim.values import frozen
from vnetsim.wire.mac import Mac


@frozen
class SourceMac(XtMatch):
    name = "mac"
    mac: Mac
    negated: bool = False

    @property
    def hooks(self) -> frozenset[str]:
        return frozenset({"PREROUTING", "INPUT", "FORWARD"})

    def matches(self, packet: PktInfo) -> bool:
        return packet.source_mac is not None and (packet.source_mac == self.mac) != self.negated

    def listing(self, _numeric: bool) -> str:
        return f"MAC {negation(self.negated)}{self.mac}"

    def __str__(self) -> str:
        return f"-m mac {negation(self.negated)}--mac-source {self.mac}"


def _mac(text: str, _context: ParseContext) -> Mac:
    try:
        return Mac.parse(text)
    except ValueError:
        raise ArgumentError("Invalid MAC address specified.") from None


def _source_mac(parsed: ParsedOptions) -> SourceMac:
    return SourceMac(parsed.get("mac-source"), parsed.negated("mac-source"))


MATCHES: Final = (Extension("mac", (XtOption("mac-source", _mac, inverts=True, mandatory=True),), _source_mac),)
