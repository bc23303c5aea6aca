"""Devices whose other end is a program (drivers/net/tun.c), as `ip tuntap` makes them: persistent, without a program.

Without one there is no carrier, and nothing that is sent leaves.  `tap` carries Ethernet frames, `tun` IP packets.
Not modelled: the programs (/dev/net/tun), and so packet information, virtio headers and queues, which are remembered.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Final

from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.netdev.device import Device
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.wire.mac import UNKNOWN, Mac

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.net_namespace import Netns
    from vnetsim.operations import AddLink

_REMEMBERED: Final = ("pi", "vnet_hdr", "multi_queue", "one_queue", "user", "group")
_QUEUES: Final = 256


class Tap(Device):
    """Carries Ethernet frames."""

    kind: str | None = "tun"
    mode: ClassVar[str] = "tap"
    max_mtu: int = 65535 - 14
    default_qdisc: ClassVar[str] = "pfifo_fast"

    @staticmethod
    def make(namespace: Netns, request: AddLink, _origin: Netns) -> Tap:
        """tun_set_iff: KernelError(EINVAL) for a request by netlink instead of the ioctl."""
        mode = request.options.get("mode")
        if mode is None:
            raise KernelError(Errno.EINVAL, "tun/tap creation via rtnetlink is not supported")
        kind = Tap if mode == "tap" else Tun
        name = namespace.new_name(request.name, f"{mode}%d")
        mac = namespace.host.random_mac() if mode == "tap" else UNKNOWN
        device = kind(name, mac, {key: int(request.options[key]) for key in _REMEMBERED if key in request.options})
        namespace.register(device, request.index)
        namespace.linkwatch.fire(device)
        return device

    def __init__(self, name: str, mac: Mac, remembered: Mapping[str, int]) -> None:
        super().__init__(name, mac)
        self.carrier = False
        self.carrier_changes = 1
        self._remembered = remembered

    @property
    def speed(self) -> int | None:
        return 10_000

    def _xmit(self, skb: Skb) -> Errno | None:  # noqa: ARG002 (as its siblings)
        """Never called: without a reader there is no carrier."""
        raise AssertionError(f"{self.name} has no carrier")

    def details(self) -> Mapping[str, str | int]:
        several = {"num_tx_queues": _QUEUES, "num_rx_queues": _QUEUES} if self._remembered.get("multi_queue") else {}
        return {"type": self.mode, **self._remembered, "persist": 1, **several}


class Tun(Tap):
    """Carries IP packets: it has no link-layer address, and its neighbours need none."""

    mode: ClassVar[str] = "tun"
    link_type: str = "none"
    max_mtu: int = 65535
    default_qlen: ClassVar[int | None] = 500
    has_arp: ClassVar[bool] = False
    flags_base: tuple[str, ...] = ("POINTOPOINT", "MULTICAST", "NOARP")
