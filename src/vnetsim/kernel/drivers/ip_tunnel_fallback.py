"""Devices that a module of tunnels gives every namespace: gre0, gretap0, erspan0, tunl0, sit0 (ip_tunnel_init_net)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.kernel.netdev.device import Device
from vnetsim.wire.mac import UNKNOWN, Mac, ProtocolAddress


class Fallback(Device):
    """gre0, tunl0, sit0 and their like: there as long as the kernel runs, and never up here."""

    has_arp: ClassVar[bool] = False
    netns_immutable: ClassVar[bool] = True
    shows_link: ClassVar[bool] = True
    permanent: ClassVar[bool] = True

    def __init__(
        self, name: str, kind: str, mtu: int, *, details: Mapping[str, str | int], link_type: str | None = None,
        limits: tuple[int, int] = (0, 0),
    ) -> None:  # fmt: skip
        super().__init__(name, UNKNOWN)
        self.kind = kind
        self.mtu = mtu
        self._details = details
        self.link_type = link_type or "ether"
        if link_type is not None:
            self.flags_base = ("NOARP",)
        self.min_mtu, self.max_mtu = limits

    @property
    def link_addresses(self) -> tuple[Mac | None, Mac | None]:
        none = ProtocolAddress(0)
        return (self.mac, self.broadcast) if self.link_type == "ether" else (none, none)

    def open(self) -> None:
        """KernelError(EADDRNOTAVAIL) for one that needs an Ethernet address (eth_validate_addr)."""
        if self.link_type == "ether":
            raise KernelError(Errno.EADDRNOTAVAIL)
        raise NotModelled(f"the fallback device {self.name} up")

    def details(self) -> Mapping[str, str | int]:
        return {**self._details, "tso_max_size": 65536}
