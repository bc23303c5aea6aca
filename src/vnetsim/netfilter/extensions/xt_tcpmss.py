"""The maximum segment size: tcpmss, TCPMSS (xt_tcpmss.c, xt_TCPMSS.c)."""

from __future__ import annotations

from typing import Final

import attrs

from vnetsim.netfilter import options
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.options import Extension, ParseContext, ParsedOptions, XtOption, integer, negation
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import Rule, XtMatch, XtTarget
from vnetsim.values import frozen
from vnetsim.wire import ipv4, tcp
from vnetsim.wire.tcp import MSS, Tcp

#: What a host assumes that does not hear of a size (RFC 9293, 3.7.1).
_DEFAULT_SIZE: Final = {4: 536, 6: 1220}


@frozen(str=False)
class TcpMss(XtTarget):
    """The size that a segment announces becomes `size`, or what the path allows if that is None; it never grows.

    A segment that announces nothing announces the default from then on, unless data follow its header: rules without
    `--tcp-flags SYN,RST SYN` change acknowledgements too.
    """

    name = "TCPMSS"
    size: int | None = None

    @property
    def hooks(self) -> frozenset[str] | None:
        return frozenset({"FORWARD", "OUTPUT", "POSTROUTING"}) if self.size is None else None

    def fits(self, rule: Rule) -> bool:
        return rule.protocol is not None and rule.protocol.number == 6 and not rule.protocol.negated

    def act(self, packet: PktInfo) -> None:
        segment = packet.transport
        if not isinstance(segment, tcp.Tcp) or isinstance(packet.ip.payload, bytes):
            return
        size = self.size if self.size is not None else self._clamped(packet)
        announced = next((value for kind, value in segment.options if kind == tcp.MSS), None)
        if size is None or (isinstance(announced, int) and announced <= size):
            return
        if announced is None:
            if segment.data:
                return
            size = min(size, _DEFAULT_SIZE[packet.ip.source.version])
            options: tuple[tcp.Option, ...] = ((tcp.MSS, size), *segment.options)
        else:
            options = tuple((kind, size if kind == tcp.MSS else value) for kind, value in segment.options)
        _replace_options(packet, segment, options)

    def _clamped(self, packet: PktInfo) -> int | None:
        headers = 40 if isinstance(packet.ip, ipv4.Packet) else 60
        return None if packet.path_mtu is None else packet.path_mtu - headers

    def listing(self, _numeric: bool) -> str:
        return "TCPMSS clamp to PMTU" if self.size is None else f"TCPMSS set {self.size}"

    def __str__(self) -> str:
        return "TCPMSS --clamp-mss-to-pmtu" if self.size is None else f"TCPMSS --set-mss {self.size}"


def _replace_options(packet: PktInfo, segment: tcp.Tcp, options: tuple[tcp.Option, ...]) -> None:
    if tcp.options_length(options) > 40:
        return
    changed = tcp.Tcp.build(
        segment.source_port, segment.destination_port, segment.sequence, segment.acknowledgement, segment.flags,
        segment.window, options, segment.data, segment.urgent,
    )  # fmt: skip
    length = packet.ip.length + changed.length - segment.length
    packet.ip = attrs.evolve(packet.ip, payload=changed, length=length)


def _size(text: str, context: ParseContext) -> int:
    size: int = integer(0, 0xFFFF - (20 if context.version == 4 else 40))(text, context)
    return size


def _build(parsed: ParsedOptions) -> TcpMss:
    return TcpMss(None if "clamp-mss-to-pmtu" in parsed else parsed.get("set-mss"))


_TCP: Final = 6
_END: Final = 0xFFFF


@frozen
class SegmentSize(XtMatch):
    """What a segment of TCP announces; where it announces nothing, a negated one fits."""

    name = "tcpmss"
    first: int
    last: int
    negated: bool = False

    def fits(self, rule: Rule) -> bool:
        return rule.protocol is not None and rule.protocol.number == _TCP and not rule.protocol.negated

    def matches(self, packet: PktInfo) -> bool:
        segment = packet.transport
        if not isinstance(segment, Tcp):
            return self.negated
        announced = next((value for kind, value in segment.options if kind == MSS), None)
        return (isinstance(announced, int) and self.first <= announced <= self.last) != self.negated

    @property
    def _parts(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}:{self.last}"

    def listing(self, _numeric: bool) -> str:
        return f"tcpmss match {'!' if self.negated else ''}{self._parts}"

    def __str__(self) -> str:
        return f"-m tcpmss {negation(self.negated)}--mss {self._parts}"


def _segment_size(parsed: ParsedOptions) -> SegmentSize:
    first, last = parsed.get("mss")
    if first > last:
        raise ArgumentError("tcpmss: invalid range given")
    return SegmentSize(first, last, parsed.negated("mss"))


MATCHES: Final = (
    Extension(
        "tcpmss",
        (XtOption("mss", options.integers(_END), inverts=True, mandatory=True),),
        _segment_size,
    ),
)


TARGETS: Final = (
    Extension(
        "TCPMSS",
        (XtOption("set-mss", _size), XtOption("clamp-mss-to-pmtu")),
        _build,
        required="TCPMSS target: At least one parameter is required",
    ),
)
