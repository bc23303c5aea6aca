"""COBALT: CoDel and BLUE, of one queue of cake (net/sched/sch_cake.c: cobalt_should_drop and what is before it)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from vnetsim.values import frozen

_CERTAIN: Final = (1 << 32) - 1
#: BLUE's steps: up by 1/256, down by 1/4096.
_UP: Final = 1 << 24
_DOWN: Final = 1 << 20


@frozen
class CobaltParameters:
    """Times in nanoseconds; `mtu_time` is how long a full frame takes."""

    target: int
    interval: int
    mtu_time: int


class Cobalt:
    def __init__(self) -> None:
        self.count = 0
        self.dropping = False
        self.probability = 0
        self.drop_next = 0
        self._changed = 0

    def rests(self, now: int) -> bool:
        """Whether nothing is left of a congestion."""
        return not self.probability and not self.count and now >= self.drop_next

    def full(self, parameters: CobaltParameters, now: int) -> bool:
        """cobalt_queue_full: True if BLUE begins."""
        begins = False
        if now - self._changed > parameters.target:
            begins = not self.probability
            self.probability = min(self.probability + _UP, _CERTAIN)
            self._changed = now
        self.dropping, self.drop_next = True, now
        self.count = max(self.count, 1)
        return begins

    def empty(self, parameters: CobaltParameters, now: int) -> bool:
        """cobalt_queue_empty: True if BLUE ends."""
        ends = False
        if self.probability and now - self._changed > parameters.target:
            self.probability = max(0, self.probability - _DOWN)
            self._changed = now
            ends = not self.probability
        self.dropping = False
        if self.count and now >= self.drop_next:
            self._slower(parameters)
        return ends

    def judge(self, parameters: CobaltParameters, now: int, waited: int, bulk: int,
              mark: Callable[[], bool], draw: Callable[[], int]) -> tuple[bool, bool]:  # fmt: skip
        """cobalt_should_drop: whether the frame is to be dropped, and whether it was marked in place of that."""
        late = waited > parameters.target and waited > parameters.mtu_time * max(2 * bulk, 4)
        due, passed = self.count > 0 and now >= self.drop_next, now - self.drop_next
        drop = marked = False
        if late:
            if not self.dropping:
                self.dropping, self.drop_next = True, self._law(now, parameters)
            self.count = max(self.count, 1)
        else:
            self.dropping = False
        if due and self.dropping:
            marked = mark()
            drop = not marked
            self.count += 1
            self.drop_next = self._law(self.drop_next, parameters)
            passed = now - self.drop_next
        else:
            while due:
                self._slower(parameters)
                passed = now - self.drop_next
                due = self.count > 0 and passed >= 0
        drop |= self.probability > 0 and draw() < self.probability
        if not self.count:
            self.drop_next = now + parameters.interval
        elif passed > 0 and not drop:
            self.drop_next = now
        return drop, marked

    def _slower(self, parameters: CobaltParameters) -> None:
        self.count -= 1
        self.drop_next = self._law(self.drop_next, parameters)

    def _law(self, time: int, parameters: CobaltParameters) -> int:
        """cobalt_control"""
        return time + int(parameters.interval / math.sqrt(max(self.count, 1)))
