"""Time, in integer nanoseconds.  Everything that waits is given a Clock; only engine.py has one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol, TypeAlias

MICROSECOND: Final = 1_000
MILLISECOND: Final = 1_000_000
SECOND: Final = 1_000_000_000
#: Something a program yields to wait for; the yield's value is the answer, or it raises KernelError.
#: `wait.is_set`: the value is there (after `any_of`), so that yielding the wait again takes no time.
Wait: TypeAlias = Any


class Timer(Protocol):
    """Something due later; `cancel` is harmless when it is over."""

    def cancel(self) -> None: ...


class Clock(Protocol):
    """`now` in nanoseconds since the machine started; `after` calls back once, `delay` nanoseconds from now."""

    def now(self) -> int: ...

    def after(self, delay: int, call: Callable[..., object], *args: Any) -> Timer: ...


class DeadlineTimer:
    """A timer that follows the next deadline of a state machine; `expired` is called when that is reached."""

    def __init__(self, expired: Callable[[], object]) -> None:
        self._expired = expired
        self._timer: Timer | None = None
        self._deadline: int | None = None

    def set(self, deadline: int | None, clock: Clock) -> None:
        """mod_timer; None stops it."""
        if deadline == self._deadline:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._deadline = deadline
        self._timer = None if deadline is None else clock.after(max(0, deadline - clock.now()), self._fire)

    def _fire(self) -> None:
        self._timer = self._deadline = None
        self._expired()
