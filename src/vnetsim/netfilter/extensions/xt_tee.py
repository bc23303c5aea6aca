"""A copy of a packet for another host of a link: TEE (xt_TEE.c, nf_dup_ipv4.c, nf_dup_ipv6.c)."""

from __future__ import annotations

from typing import Final

from vnetsim.netfilter import options
from vnetsim.netfilter.options import Extension, ParsedOptions, XtOption
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import Rule, XtTarget
from vnetsim.values import frozen
from vnetsim.wire.inet import Address

_LONGEST: Final = 15


@frozen(str=False)
class Tee(XtTarget):
    """A copy goes by the route to `gateway`, by `device` if that is not ""; the packet itself goes on."""

    name = "TEE"
    gateway: Address
    device: str = ""

    def fits(self, _rule: Rule) -> bool:
        return int(self.gateway) != 0

    def act(self, packet: PktInfo) -> None:
        packet.context.duplicate(packet.ip, self.gateway, self.device, not packet.out_device)

    def listing(self, _numeric: bool) -> str:
        return f"TEE gw:{self.gateway}{f' oif={self.device}' * bool(self.device)}"

    def __str__(self) -> str:
        return f"TEE --gateway {self.gateway}{f' --oif {self.device}' * bool(self.device)}"


def _build(parsed: ParsedOptions) -> Tee:
    return Tee(parsed.get("gateway"), parsed.get("oif", ""))


TARGETS: Final = (
    Extension(
        "TEE",
        (XtOption("gateway", options.numeric_host, mandatory=True), XtOption("oif", options.string(_LONGEST))),
        _build,
    ),
)
