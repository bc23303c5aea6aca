"""The loopback device (drivers/net/loopback.c): what it transmits, it receives."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno
from vnetsim.kernel.netdev.device import Device
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.wire.ethernet import HEADER_LENGTH
from vnetsim.wire.mac import UNKNOWN

if TYPE_CHECKING:
    from vnetsim.kernel.ipv4.ip import Ip4


class Loopback(Device):
    link_type: str = "loopback"
    netns_immutable: ClassVar[bool] = True
    min_mtu: int = 0
    max_mtu: int = 0
    default_mtu: ClassVar[int] = 65536
    has_arp: ClassVar[bool] = False
    flags_base: tuple[str, ...] = ("LOOPBACK",)

    def __init__(self, ip: Ip4) -> None:
        super().__init__("lo", UNKNOWN)
        self._ip = ip
        self.broadcast = UNKNOWN

    @property
    def tso_max_size(self) -> int:
        return 524_280

    def receive(self, skb: Skb) -> None:
        """loopback_xmit has counted the packet for both directions, without its Ethernet header."""
        self.rx_packets -= self.up
        self.rx_bytes -= skb.frame.length if self.up else 0
        super().receive(skb)

    def accept(self, skb: Skb) -> None:
        if not skb.dst_valid:
            super().accept(skb)
            return
        skb.device = self
        if self.namespace.nit_active:
            self.namespace.received(skb, self)
        if self.nf_ingress is None or self.nf_ingress(skb):
            self._ip.receive_own(skb)

    def _xmit(self, skb: Skb) -> Errno | None:
        self.tx_packets += 1
        self.rx_packets += 1
        self.tx_bytes += skb.frame.length - HEADER_LENGTH
        self.rx_bytes += skb.frame.length - HEADER_LENGTH
        if not self.queue(self.receive, skb):
            self.namespace.drop(skb, self, DropReason.CPU_BACKLOG)
        return None
