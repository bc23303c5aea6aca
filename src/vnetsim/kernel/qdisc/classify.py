"""Which class a frame belongs to: its priority, and the filters of a discipline (net/sched/cls_api.c)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from vnetsim.kernel.qdisc.qdisc import QueueingDiscipline
from vnetsim.wire import ipv4

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netdev.skbuff import Skb
    from vnetsim.kernel.qdisc.tcfilter import Block

#: What `classify` answers besides a class (numbers of which none is one).
DIRECT: Final = -1
DROPPED: Final = -2
STOLEN: Final = -3

#: ip_tos2prio, by the four bits of the type of service: best effort, bulk, interactive, interactive bulk.
_BY_TOS: Final = (0, 0, 0, 0, 2, 2, 2, 2, 6, 6, 6, 6, 4, 4, 4, 4)


def priority_of(skb: Skb) -> int:
    """skb->priority: what a rule or filter has set, else that of the type of service (rt_tos2priority)."""
    if skb.priority is not None:
        return skb.priority
    packet = skb.frame.payload
    return _BY_TOS[packet.tos >> 1 & 15] if isinstance(packet, ipv4.Packet) else 0


class Classifier(QueueingDiscipline):
    """A discipline with filters: of its own, by 0, and of its classes."""

    def __init__(self, device: Device, handle: int) -> None:
        super().__init__(device, handle)
        #: What the filters at a class say: a class, DROPPED, STOLEN, None for no match.
        self.filters: dict[int, Callable[[Skb], int | None]] = {}
        #: The filters themselves, by class.
        self.blocks: dict[int, Block] = {}
        #: The classes that its filters choose.
        self.chosen: frozenset[int] = frozenset()

    def classify(self, skb: Skb, minor: int = 0) -> int | None:
        """tcf_classify"""
        filters = self.filters.get(minor)
        return None if filters is None else filters(skb)
