"""Simulated time that follows the clock on the wall, so that a ping ticks each second."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from vnetsim.clock import SECOND
from vnetsim.engine import PACE_NS, Engine

#: Real seconds between two looks at simulated time.
TICK: Final = PACE_NS / SECOND
#: A shorter time is not worth a sleep, in seconds.
_CLOSE: Final = 1e-6


class WallClock:
    """Holds back the runs of an engine that are ahead of the wall clock; `speed` is simulated seconds in a real one."""

    def __init__(
        self, speed: float = 1.0, clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:  # fmt: skip
        self._speed, self._clock, self._sleep = speed, clock, sleep
        #: The same moment on both clocks.
        self._real, self._simulated = clock(), 0

    def follow(self, engine: Engine) -> None:
        """Begin a command: from now on, the runs of this engine are held back."""
        self._real, self._simulated = self._clock(), engine.now()
        engine.pace = self._hold

    def behind(self, now: int) -> float:
        """How many simulated seconds the engine is behind the wall clock at its time `now`."""
        return (self._clock() - self._real) * self._speed - (now - self._simulated) / SECOND

    def _hold(self, now: int) -> None:
        ahead = -self.behind(now)
        while ahead > _CLOSE:
            # A signal of the keyboard interrupts a short sleep only after it.
            self._sleep(min(ahead / self._speed, TICK))
            ahead = -self.behind(now)
