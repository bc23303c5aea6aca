"""First in, first out (net/sched/sch_fifo.c, and pfifo_fast of sch_generic.c), and no queue at all.

A simulated device sends every frame at once, so that these queues are always empty; a limit that is less than a
single frame refuses all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from vnetsim.errors import Errno
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.qdisc.qdisc import RootQdisc
from vnetsim.wire.ethernet import HEADER_LENGTH


class NoQueue(RootQdisc):
    kind: ClassVar[str] = "noqueue"

    def enqueue(self, skb: Skb) -> Errno | None:
        return self.device.send(skb)


class PfifoFast(RootQdisc):
    kind: ClassVar[str] = "pfifo_fast"

    def enqueue(self, skb: Skb) -> Errno | None:
        return self._passes(skb)


class Pfifo(RootQdisc):
    """`limit` is a number of packets, the device's txqueuelen by default."""

    kind: ClassVar[str] = "pfifo"
    limit: int = -1

    def configure(self, options: Mapping[str, int]) -> None:
        if self.limit < 0 or "limit" in options:
            self.limit = options.get("limit", (self.device.qlen or 0) * self._unit())

    def _unit(self) -> int:
        return 1

    def enqueue(self, skb: Skb) -> Errno | None:
        return self._passes(skb) if self.limit >= 1 else self._drop(skb)

    def details(self) -> Mapping[str, int]:
        return {"limit": self.limit}


class PfifoHeadDrop(Pfifo):
    """It drops the oldest frame for the new one."""

    kind: ClassVar[str] = "pfifo_head_drop"


class Bfifo(Pfifo):
    """`limit` is a number of bytes."""

    kind: ClassVar[str] = "bfifo"

    def _unit(self) -> int:
        return self.device.mtu + HEADER_LENGTH

    def enqueue(self, skb: Skb) -> Errno | None:
        return self._passes(skb) if skb.frame.length <= self.limit else self._drop(skb)
