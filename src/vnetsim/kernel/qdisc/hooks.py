"""Filters where packets arrive and leave (net/core/dev.c: sch_handle_ingress, sch_handle_egress)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vnetsim.errors import Errno
from vnetsim.kernel.qdisc.tcaction import DROP, STOLEN
from vnetsim.kernel.qdisc.tcfilter import Block

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device, QdiscOps
    from vnetsim.kernel.netdev.skbuff import Skb


class IngressFilters:
    """What a device does with a frame before its handler; True: the frame goes on."""

    def __init__(self, device: Device, parent: int) -> None:
        self.device = device
        self.block = Block(device, parent, ingress=True)

    def __call__(self, skb: Skb) -> bool:
        decision = self.block.classify(skb)
        if decision is None or decision.verdict not in (DROP, STOLEN):
            return True
        if decision.verdict == DROP:
            self.block.drop(skb, decision)
        return False


class EgressFilters:
    """Filters before the root qdisc `below` (None for a device without one)."""

    def __init__(self, device: Device, parent: int) -> None:
        self.device = device
        self.block = Block(device, parent, ingress=False)
        self.below: QdiscOps | None = None

    @property
    def kind(self) -> str:
        return self.device.qdisc if self.below is None else self.below.kind

    def transmit(self, skb: Skb) -> Errno | None:
        skb.path = skb.dst = None
        decision = self.block.classify(skb)
        if decision is not None and decision.verdict == DROP:
            self.block.drop(skb, decision)
            return Errno.ENOBUFS
        if decision is not None and decision.verdict == STOLEN:
            return None
        return self.device.send(skb) if self.below is None else self.below.transmit(skb)

    def reset(self) -> None:
        if self.below is not None:
            self.below.reset()
