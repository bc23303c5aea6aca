"""Bands (net/sched/sch_prio.c): a frame waits until those before it in lower bands have left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, Final

from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.qdisc.classify import DROPPED, STOLEN, Classifier, priority_of
from vnetsim.kernel.qdisc.fifo import default_leaf
from vnetsim.kernel.qdisc.qdisc import QueueingDiscipline, Xmit

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device

_MOST_BANDS: Final = 16
#: Which band a priority goes to (prio2band).
PRIOMAP: Final = (1, 2, 2, 2, 1, 2, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1)


class Prio(Classifier):
    """`priomap` is a number of 64 bits here: the band of priority N is its Nth group of four bits."""

    kind: ClassVar[str] = "prio"
    classful: ClassVar[bool] = True

    def __init__(self, device: Device, handle: int) -> None:
        super().__init__(device, handle)
        self.bands: list[QueueingDiscipline] = []
        self._map: tuple[int, ...] = PRIOMAP

    def configure(self, options: Mapping[str, int]) -> None:
        """prio_tune"""
        bands = options.get("bands", 3)
        priomap = tuple(options.get(f"priomap{index}", default) for index, default in enumerate(PRIOMAP))
        if not 2 <= bands <= _MOST_BANDS or max(priomap) >= bands:
            raise KernelError(Errno.EINVAL)
        for gone in self.bands[bands:]:
            self._forget(gone)
        self.bands = self.bands[:bands] + [self._default() for _ in range(bands - len(self.bands))]
        self._map = priomap

    def details(self) -> Mapping[str, int]:
        return {"bands": len(self.bands), **{f"priomap{index}": band for index, band in enumerate(self._map)}}

    def _default(self) -> QueueingDiscipline:
        leaf = default_leaf(self.device, self.kind)
        leaf.above = self
        return leaf

    def _forget(self, leaf: QueueingDiscipline) -> None:
        self.length -= leaf.length
        self.backlog -= leaf.backlog
        leaf.reset()

    def find(self, minor: int) -> QueueingDiscipline | None:
        """KeyError for a class that is no band."""
        if not 1 <= minor <= len(self.bands):
            raise KeyError(minor)
        return self.bands[minor - 1]

    def graft(self, minor: int, leaf: QueueingDiscipline | None) -> None:
        self._forget(self.bands[minor - 1])
        self.bands[minor - 1] = self._default() if leaf is None else leaf
        self.bands[minor - 1].above = self

    def children(self) -> Iterator[QueueingDiscipline]:
        return (leaf for leaf in self.bands if leaf.handle)

    def enqueue(self, skb: Skb) -> Errno | Xmit | None:
        chosen = self._band(skb)
        if chosen in (DROPPED, STOLEN):
            self.drops += chosen == DROPPED
            return Xmit.CN if chosen == DROPPED else Xmit.STOLEN
        failed = self.bands[chosen].enqueue(skb)
        if failed is None:
            self.came(skb)
        else:
            self.drops += failed is not Xmit.STOLEN
        return failed

    def _band(self, skb: Skb) -> int:
        """prio_classify"""
        band = priority_of(skb)
        if band >> 16 != self.handle:
            found = self.classify(skb)
            if found is not None and found < 0:
                return found
            if found is None:
                return self._map[0 if band >> 16 else band & 15]
            band = found
        band = (band & 0xFFFF) - 1
        return band if 0 <= band < len(self.bands) else self._map[0]

    def dequeue(self) -> Skb | None:
        for leaf in self.bands:
            skb = leaf.take()
            if skb is not None:
                self.went(skb)
                return skb
        return None

    def reset(self) -> None:
        super().reset()
        for leaf in self.bands:
            leaf.reset()
