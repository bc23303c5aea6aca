"""The timers of a bridge and its ports (net/bridge/br_stp_timer.c); what their expiry does is in protocols.stp."""

from __future__ import annotations

from typing import Generic

from vnetsim.protocols.jiffies import JIFFY, expiry, rounded_expiry, rounded_target, target
from vnetsim.protocols.stp_info import Port, TimerKind


class StpTimers(Generic[Port]):
    """The timers that run, by their kind and port; those of the bridge have no port."""

    def __init__(self) -> None:
        #: When timers fire, and the times for which they were set.
        self._expires: dict[tuple[TimerKind, Port | None], int] = {}
        self._targets: dict[tuple[TimerKind, Port | None], int] = {}

    def pending(self, kind: TimerKind, port: Port | None = None) -> bool:
        """timer_pending."""
        return (kind, port) in self._expires

    def runs(self, kind: TimerKind) -> bool:
        """Whether a timer of that kind runs, of any port."""
        return kind in [known for known, _ in self._expires]

    @property
    def deadline(self) -> int | None:
        """When the next timer fires."""
        return min(self._expires.values(), default=None)

    def pop(self, now: int) -> tuple[TimerKind, Port | None] | None:
        """The first timer that has expired, which runs no longer."""
        due = self.deadline
        if due is None or due > now:
            return None
        key = next(key for key, at in self._expires.items() if at == due)
        del self._expires[key]
        return key

    def remaining(self, kind: TimerKind, port: Port | None, now: int) -> int:
        """br_timer_value: nanoseconds, in whole ticks, until a timer should fire; 0 if it does not run."""
        if not self.pending(kind, port):
            return 0
        return max(0, self._targets[kind, port] - now // JIFFY * JIFFY)

    def set(self, kind: TimerKind, port: Port | None, now: int, delay: int, *, rounded: bool = False) -> None:
        """mod_timer; `rounded` as round_jiffies does."""
        self._expires.pop((kind, port), None)
        self._expires[kind, port] = rounded_expiry(now, delay) if rounded else expiry(now, delay)
        self._targets[kind, port] = rounded_target(now, delay) if rounded else target(now, delay)

    def cancel(self, kind: TimerKind, port: Port | None = None) -> None:
        """del_timer."""
        self._expires.pop((kind, port), None)
