"""Enhanced transmission selection (net/sched/sch_ets.c): strict bands first, then bands that share by quanta."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Final

from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.qdisc.classify import DROPPED, STOLEN, priority_of
from vnetsim.kernel.qdisc.drr import RoundRobin, RoundRobinClass
from vnetsim.kernel.qdisc.qdisc import Xmit

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device

#: TCQ_ETS_MAX_BANDS, and the number of priorities.
_MOST_BANDS: Final = 16


class EtsBand(RoundRobinClass):
    def configure(self, options: Mapping[str, int]) -> None:
        """ets_class_change: KernelError(EINVAL) for a strict band."""
        if not self.quantum:
            raise KernelError(Errno.EINVAL, "Strict bands do not have a configurable quantum")
        super().configure(options)


class Ets(RoundRobin):
    """Options are `bands`, `strict`, `quantum0` and so on of the others, `priomap0` and so on."""

    kind: ClassVar[str] = "ets"

    def __init__(self, device: Device, handle: int) -> None:
        super().__init__(device, handle)
        self._bands: list[RoundRobinClass] = []
        self._strict = 0
        self._map: tuple[int, ...] = ()

    def all_classes(self) -> list[RoundRobinClass]:
        return self._bands

    def configure(self, options: Mapping[str, int]) -> None:
        """ets_qdisc_change: KernelError(EINVAL) for no or too many bands."""
        bands, strict = options.get("bands", 0), options.get("strict", 0)
        if not 1 <= bands <= _MOST_BANDS or strict > bands:
            raise KernelError(Errno.EINVAL)
        for gone in self._bands[bands:]:
            self._forget(gone)
        kept = self._bands[:bands]
        self._bands = kept + [EtsBand(minor, 0, self.default()) for minor in range(len(kept) + 1, bands + 1)]
        self._strict = strict
        self._map = tuple(options.get(f"priomap{index}", bands - 1) for index in range(_MOST_BANDS))
        for index, each in enumerate(self._bands):
            shares = index >= strict
            each.quantum = options.get(f"quantum{index - strict}", self.psched_mtu()) if shares else 0
        self._active = [each for each in self._bands[strict:] if each.leaf.length]

    def details(self) -> Mapping[str, int]:
        return {
            "bands": len(self._bands),
            "strict": self._strict,
            **{f"quantum{index}": each.quantum for index, each in enumerate(self._bands[self._strict :])},
            **{f"priomap{index}": band for index, band in enumerate(self._map)},
        }

    def enqueue(self, skb: Skb) -> Errno | Xmit | None:
        chosen = self._band(skb)
        if chosen in (DROPPED, STOLEN):
            self.drops += chosen == DROPPED
            return Xmit.CN if chosen == DROPPED else Xmit.STOLEN
        return self.enqueue_to(self._bands[chosen], skb)

    def _band(self, skb: Skb) -> int:
        """ets_classify"""
        number = priority_of(skb)
        if number >> 16 != self.handle:
            found = self.classify(skb)
            if found is None:
                return self._map[0 if number >> 16 else number & 15]
            if found < 0:
                return found
            number = found
        band = (number & 0xFFFF) - 1
        return band if 0 <= band < len(self._bands) else self._map[0]

    def dequeue(self) -> Skb | None:
        """ets_qdisc_dequeue"""
        for each in self._bands[: self._strict]:
            if each.leaf.length and (skb := self.take_from(each)) is not None:
                return skb
        return super().dequeue()
