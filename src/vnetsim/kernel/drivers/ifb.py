"""An intermediate functional block (drivers/net/ifb.c): what mirred redirects here waits in its qdisc and goes back.

What arrived somewhere is received there afterwards, what was to be sent is sent there; filters do not see it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno
from vnetsim.kernel.netdev.device import Device, QdiscOps
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.qdisc.fair import FqCodel
from vnetsim.wire.mac import Mac

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.net_namespace import Netns
    from vnetsim.operations import AddLink


class Ifb(Device):
    kind: str | None = "ifb"
    min_mtu: int = 0
    max_mtu: int = 0
    default_qlen: ClassVar[int | None] = 32
    #: net.core.default_qdisc of the recorded machines.
    default_qdisc: ClassVar[str] = "fq_codel"
    flags_base: tuple[str, ...] = ("BROADCAST",)

    @classmethod
    def make(cls, namespace: Netns, request: AddLink, _origin: Netns) -> Ifb:
        device = cls(namespace.new_name(request.name, "ifb%d"), request.mac or namespace.host.random_mac())
        namespace.register(device, request.index)
        return device

    def __init__(self, name: str, mac: Mac) -> None:
        super().__init__(name, mac)
        self.arp = self.multicast = False

    def details(self) -> Mapping[str, str | int]:
        return {}

    def open(self) -> None:
        if self.root_qdisc is None:
            self.graft_qdisc(None)

    def graft_qdisc(self, discipline: QdiscOps | None) -> None:
        """Without another one it has that of the machine, with the handle 0."""
        if discipline is None and self.up and self.registered:
            default = FqCodel(self, 0)
            default.configure({})
            discipline = default
        super().graft_qdisc(discipline)

    def _xmit(self, skb: Skb) -> Errno | None:
        """ifb_xmit, ifb_ri_tasklet"""
        self.rx_packets += 1
        self.rx_bytes += skb.frame.length
        origin, skb.redirected = skb.redirected, None
        if origin is None or not origin.registered:
            self.rx_dropped += 1
            self.namespace.drop(skb, self, DropReason.NO_PEER)
            return None
        self.tx_packets += 1
        self.tx_bytes += skb.frame.length
        skb.skip_classify = not skb.from_ingress
        again = origin.received_again if skb.from_ingress else origin.transmit
        if not self.queue(again, skb):
            self.namespace.drop(skb, self, DropReason.CPU_BACKLOG)
        return None
