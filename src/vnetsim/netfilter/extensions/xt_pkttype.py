"""The link-layer destination: pkttype (xt_pkttype.c)."""

from __future__ import annotations

from typing import Final

from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.options import Extension, ParseContext, ParsedOptions, XtOption, negation
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import XtMatch
from vnetsim.values import frozen

#: The accepted names, and what iptables prints for each.
_PACKET_TYPES: Final = {
    "unicast": "unicast",
    "broadcast": "broadcast",
    "multicast": "multicast",
    "host": "unicast",
    "bcast": "broadcast",
    "mcast": "multicast",
}


@frozen
class PkttypeMatch(XtMatch):
    """`kind` is unicast, broadcast or multicast."""

    name = "pkttype"
    kind: str
    negated: bool = False

    def matches(self, packet: PktInfo) -> bool:
        return (packet.packet_type == self.kind) != self.negated

    def listing(self, _numeric: bool) -> str:
        return f"PKTTYPE {'!=' if self.negated else '='} {self.kind}"

    def __str__(self) -> str:
        return f"-m pkttype {negation(self.negated)}--pkt-type {self.kind}"


def _packet_type(text: str, _context: ParseContext) -> str:
    kind = _PACKET_TYPES.get(text.lower())
    if kind is None:
        raise ArgumentError(f"Bad packet type '{text}'")
    return kind


def _pkttype(parsed: ParsedOptions) -> PkttypeMatch:
    return PkttypeMatch(parsed.get("pkt-type"), parsed.negated("pkt-type"))


MATCHES: Final = (Extension("pkttype", (XtOption("pkt-type", _packet_type, inverts=True, mandatory=True),), _pkttype),)
