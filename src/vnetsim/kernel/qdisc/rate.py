"""How long bytes take at a rate, as net/sched/sch_generic.c computes it: with a multiplication and a shift."""

from __future__ import annotations

from typing import Final

import attrs

from vnetsim.clock import SECOND
from vnetsim.values import frozen

_HIGHEST_MULTIPLIER: Final = 1 << 31
_HIGHEST_FACTOR: Final = 1 << 63


@frozen
class Rate:
    """`bytes_per_second`; every packet counts `overhead` bytes more, and `least` at least (psched_ratecfg)."""

    bytes_per_second: int
    overhead: int = 0
    least: int = 0
    _multiplier: int = attrs.field(init=False)
    _shift: int = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        multiplier, shift = _precomputed(self.bytes_per_second)
        object.__setattr__(self, "_multiplier", multiplier)
        object.__setattr__(self, "_shift", shift)

    def nanoseconds(self, length: int) -> int:
        """psched_l2t_ns"""
        return max(length + self.overhead, self.least) * self._multiplier >> self._shift


def _precomputed(rate: int) -> tuple[int, int]:
    """psched_ratecfg_precompute__"""
    factor, shift = SECOND, 0
    while True:
        multiplier = factor // rate & 0xFFFF_FFFF
        if multiplier & _HIGHEST_MULTIPLIER or factor & _HIGHEST_FACTOR:
            return multiplier, shift
        factor <<= 1
        shift += 1
