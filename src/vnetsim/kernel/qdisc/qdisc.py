"""What all qdiscs share (include/net/sch_generic.h, net/sched/sch_generic.c).

A device gives its frames to the root (`transmit`), and the root's `run` sends all that `dequeue` gives.  A discipline
that holds frames back wakes the root (`watch`); a discipline below a class is dequeued by the one above.  Not modelled:
the length of the device's own ring: a device takes every frame at once, so that frames wait for time only.
"""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno
from vnetsim.kernel.netdev.gso import count, wire_length

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vnetsim.clock import Timer
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netdev.skbuff import Skb


class Xmit(enum.Enum):
    """What `enqueue` says of a frame that is not queued, and whose sender gets no error (include/linux/netdevice.h)."""

    CN = 2
    STOLEN = 0x10000


class QueueingDiscipline:
    """A discipline of one device; `handle` is its major number, 0x8001 and up where the kernel chose it.

    `parent` is the number of the class above, ROOT without one; a discipline that the kernel made as the default of a
    class has no handle and is not shown.  `label` names it in drops.
    """

    kind: ClassVar[str]
    #: Whether it has classes; one class that every number means, for those that only hold frames back.
    classful: ClassVar[bool] = False
    #: Whether the kernel takes new options (ops->change).
    changeable: ClassVar[bool] = True
    #: Whether a frame passes by the empty discipline (TCQ_F_CAN_BYPASS).
    bypass: ClassVar[bool] = False

    def __init__(self, device: Device, handle: int) -> None:
        self.device = device
        self.handle = handle
        self.parent = 0xFFFF_FFFF
        self.label: str = self.kind
        #: Counts the disciplines of the host, for the order of dumps.
        self.number = 0
        #: The discipline above, which dequeues from this one; None at the root.
        self.above: QueueingDiscipline | None = None
        self.bytes = self.packets = self.drops = self.overlimits = self.requeues = 0
        self.backlog = self.length = 0
        self._peeked: Skb | None = None
        self._timer: Timer | None = None
        self._runs = False

    # --- of each kind -----------------------------------------------------------------------------------------------

    def configure(self, options: Mapping[str, int]) -> None:
        """ops->init and ops->change: missing options keep their value, or get the default; KernelError(EINVAL ...)."""

    def enqueue(self, skb: Skb) -> Errno | Xmit | None:
        """Queue a frame, or return the error of the system call, or why none."""
        raise NotImplementedError

    def dequeue(self) -> Skb | None:
        """The frame that leaves now, if there is one."""
        raise NotImplementedError

    def reset(self) -> None:
        """qdisc_reset: drop all queued frames."""
        self.backlog = self.length = 0
        self._peeked = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def add_up(self) -> None:
        """Before a dump: counters of those whose frames others count."""

    def details(self) -> Mapping[str, int]:
        """Its options, in the units that netlink has them in."""
        return {}

    def find(self, minor: int) -> QueueingDiscipline | None:
        """The discipline below a class: KeyError if there is no such class."""
        raise KeyError(minor)

    def graft(self, minor: int, leaf: QueueingDiscipline | None) -> None:
        """Put a discipline below a class, or the default again."""

    def children(self) -> Iterator[QueueingDiscipline]:
        """The disciplines below its classes, without the defaults."""
        return iter(())

    # --- for the device and the discipline above ----------------------------------------------------------------------

    def transmit(self, skb: Skb) -> Errno | None:
        """__dev_xmit_skb"""
        if self.bypass and not self.length and not self._runs:
            self.bytes += wire_length(skb)
            self.packets += count(skb)
            self.device.send(skb)
            return None
        failed = self.enqueue(skb)
        self.run()
        return None if isinstance(failed, Xmit) else failed

    def run(self) -> None:
        """qdisc_run: send what may be sent now."""
        if self._runs:
            return
        self._runs = True
        try:
            while (skb := self.take()) is not None:
                self.device.send(skb)
        finally:
            self._runs = False

    def take(self) -> Skb | None:
        """qdisc_dequeue_peeked"""
        skb, self._peeked = self._peeked, None
        if skb is None:
            return self.dequeue()
        self.length -= 1
        self.backlog -= wire_length(skb)
        return skb

    def peek(self) -> Skb | None:
        """qdisc_peek_dequeued: the next frame, which still counts as one that waits."""
        if self._peeked is None and (skb := self.dequeue()) is not None:
            self._peeked = skb
            self.came(skb)
        return self._peeked

    def watch(self, until: int) -> None:
        """qdisc_watchdog_schedule_ns: run again at that time (in nanoseconds)."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self.device.engine.after(max(0, until - self.device.engine.now()), self._wake)

    def _wake(self) -> None:
        """qdisc_watchdog: the root sends."""
        self._timer = None
        top = self
        while top.above is not None:
            top = top.above
        top.run()

    # --- counters ---------------------------------------------------------------------------------------------------

    def came(self, skb: Skb) -> None:
        """A frame waits here."""
        self.length += 1
        self.backlog += wire_length(skb)

    def went(self, skb: Skb) -> None:
        """A frame that waited here leaves."""
        self.length -= 1
        size = wire_length(skb)
        self.backlog -= size
        self.bytes += size
        self.packets += count(skb)

    def lost(self, skb: Skb) -> None:
        """A frame that waited here is dropped; those above counted it, too (qdisc_tree_reduce_backlog)."""
        self.length -= 1
        self.backlog -= wire_length(skb)
        self.drop(skb)
        above = self.above
        while above is not None:
            above.length -= 1
            above.backlog -= wire_length(skb)
            above.drops += 1
            above = above.above

    def drop(self, skb: Skb) -> Errno:
        """qdisc_drop: the queue is full."""
        self.drops += 1
        self.device.namespace.drop(skb, self.device, DropReason.QDISC_DROP, self.label)
        return Errno.ENOBUFS


class PacketQueue:
    """Frames in their order; the sockets of those that wait know of them (sk_wmem_alloc)."""

    def __init__(self) -> None:
        self._frames: deque[Skb] = deque()

    def __len__(self) -> int:
        return len(self._frames)

    def __bool__(self) -> bool:
        return bool(self._frames)

    def append(self, skb: Skb) -> None:
        self._frames.append(skb)
        if skb.sender is not None:
            skb.sender.holds(wire_length(skb))

    def popleft(self) -> Skb:
        skb = self._frames.popleft()
        if skb.sender is not None:
            skb.sender.holds(-wire_length(skb))
        return skb

    def pop(self) -> Skb:
        """The last one."""
        skb = self._frames.pop()
        if skb.sender is not None:
            skb.sender.holds(-wire_length(skb))
        return skb

    def clear(self) -> None:
        while self._frames:
            self.popleft()
