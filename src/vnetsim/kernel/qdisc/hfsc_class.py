"""A class of hfsc, and its times (net/sched/sch_hfsc.c: init_ed, init_vf, update_vf).

Names of the kernel: `eligible_at` is cl_e, `deadline` cl_d, `virtual` cl_vt, `fits_at` cl_f, `earliest` cl_cfmin,
`work` cl_total, `served` cl_cumul.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from vnetsim.kernel.qdisc.curve import RunningCurve, ServiceCurve, service_curve
from vnetsim.kernel.qdisc.qdisc import QueueingDiscipline

#: Names of the curves: real-time, link-sharing, upper limit.
CURVES: Final = ("rt", "ls", "ul")


class HfscClass:
    """struct hfsc_class; the root has no class above."""

    def __init__(self, minor: int, above: HfscClass | None, leaf: QueueingDiscipline) -> None:
        self.minor, self.above, self.leaf = minor, above, leaf
        self.below: list[HfscClass] = []
        self.level = 0
        self.bytes = self.packets = self.drops = 0
        self.curves: dict[str, ServiceCurve] = {}
        self.realtime: RunningCurve | None = None
        self.shared: RunningCurve | None = None
        self.limit: RunningCurve | None = None
        self._begin()

    def _begin(self) -> None:
        self.work = self.served = 0
        self.eligible_at = self.deadline = 0
        self.virtual = self.fits_at = self.earliest = 0
        self.period = 0
        #: How many classes below send, and those of them in which something waits, in the order of their times.
        self.active = 0
        self.waiting: list[HfscClass] = []
        self._limit_at = self._behind = 0
        self.lowest = self.highest = self._period_above = 0

    def configure(self, options: Mapping[str, int], now: int) -> None:
        """hfsc_change_rsc, hfsc_change_fsc, hfsc_change_usc: curves that are not given stay."""
        found = {name: service_curve(options, name) for name in CURVES}
        self.curves |= {name: curve for name, curve in found.items() if curve is not None}
        if found["rt"] is not None:
            self.realtime = RunningCurve(found["rt"], now, self.served)
        if found["ls"] is not None:
            self.shared = RunningCurve(found["ls"], self.virtual, self.work)
        if found["ul"] is not None:
            self.limit = RunningCurve(found["ul"], now, self.work)

    def reset(self) -> None:
        """hfsc_reset_class"""
        self._begin()
        self.leaf.reset()
        for curve in (self.realtime, self.shared, self.limit):
            if curve is not None:
                curve.restart(0, 0)

    def adjust_levels(self) -> None:
        """hfsc_adjust_levels: of it, and of those above it."""
        self.level = 1 + max((each.level for each in self.below), default=-1)
        if self.above is not None:
            self.above.adjust_levels()

    # --- real time ----------------------------------------------------------------------------------------------------

    def starts(self, now: int, length: int) -> None:
        """init_ed: a frame of that length is the first that waits."""
        assert self.realtime is not None
        self.realtime.lower_to(now, self.served)
        self.continues(length, realtime=True)

    def continues(self, length: int, *, realtime: bool) -> None:
        """update_ed, update_d: the next frame has that length."""
        assert self.realtime is not None
        if realtime:
            self.eligible_at = self.realtime.straight().time_of(self.served)
        self.deadline = self.realtime.time_of(self.served + length)

    # --- link sharing -------------------------------------------------------------------------------------------------

    def next_to_share(self, now: int) -> HfscClass | None:
        """vttree_get_minvt: the leaf with the least virtual time of those that may send."""
        if self.earliest > now:
            return None
        each: HfscClass | None = self
        while each is not None and each.level:
            fit = [below for below in each.waiting if below.fits_at <= now]
            chosen = min(fit, key=lambda below: below.virtual, default=None)
            if chosen is not None:
                each.lowest = max(each.lowest, chosen.virtual)
            each = chosen
        return each

    def joins(self, now: int) -> None:
        """init_vf: something waits in a class in which nothing did."""
        each, rises = self, True
        while (above := each.above) is not None:
            if rises:
                rises = not each.active
                each.active += 1
            if rises:
                each._enters(above, now)
            each._fits(above)
            each = above

    def _enters(self, above: HfscClass, now: int) -> None:
        assert self.shared is not None
        if above.waiting:
            time = max(other.virtual for other in above.waiting)
            if above.lowest:
                time = (above.lowest + time) // 2
            if above.period != self._period_above or time > self.virtual:
                self.virtual = time
        else:
            self.virtual, above.lowest = above.highest, 0
        self.shared.lower_to(self.virtual, self.work)
        self._behind = 0
        self.period += 1
        self._period_above = above.period + (not above.active)
        self.fits_at = 0
        above.waiting.append(self)
        if self.limit is not None:
            self.limit.lower_to(now, self.work)
            self._limit_at = self.limit.time_of(self.work)

    def _fits(self, above: HfscClass) -> None:
        """When it fits: by its own limit, and by the limits of those below it."""
        self.fits_at = max(self._limit_at, self.earliest)
        above.earliest = min((each.fits_at for each in above.waiting), default=0)

    def account(self, length: int) -> None:
        """update_vf: what was sent, of it and of those above; a class in which nothing waits leaves."""
        each, leaves = self, not self.leaf.length and self.shared is not None
        while (above := each.above) is not None:
            each.work += length
            if each.shared is not None and each.active:
                leaves = each._moves(above, leaves=leaves)
            each = above

    def _moves(self, above: HfscClass, *, leaves: bool) -> bool:
        assert self.shared is not None
        if leaves:
            self.active -= 1
            leaves = not self.active
        self.virtual = self.shared.time_of(self.work) + self._behind
        if self.virtual < above.lowest:
            self._behind += above.lowest - self.virtual
            self.virtual = above.lowest
        if leaves:
            above.highest = max(above.highest, self.virtual)
            above.waiting.remove(self)
            above.earliest = min((each.fits_at for each in above.waiting), default=0)
            return True
        if self.limit is not None:
            self._limit_at = self.limit.time_of(self.work)
        self._fits(above)
        return False
