"""Time, in integer nanoseconds.  Everything that waits is given a Clock; only engine.py has one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol

MICROSECOND: Final = 1_000
MILLISECOND: Final = 1_000_000
SECOND: Final = 1_000_000_000


class Timer(Protocol):
    """Something due later; `cancel` is harmless when it is over."""

    def cancel(self) -> None: ...


class Clock(Protocol):
    """`now` in nanoseconds since the machine started; `after` calls back once, `delay` nanoseconds from now."""

    def now(self) -> int: ...

    def after(self, delay: int, call: Callable[..., object], *args: Any) -> Timer: ...
