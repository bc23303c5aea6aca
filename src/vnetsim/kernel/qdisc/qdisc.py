"""What all qdiscs share (include/net/sch_generic.h, net/sched/sch_generic.c).

A qdisc is between Device.transmit and Device.send, or below a class of htb, whose tokens its frames wait for then.
Not modelled: filters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno
from vnetsim.kernel.netdev.gso import count, wire_length

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netdev.skbuff import Skb


class RootQdisc:
    """The root of one device; `handle` is its major number, 0x8001 and up where the kernel chose it."""

    kind: ClassVar[str]

    def __init__(self, device: Device, handle: int) -> None:
        self.device = device
        self.handle = handle
        self.bytes = self.packets = self.drops = self.overlimits = self.requeues = 0
        self.backlog = self.length = 0
        #: Where frames leave to: the device, or a class above this discipline.
        self.output: Callable[[Skb], Errno | None] = device.send

    def configure(self, options: Mapping[str, int]) -> None:
        """ops->init and ops->change: missing options keep their value, or get the default; KernelError(EINVAL ...)."""

    def enqueue(self, skb: Skb) -> Errno | None:
        """Queue a frame, or return the error of the system call."""
        raise NotImplementedError

    def reset(self) -> None:
        """qdisc_reset: drop all queued frames."""

    def details(self) -> Mapping[str, int]:
        """Its options, in the units that netlink has them in."""
        return {}

    def _passes(self, skb: Skb) -> Errno | None:
        """A frame leaves."""
        self.bytes += wire_length(skb)
        self.packets += count(skb)
        return self.output(skb)

    passes = _passes

    def _drop(self, skb: Skb) -> Errno:
        """qdisc_drop: the queue is full."""
        self.drops += 1
        self.device.namespace.drop(skb, self.device, DropReason.QDISC_DROP, self.kind)
        return Errno.ENOBUFS

    drop = _drop
