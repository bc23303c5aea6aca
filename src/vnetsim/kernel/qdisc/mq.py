"""A discipline for each queue of a device (net/sched/sch_mq.c); the frames of a flow are all in one queue.

Which queue that is depends on a random number of the kernel's, and on a checksum of the flow here (skb_tx_hash).  Not
modelled: sockets that stay in their queue, XPS; mqprio and multiq.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from typing import ClassVar

from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.qdisc.fair import FqCodel, flow_of
from vnetsim.kernel.qdisc.fifo import Noop, PfifoFast
from vnetsim.kernel.qdisc.qdisc import QueueingDiscipline


class Mq(QueueingDiscipline):
    """Its classes are the queues; none is dequeued by it."""

    kind: ClassVar[str] = "mq"
    classful: ClassVar[bool] = True

    def configure(self, options: Mapping[str, int]) -> None:  # noqa: ARG002 (it has none)
        """mq_init: KernelError(EOPNOTSUPP) for a device with one queue."""
        queues = self.device.queue_counts.get("num_tx_queues", self.device.queues)
        if queues == 1:
            raise KernelError(Errno.EOPNOTSUPP)
        self.queues = [self._default(minor) for minor in range(1, queues + 1)]

    def _default(self, minor: int) -> QueueingDiscipline:
        """get_default_qdisc_ops: that of distributions, or of a kernel without it."""
        kind = PfifoFast if "fq_codel" in self.device.namespace.host.missing_modules else FqCodel
        leaf = kind(self.device, 0)
        leaf.configure({})
        leaf.parent = self.handle << 16 | minor
        return leaf

    def find(self, minor: int) -> QueueingDiscipline | None:
        """KeyError for a class that is no queue."""
        if not 1 <= minor <= len(self.queues):
            raise KeyError(minor)
        return self.queues[minor - 1]

    def graft(self, minor: int, leaf: QueueingDiscipline | None) -> None:
        """mq_graft: a queue whose discipline is deleted drops its frames."""
        self.queues[minor - 1].reset()
        self.queues[minor - 1] = Noop(self.device, 0) if leaf is None else leaf

    def children(self) -> Iterator[QueueingDiscipline]:
        """The defaults have no handle, and are shown."""
        return (leaf for leaf in self.queues if leaf.kind != Noop.kind)

    def add_up(self) -> None:
        """mq_dump"""
        for counter in ("bytes", "packets", "drops", "overlimits", "backlog", "length"):
            setattr(self, counter, sum(getattr(leaf, counter) for leaf in self.queues))

    def transmit(self, skb: Skb) -> Errno | None:
        """netdev_pick_tx"""
        return self.queues[zlib.crc32(repr(flow_of(skb)).encode()) % len(self.queues)].transmit(skb)

    def reset(self) -> None:
        for leaf in self.queues:
            leaf.reset()
