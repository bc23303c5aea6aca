"""First in, first out (net/sched/sch_fifo.c, and pfifo_fast of sch_generic.c), and no queue at all.

At the root of a device, which sends every frame at once, these queues are always empty, and a limit that is less than a
single frame refuses all; below a class they fill.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno
from vnetsim.kernel.netdev.gso import wire_length
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.qdisc.qdisc import PacketQueue, QueueingDiscipline, Xmit
from vnetsim.wire.ethernet import HEADER_LENGTH

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device


class NoQueue(QueueingDiscipline):
    kind: ClassVar[str] = "noqueue"

    def transmit(self, skb: Skb) -> Errno | None:
        return self.device.send(skb)


class Noop(QueueingDiscipline):
    """What is below a class whose discipline was deleted, where the kernel puts no queue (noop_qdisc)."""

    kind: ClassVar[str] = "noop"

    def enqueue(self, skb: Skb) -> Xmit:
        self.device.namespace.drop(skb, self.device, DropReason.QDISC_DROP, "noop: no discipline below the class")
        return Xmit.CN

    def dequeue(self) -> None:
        return None


class Fifo(QueueingDiscipline):
    """A queue; `has_space` says whether it takes one more."""

    def __init__(self, device: Device, handle: int) -> None:
        super().__init__(device, handle)
        self.queue = PacketQueue()

    def has_space(self, skb: Skb) -> bool:  # noqa: ARG002 (what kinds override)
        return True

    def enqueue(self, skb: Skb) -> Errno | None:
        if not self.has_space(skb):
            return self.drop(skb)
        self.came(skb)
        self.queue.append(skb)
        return None

    def dequeue(self) -> Skb | None:
        if not self.queue:
            return None
        skb = self.queue.popleft()
        self.went(skb)
        return skb

    def reset(self) -> None:
        super().reset()
        self.queue.clear()


class PfifoFast(Fifo):
    kind: ClassVar[str] = "pfifo_fast"
    bypass: ClassVar[bool] = True


class Pfifo(Fifo):
    """`limit` is a number of packets, the device's txqueuelen by default."""

    kind: ClassVar[str] = "pfifo"
    limit: int = -1

    def configure(self, options: Mapping[str, int]) -> None:
        if self.limit < 0 or "limit" in options:
            self.limit = options.get("limit", (self.device.qlen or 0) * self._unit())

    def _unit(self) -> int:
        return 1

    def has_space(self, skb: Skb) -> bool:  # noqa: ARG002 (a number of packets)
        return self.length < self.limit

    def details(self) -> Mapping[str, int]:
        return {"limit": self.limit}


class PfifoHeadDrop(Pfifo):
    """It drops the oldest frame for the new one."""

    kind: ClassVar[str] = "pfifo_head_drop"

    def enqueue(self, skb: Skb) -> Errno | None:
        if self.queue and not self.has_space(skb):
            self.lost(self.queue.popleft())
        return super().enqueue(skb)


class Bfifo(Pfifo):
    """`limit` is a number of bytes."""

    kind: ClassVar[str] = "bfifo"

    def _unit(self) -> int:
        return self.device.mtu + HEADER_LENGTH

    def has_space(self, skb: Skb) -> bool:
        return self.backlog + wire_length(skb) <= self.limit


def default_leaf(device: Device, label: str) -> Pfifo:
    """What the kernel puts below a class: a pfifo without a handle."""
    leaf = Pfifo(device, 0)
    leaf.limit = device.qlen or 1
    leaf.label = label
    return leaf
