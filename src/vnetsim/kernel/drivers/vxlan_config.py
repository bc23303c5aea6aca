"""The options of a VXLAN device (struct vxlan_config)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import attrs

from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.values import define
from vnetsim.wire.inet import ANY4, ANY6, Address, IPv6, parse_address

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netdev.net_namespace import Netns

#: Options that are only stored, with their keys in `ip -d`.
SHOWN: Final = {
    "proxy": "proxy",
    "l2miss": "l2miss",
    "l3miss": "l3miss",
    "udpcsum": "udp_csum",
    "udp6zerocsumtx": "udp_zero_csum6_tx",
    "udp6zerocsumrx": "udp_zero_csum6_rx",
    "flowlabel": "label",
}


@define
class VxlanConfig:
    """By the names of `ip link`; `remote` may be a group.  `version` is that of IP below."""

    remote: Address | None = None
    local: Address = ANY4
    version: int = 4
    lower: Device | None = None
    learning: bool = True
    ttl: int | str = 0
    tos: int = 0
    dont_fragment: str = "unset"
    source_ports: tuple[int, int] = (0, 0)
    others: dict[str, int] = attrs.field(factory=dict)

    def take(self, options: Mapping[str, str | int], underlay: Netns) -> None:
        """KernelError(ENODEV) for a device that is not there, (EINVAL) for addresses that do not go together."""
        for keyword in ("remote", "group"):
            if keyword in options:
                self.remote = parse_address(str(options[keyword]))
        if "local" in options:
            self.local = parse_address(str(options["local"]))
        if "dev" in options:
            self.lower = underlay.device(str(options["dev"]))
        self.learning = bool(options.get("learning", self.learning))
        self.ttl = options.get("ttl", self.ttl)
        self.tos = int(options.get("tos", self.tos))
        self.dont_fragment = str(options.get("df", self.dont_fragment))
        low, _, high = str(options.get("srcport", "0 0")).partition(" ")
        self.source_ports = (int(low), int(high))
        self.others.update({name: int(options[name]) for name in SHOWN if name in options})
        self._check()

    def _check(self) -> None:
        """vxlan_config_validate"""
        self.version = (self.remote or self.local).version
        if self.local and self.local.version != self.version:
            raise KernelError(Errno.EINVAL, "Local and remote address must be from the same family")
        if self.remote and self.remote.is_multicast and self.lower is None:
            raise KernelError(Errno.EINVAL, "Local interface required for multicast remote destination")
        if self.version == 6:
            self._check_scopes()
            if self.others.get("udp6zerocsumtx"):
                raise NotModelled("datagrams without a checksum over IPv6 (vxlan udp6zerocsumtx)")

    def _check_scopes(self) -> None:
        local_is_link, far = IPv6(self.local).is_link_local, IPv6(self.remote or ANY6)
        if local_is_link != far.is_link_local and (local_is_link is False or far):
            raise KernelError(Errno.EINVAL, "Invalid combination of local and remote address scopes")
        if local_is_link and self.lower is None:
            raise KernelError(Errno.EINVAL, "Local interface required for link-local local/remote addresses")

    @property
    def ends(self) -> dict[str, str]:
        """What `ip -d` shows of them."""
        shown = {}
        if self.remote:
            shown["group" if self.remote.is_multicast else "remote"] = str(self.remote)
        if self.local:
            shown["local"] = str(self.local)
        return shown
