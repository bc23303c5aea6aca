"""Packets whose source has a route by the device that they came in by: rpfilter (ipt_rpfilter.c, ip6t_rpfilter.c)."""

from __future__ import annotations

from typing import Final

from vnetsim.netfilter.options import Extension, ParsedOptions, XtOption
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import XtMatch
from vnetsim.values import frozen
from vnetsim.wire.inet import IPv6


@frozen(kw_only=True)
class RpFilter(XtMatch):
    name = "rpfilter"
    tables = frozenset({"raw", "mangle"})
    loose: bool = False
    accept_local: bool = False
    inverted: bool = False
    valid_mark: bool = False

    @property
    def hooks(self) -> frozenset[str]:
        return frozenset({"PREROUTING"})

    def matches(self, packet: PktInfo) -> bool:
        return self._passes(packet) != self.inverted

    def _passes(self, packet: PktInfo) -> bool:
        source, context = packet.ip.source, packet.context
        if packet.in_device == "lo":
            return True
        if int(source) == 0 and packet.packet_type != "unicast":
            return True
        kind, devices = context.route(source, packet.mark if self.valid_mark else 0, packet.in_device)
        if kind == "local" and isinstance(source, IPv6):
            return self.accept_local
        if kind != "unicast" and not (kind == "local" and self.accept_local):
            return False
        return self.loose or packet.in_device in devices

    def _words(self, prefix: str) -> str:
        options = (
            ("loose", self.loose), ("validmark", self.valid_mark), ("accept-local", self.accept_local),
            ("invert", self.inverted),
        )  # fmt: skip
        return "".join(f" {prefix}{name}" for name, given in options if given)

    def listing(self, _numeric: bool) -> str:
        return f"rpfilter{self._words('')}"

    def __str__(self) -> str:
        return f"-m rpfilter{self._words('--')}"


def _build(parsed: ParsedOptions) -> RpFilter:
    return RpFilter(
        loose="loose" in parsed, accept_local="accept-local" in parsed, inverted="invert" in parsed,
        valid_mark="validmark" in parsed,
    )  # fmt: skip


MATCHES: Final = (
    Extension("rpfilter", tuple(map(XtOption, ("loose", "validmark", "accept-local", "invert"))), _build),
)
