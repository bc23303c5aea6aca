"""The options of a VXLAN device (struct vxlan_config)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import attrs

from vnetsim.errors import NotModelled
from vnetsim.values import define
from vnetsim.wire.inet import ANY4, IPv4, parse_address

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netdev.net_namespace import Netns

#: Options that are only stored, with their keys in `ip -d`.
SHOWN: Final = {
    "l2miss": "l2miss",
    "l3miss": "l3miss",
    "udpcsum": "udp_csum",
    "udp6zerocsumtx": "udp_zero_csum6_tx",
    "udp6zerocsumrx": "udp_zero_csum6_rx",
    "flowlabel": "label",
}


@define
class VxlanConfig:
    """By the names of `ip link`."""

    remote: IPv4 | None = None
    local: IPv4 = ANY4
    lower: Device | None = None
    learning: bool = True
    ttl: int | str = 0
    tos: int = 0
    dont_fragment: str = "unset"
    source_ports: tuple[int, int] = (0, 0)
    others: dict[str, int] = attrs.field(factory=dict)

    def take(self, options: Mapping[str, str | int], underlay: Netns) -> None:
        """KernelError(ENODEV) for a device that is not there."""
        if "remote" in options:
            self.remote = _ipv4(options["remote"])
        if "local" in options:
            self.local = _ipv4(options["local"])
        if "dev" in options:
            self.lower = underlay.device(str(options["dev"]))
        self.learning = bool(options.get("learning", self.learning))
        self.ttl = options.get("ttl", self.ttl)
        self.tos = int(options.get("tos", self.tos))
        self.dont_fragment = str(options.get("df", self.dont_fragment))
        low, _, high = str(options.get("srcport", "0 0")).partition(" ")
        self.source_ports = (int(low), int(high))
        self.others.update({name: int(options[name]) for name in SHOWN if name in options})


def _ipv4(value: str | int) -> IPv4:
    address = parse_address(str(value))
    if not isinstance(address, IPv4):
        raise NotModelled("VXLAN over IPv6")
    return address
