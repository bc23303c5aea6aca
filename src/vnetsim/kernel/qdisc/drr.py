"""Deficit round robin over classes (net/sched/sch_drr.c): each gets its turn of `quantum` bytes.

A frame that no filter gives a class is dropped, and its sender learns nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar

from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.netdev.gso import count, wire_length
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.qdisc.classhash import ClassHash
from vnetsim.kernel.qdisc.classify import DROPPED, STOLEN, Classifier, priority_of
from vnetsim.kernel.qdisc.fifo import default_leaf
from vnetsim.kernel.qdisc.qdisc import QueueingDiscipline, Xmit
from vnetsim.wire.ethernet import HEADER_LENGTH

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device


class RoundRobinClass:
    """A class with its turn (struct drr_class, ets_class); `quantum` is 0 for one that does not share."""

    def __init__(self, minor: int, quantum: int, leaf: QueueingDiscipline) -> None:
        self.minor, self.quantum, self.leaf = minor, quantum, leaf
        self.deficit = 0
        self.bytes = self.packets = 0

    def configure(self, options: Mapping[str, int]) -> None:
        """KernelError(EINVAL) for a quantum of 0."""
        if options.get("quantum", 1) == 0:
            raise KernelError(Errno.EINVAL, "Specified DRR quantum cannot be zero")
        self.quantum = options.get("quantum", self.quantum)


class RoundRobin(Classifier):
    """What drr and ets share: the classes with frames take turns."""

    classful: ClassVar[bool] = True
    #: Whether its classes are made and deleted one by one.
    makes_classes: ClassVar[bool] = False

    def __init__(self, device: Device, handle: int) -> None:
        super().__init__(device, handle)
        self._active: list[RoundRobinClass] = []

    def all_classes(self) -> list[RoundRobinClass]:
        """In the order in which they are shown."""
        raise NotImplementedError

    def class_at(self, minor: int) -> RoundRobinClass | None:
        return next((each for each in self.all_classes() if each.minor == minor), None)

    def find(self, minor: int) -> QueueingDiscipline | None:
        """KeyError if there is no such class."""
        each = self.class_at(minor)
        if each is None:
            raise KeyError(minor)
        return each.leaf

    def graft(self, minor: int, leaf: QueueingDiscipline | None) -> None:
        each = self.class_at(minor)
        assert each is not None
        self._forget(each)
        each.leaf = self.default() if leaf is None else leaf
        each.leaf.above = self

    def children(self) -> Iterator[QueueingDiscipline]:
        return (each.leaf for each in self.all_classes() if each.leaf.handle)

    def default(self) -> QueueingDiscipline:
        leaf = default_leaf(self.device, self.kind)
        leaf.above = self
        return leaf

    def psched_mtu(self) -> int:
        """The quantum of who has none."""
        return self.device.mtu + HEADER_LENGTH

    def _forget(self, each: RoundRobinClass) -> None:
        """What waits in a class is lost."""
        self.length -= each.leaf.length
        self.backlog -= each.leaf.backlog
        each.leaf.reset()
        self._active = [other for other in self._active if other is not each]

    def enqueue_to(self, each: RoundRobinClass, skb: Skb) -> Errno | Xmit | None:
        failed = each.leaf.enqueue(skb)
        if failed is not None:
            self.drops += failed is not Xmit.STOLEN
            return failed
        self.came(skb)
        if each.quantum and each not in self._active:
            self._active.append(each)
            each.deficit = each.quantum
        return None

    def dequeue(self) -> Skb | None:
        """drr_dequeue"""
        while self._active:
            each = self._active[0]
            skb = each.leaf.peek()
            if skb is None:
                self._active.pop(0)
            elif wire_length(skb) > each.deficit:
                each.deficit += each.quantum
                self._active.append(self._active.pop(0))
            else:
                each.deficit -= wire_length(skb)
                return self.take_from(each)
        return None

    def take_from(self, each: RoundRobinClass) -> Skb | None:
        skb = each.leaf.take()
        if skb is not None:
            each.bytes += wire_length(skb)
            each.packets += count(skb)
            self.went(skb)
        if not each.leaf.length:
            self._active = [other for other in self._active if other is not each]
        return skb

    def reset(self) -> None:
        super().reset()
        self._active = []
        for each in self.all_classes():
            each.leaf.reset()


class Drr(RoundRobin):
    kind: ClassVar[str] = "drr"
    changeable: ClassVar[bool] = False
    makes_classes: ClassVar[bool] = True

    def __init__(self, device: Device, handle: int) -> None:
        super().__init__(device, handle)
        self._classes: ClassHash[RoundRobinClass] = ClassHash(handle)

    def all_classes(self) -> list[RoundRobinClass]:
        return list(self._classes.values())

    def class_at(self, minor: int) -> RoundRobinClass | None:
        return self._classes.get(minor)

    def add_class(self, minor: int, _above: int, options: Mapping[str, int]) -> None:
        """drr_change_class: the class above means nothing."""
        each = RoundRobinClass(minor, self.psched_mtu(), self.default())
        each.configure(options)
        self._classes.add(minor, each)

    def remove_class(self, minor: int) -> None:
        """KernelError(EBUSY) for one that a filter names."""
        if minor in self.chosen:
            raise KernelError(Errno.EBUSY, "DRR class is in use")
        self._forget(self._classes.remove(minor))

    def enqueue(self, skb: Skb) -> Errno | Xmit | None:
        """drr_enqueue"""
        number: int | None = priority_of(skb)
        if number is None or number >> 16 != self.handle or number & 0xFFFF not in self._classes:
            number = self.classify(skb)
        if number == STOLEN:
            return Xmit.STOLEN
        each = None if number in (None, DROPPED) else self._classes.get((number or 0) & 0xFFFF)
        if each is not None:
            return self.enqueue_to(each, skb)
        self.drops += 1
        if number != DROPPED:
            detail = f"{self.kind}: it belongs to no class"
            self.device.namespace.drop(skb, self.device, DropReason.QDISC_DROP, detail)
        return Xmit.CN
