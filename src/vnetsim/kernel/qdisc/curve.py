"""Service curves of hfsc: two straight lines, of bytes over time (net/sched/sch_hfsc.c: rtsc_init and what follows).

Times are ticks of 64 ns (psched).  Slopes are fixed point numbers, so that a rate may lose its last bits.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from vnetsim.values import frozen

TICKS: Final = 15_625_000
TICK_NS: Final = 64
_MICROSECONDS: Final = 1_000_000
#: SM_SHIFT, ISM_SHIFT: bits behind the point of slopes, and of their inverses.
_SLOPE: Final = 24
_INVERSE: Final = 14
NEVER: Final = (1 << 64) - 1


@frozen
class ServiceCurve:
    """struct internal_sc: slopes of both lines, their inverses, and where the first one ends."""

    first: int
    first_inverse: int
    length: int
    height: int
    second: int
    second_inverse: int

    def shown(self) -> tuple[int, int, int]:
        """hfsc_dump_sc: rates in bytes a second, the time in microseconds."""
        return self.first * TICKS >> _SLOPE, self.length * _MICROSECONDS // TICKS, self.second * TICKS >> _SLOPE

    @property
    def convex(self) -> bool:
        return self.first <= self.second


def service_curve(options: Mapping[str, int], name: str) -> ServiceCurve | None:
    """sc2isc; None without a curve of that name."""
    first, second = options.get(f"{name}_m1", 0), options.get(f"{name}_m2", 0)
    if not first and not second:
        return None
    length = -(-options.get(f"{name}_d", 0) * TICKS // _MICROSECONDS)
    slope = _slope(first)
    return ServiceCurve(slope, _inverse(first), length, length * slope >> _SLOPE, _slope(second), _inverse(second))


def _slope(rate: int) -> int:
    return -(-(rate << _SLOPE) // TICKS)


def _inverse(rate: int) -> int:
    return -(-(TICKS << _INVERSE) // rate) if rate else NEVER


class RunningCurve:
    """struct runtime_sc: a curve from the point (`x`, `y`) on."""

    def __init__(self, curve: ServiceCurve, x: int, y: int) -> None:
        self.curve = curve
        self.restart(x, y)

    def restart(self, x: int, y: int) -> None:
        """rtsc_init"""
        self.x, self.y = x, y
        self.length, self.height = self.curve.length, self.curve.height

    def straight(self) -> RunningCurve:
        """The curve by which a class is eligible: of a convex one the second line only."""
        copy = RunningCurve(self.curve, self.x, self.y)
        copy.length, copy.height = (0, 0) if self.curve.convex else (self.length, self.height)
        return copy

    def time_of(self, y: int) -> int:
        """rtsc_y2x"""
        if y < self.y:
            return self.x
        if y <= self.y + self.height:
            return self.x + (_time(y - self.y, self.curve.first_inverse) if self.height else self.length)
        return self.x + self.length + _time(y - self.y - self.height, self.curve.second_inverse)

    def work_at(self, x: int) -> int:
        """rtsc_x2y"""
        if x <= self.x:
            return self.y
        if x <= self.x + self.length:
            return self.y + ((x - self.x) * self.curve.first >> _SLOPE)
        return self.y + self.height + ((x - self.x - self.length) * self.curve.second >> _SLOPE)

    def lower_to(self, x: int, y: int) -> None:
        """rtsc_min: the lower one of it and of the same curve from another point on."""
        curve, here = self.curve, self.work_at(x)
        if curve.convex:
            if here >= y:
                self.x, self.y = x, y
            return
        if here <= y:
            return
        if self.work_at(x + curve.length) >= y + curve.height:
            self.restart(x, y)
            return
        meets = ((here - y) << _SLOPE) // (curve.first - curve.second)
        if self.x + self.length > x:
            meets += self.x + self.length - x
        self.x, self.y, self.length, self.height = x, y, meets, meets * curve.first >> _SLOPE


def _time(work: int, inverse: int) -> int:
    """seg_y2x"""
    if not work:
        return 0
    return NEVER if inverse == NEVER else work * inverse >> _INVERSE
