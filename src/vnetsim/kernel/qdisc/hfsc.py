"""The hierarchical fair service curve (net/sched/sch_hfsc.c): who may send by its deadline, and by what is shared.

A class whose real-time curve (`rt`) is behind is served first, the one with the earliest deadline; else the classes
share by their link-sharing curves (`ls`), from the root down, but none before the time of its upper limit (`ul`).  Not
modelled: classes below one that has a real-time curve only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar

from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.kernel.netdev.gso import count, wire_length
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.qdisc.classhash import ClassHash
from vnetsim.kernel.qdisc.classify import DROPPED, STOLEN, Classifier, priority_of
from vnetsim.kernel.qdisc.curve import TICK_NS
from vnetsim.kernel.qdisc.fifo import default_leaf
from vnetsim.kernel.qdisc.hfsc_class import HfscClass
from vnetsim.kernel.qdisc.qdisc import QueueingDiscipline, Xmit

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device


class Hfsc(Classifier):
    kind: ClassVar[str] = "hfsc"
    classful: ClassVar[bool] = True

    def __init__(self, device: Device, handle: int) -> None:
        super().__init__(device, handle)
        self.default = 0
        self.root = HfscClass(0, None, self._default_leaf())
        self.classes: ClassHash[HfscClass] = ClassHash(handle)
        self.classes.add(0, self.root)
        #: Leaves that wait for their real-time curves, in the order in which they began.
        self._eligible: list[HfscClass] = []

    def configure(self, options: Mapping[str, int]) -> None:
        """hfsc_change_qdisc"""
        self.default = options.get("default", self.default)

    def details(self) -> Mapping[str, int]:
        return {"default": self.default}

    def _now(self) -> int:
        return self.device.engine.now() // TICK_NS

    def _default_leaf(self) -> QueueingDiscipline:
        leaf = default_leaf(self.device, self.kind)
        leaf.above = self
        return leaf

    # --- classes ------------------------------------------------------------------------------------------------------

    def find(self, minor: int) -> QueueingDiscipline | None:
        """KeyError without such a class; those with classes below them have no discipline."""
        each = self.classes[minor]
        return None if each.level else each.leaf

    def graft(self, minor: int, leaf: QueueingDiscipline | None) -> None:
        """hfsc_graft_class: KernelError(EINVAL) for a class with classes below it."""
        each = self.classes[minor]
        if each.level:
            raise KernelError(Errno.EINVAL)
        self._purge(each)
        each.leaf = self._default_leaf() if leaf is None else leaf
        each.leaf.above = self

    def children(self) -> Iterator[QueueingDiscipline]:
        return (each.leaf for each in self.classes.values() if each.leaf.handle and not each.level)

    def add_class(self, minor: int, above: int, options: Mapping[str, int]) -> None:
        """hfsc_change_class: KernelError(EINVAL) without a curve to be served by, KernelError(ENOENT) below nothing."""
        parent = self.classes.get(above)
        if parent is None:
            raise KernelError(Errno.ENOENT)
        if not any(options.get(f"{name}_{slope}") for name in ("rt", "ls") for slope in ("m1", "m2")):
            raise KernelError(Errno.EINVAL)
        if parent is not self.root and parent.shared is None:
            raise NotModelled("an hfsc class below one with a real-time curve only")
        added = HfscClass(minor, parent, self._default_leaf())
        added.configure(options, 0)
        self.classes.add(minor, added)
        parent.below.append(added)
        if not parent.level:
            self._purge(parent)
        parent.adjust_levels()

    def change_class(self, minor: int, options: Mapping[str, int]) -> None:
        """hfsc_change_class: of a class that exists."""
        each = self.classes[minor]
        each.configure(options, self._now())
        waiting = each.leaf.peek() if each.leaf.length else None
        if waiting is None:
            return
        if each in self._eligible:
            each.continues(wire_length(waiting), realtime=True)
        if each.active:
            each.account(0)
        self._activate(each)

    def remove_class(self, minor: int) -> None:
        """hfsc_delete_class: KernelError(EBUSY) for one that has classes below it, or that filters choose."""
        each = self.classes[minor]
        if each.level or minor in self.chosen or each is self.root:
            raise KernelError(Errno.EBUSY, "HFSC class in use")
        self._purge(each)
        self.classes.remove(minor)
        assert each.above is not None
        each.above.below.remove(each)
        each.above.adjust_levels()

    def _purge(self, each: HfscClass) -> None:
        """What waits in a class is lost."""
        self.length -= each.leaf.length
        self.backlog -= each.leaf.backlog
        each.leaf.reset()
        self._rests(each)

    def _rests(self, each: HfscClass) -> None:
        """hfsc_qlen_notify: nothing waits in it any more."""
        if each.active:
            each.account(0)
        if each in self._eligible:
            self._eligible.remove(each)

    # --- frames -------------------------------------------------------------------------------------------------------

    def enqueue(self, skb: Skb) -> Errno | Xmit | None:
        chosen = self._classify(skb)
        if not isinstance(chosen, HfscClass):
            return chosen
        first = not chosen.leaf.length
        failed = chosen.leaf.enqueue(skb)
        if failed is not None:
            chosen.drops += failed is not Xmit.STOLEN
            self.drops += failed is not Xmit.STOLEN
            return failed
        self.came(skb)
        if first:
            self._activate(chosen)
        return None

    def _activate(self, each: HfscClass) -> None:
        """init_ed, init_vf"""
        waiting = each.leaf.peek()
        if waiting is None:
            return
        if each.realtime is not None and each not in self._eligible:
            each.starts(self._now(), wire_length(waiting))
            self._eligible.append(each)
        if each.shared is not None and not each.active:
            each.joins(self._now())

    def _classify(self, skb: Skb) -> HfscClass | Xmit:
        """hfsc_classify: a leaf, or what became of the frame."""
        number = priority_of(skb)
        known = self.classes.get(number & 0xFFFF) if number >> 16 == self.handle else None
        if known is not None and not known.level:
            return known
        minor = 0
        while (found := self.classify(skb, minor)) is not None:
            if found in (DROPPED, STOLEN):
                self.drops += found == DROPPED
                return Xmit.CN if found == DROPPED else Xmit.STOLEN
            known = self.classes.get(found & 0xFFFF)
            if known is None or known.minor == minor:
                break
            if not known.level:
                return known
            minor = known.minor
        default = self.classes.get(self.default)
        if default is not None and not default.level:
            return default
        self.drops += 1
        self.device.namespace.drop(skb, self.device, DropReason.QDISC_DROP, "hfsc: it belongs to no class")
        return Xmit.CN

    def dequeue(self) -> Skb | None:
        """hfsc_dequeue"""
        if not self.length:
            return None
        now = self._now()
        due = [each for each in self._eligible if each.eligible_at <= now]
        chosen = min(due, key=lambda each: each.deadline) if due else self.root.next_to_share(now)
        if chosen is None:
            self.overlimits += 1
            self._wait()
            return None
        skb = chosen.leaf.take()
        if skb is not None:
            self._sent(chosen, skb, realtime=bool(due))
        if not chosen.leaf.length:
            self._rests(chosen)
        return skb

    def _sent(self, each: HfscClass, skb: Skb, *, realtime: bool) -> None:
        size = wire_length(skb)
        each.bytes += size
        each.packets += count(skb)
        each.account(size)
        if realtime:
            each.served += size
        self.went(skb)
        if each in self._eligible and (waiting := each.leaf.peek()) is not None:
            each.continues(wire_length(waiting), realtime=realtime)

    def _wait(self) -> None:
        """hfsc_schedule_watchdog"""
        times = [each.eligible_at for each in self._eligible]
        if self.root.earliest:
            times.append(self.root.earliest)
        if times:
            self.watch(min(times) * TICK_NS)

    def reset(self) -> None:
        super().reset()
        self._eligible.clear()
        for each in self.classes.values():
            each.reset()
