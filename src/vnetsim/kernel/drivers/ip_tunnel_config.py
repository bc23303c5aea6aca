"""The options of an IP tunnel (struct ip_tunnel_parm_kern), by the names of `ip link` and `ip tunnel`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import attrs

from vnetsim.errors import NotModelled
from vnetsim.values import define
from vnetsim.wire.inet import ANY4, IPv4

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netdev.net_namespace import Netns
    from vnetsim.wire.ipv4 import Packet

#: Switches of GRE.
SWITCHES: Final = ("iseq", "oseq", "icsum", "ocsum")
_ABSENT: Final = ("external", "encap", "isatap", "6rd-prefix")


@define
class TunnelConfig:
    """`mode` is the protocol number of what an ipip or sit tunnel carries, 0 for any."""

    remote: IPv4 = ANY4
    local: IPv4 = ANY4
    lower: Device | None = None
    ttl: int = 0
    tos: int = 0
    pmtudisc: bool = True
    ignore_df: bool = False
    mark: int = 0
    mode: int = 0
    ikey: int | None = None
    okey: int | None = None
    switches: dict[str, int] = attrs.field(factory=dict)
    by_ioctl: bool = False

    def copy(self) -> TunnelConfig:
        return attrs.evolve(self, switches=dict(self.switches))

    def take(self, options: Mapping[str, str | int], underlay: Netns) -> None:
        """What is given replaces what was there: KernelError(ENODEV) for a device that is not there."""
        for name in _ABSENT:
            if options.get(name):
                raise NotModelled(f"tunnels with {name}")
        for name in ("remote", "local"):
            if name in options:
                setattr(self, name, IPv4.parse(str(options[name])))
        if "dev" in options:
            self.lower = underlay.device(str(options["dev"]))
        for name in ("ttl", "tos", "mode"):
            setattr(self, name, int(options.get(name, getattr(self, name))))
        self.mark = int(options.get("fwmark", self.mark))
        self.pmtudisc = bool(options.get("pmtudisc", self.pmtudisc))
        self.ignore_df = bool(options.get("ignore-df", self.ignore_df))
        for name in ("ikey", "okey"):
            if name in options:
                setattr(self, name, None if options[name] == "" else int(options[name]))
        self.switches.update({name: int(options[name]) for name in SWITCHES if name in options})
        self.by_ioctl = bool(options.get("ioctl", self.by_ioctl))

    def same_ends(self, other: TunnelConfig) -> bool:
        """ip_tunnel_find: the addresses, the device and the key of what comes in."""
        mine = (self.local, self.remote, self.lower, self.ikey)
        return mine == (other.local, other.remote, other.lower, other.ikey)

    def takes(self, packet: Packet, device: Device, key: int | None) -> bool:
        """ip_tunnel_lookup: whether a packet that came in by `device` belongs to it."""
        return (
            packet.source == self.remote
            and self.local in (ANY4, packet.destination)
            and self.lower in (None, device)
            and key == self.ikey
        )

    @property
    def precision(self) -> tuple[bool, bool]:
        """Of several tunnels the one that names more takes a packet."""
        return bool(self.local), self.lower is not None

    def protocol_of(self, kind: str | None) -> int:
        return {"gre": 47, "gretap": 47, "ipip": 4, "sit": 41}.get(kind or "", 0)

    def details(self) -> dict[str, str | int]:
        shown: dict[str, str | int] = {"remote": str(self.remote or "any"), "local": str(self.local or "any")}
        if self.lower is not None:
            shown["link"] = self.lower.name
        shown.update(ttl=self.ttl, tos=self.tos, pmtudisc=int(self.pmtudisc), proto=self.mode)
        if self.ignore_df:
            shown["ignore_df"] = 1
        for name, key in (("ikey", self.ikey), ("okey", self.okey)):
            if key is not None:
                shown[name] = key
        shown.update({name: value for name, value in self.switches.items() if value})
        if self.mark:
            shown["fwmark"] = self.mark
        return shown
