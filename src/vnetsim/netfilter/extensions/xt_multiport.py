"""Lists of ports: multiport (xt_multiport.c)."""

from __future__ import annotations

from typing import Final

import attrs

from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.extensions.xt_tcpudp import PortRange
from vnetsim.netfilter.options import Extension, ParseContext, ParsedOptions, XtOption, negation, port
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import XtMatch
from vnetsim.values import frozen
from vnetsim.wire.tcp import Tcp as Segment
from vnetsim.wire.udp import Udp as Datagram

_NAMES: Final = {6: "tcp", 17: "udp"}


@frozen
class MultiPort(XtMatch):
    """Up to fifteen ports; `which` is sports, dports or ports (either)."""

    name = "multiport"
    which: str
    ranges: tuple[PortRange, ...]
    negated: bool = False
    #: Of the rule, for names of services.
    protocol: int = attrs.field(default=6, eq=False, repr=False)

    def matches(self, packet: PktInfo) -> bool:
        header = packet.transport
        if not isinstance(header, (Segment, Datagram)):
            return False
        ports = []
        if self.which != "dports":
            ports.append(header.source_port)
        if self.which != "sports":
            ports.append(header.destination_port)
        return any(port in allowed for port in ports for allowed in self.ranges) != self.negated

    def listing(self, numeric: bool) -> str:
        protocol = None if numeric else _NAMES.get(self.protocol)
        ports = ",".join(allowed.names(protocol) for allowed in self.ranges)
        return f"multiport {self.which} {' !' if self.negated else ''}{ports}"

    def __str__(self) -> str:
        return f"-m multiport {negation(self.negated)}--{self.which} {','.join(map(str, self.ranges))}"


_MULTIPORT_PROTOCOLS: Final = (6, 17, 33, 132, 136)


def _port_list(text: str, context: ParseContext) -> tuple[PortRange, ...]:
    if context.protocol == 0:
        raise ArgumentError("multiport needs `-p tcp', `-p udp', `-p udplite', `-p sctp' or `-p dccp'")
    if context.protocol not in _MULTIPORT_PROTOCOLS or context.protocol_negated:
        raise ArgumentError("multiport only works with TCP, UDP, UDPLITE, SCTP and DCCP")
    ranges: list[PortRange] = []
    slots = 0
    for token in text.split(","):
        first_text, colon, last_text = token.partition(":")
        slots += 2 if colon else 1
        if slots > 15:
            raise ArgumentError("too many ports specified")
        first = port(first_text, context.protocol)
        last = port(last_text, context.protocol) if colon else first
        if colon and first >= last:
            raise ArgumentError("invalid portrange specified")
        ranges.append(PortRange(first, last))
    return tuple(ranges)


_MULTIPORT_KEYS: Final = ("source-ports", "destination-ports", "ports")


def _multiport_options() -> tuple[XtOption, ...]:
    def option(name: str, key: str) -> XtOption:
        others = tuple(other for other in _MULTIPORT_KEYS if other != key)
        return XtOption(name, _port_list, inverts=True, key=key, excludes=others)

    return (
        option("source-ports", "source-ports"),
        option("sports", "source-ports"),
        option("destination-ports", "destination-ports"),
        option("dports", "destination-ports"),
        option("ports", "ports"),
    )


def _multiport(parsed: ParsedOptions) -> MultiPort:
    key = next(key for key in _MULTIPORT_KEYS if key in parsed)
    which = {"source-ports": "sports", "destination-ports": "dports"}.get(key, key)
    return MultiPort(which, parsed.get(key), parsed.negated(key), parsed.context.protocol)


MATCHES: Final = (Extension("multiport", _multiport_options(), _multiport, required="multiport expection an option"),)
