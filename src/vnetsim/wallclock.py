"""The clock of the computer beside that of the simulation: how far simulated time may go, and how long to wait for it.

Whoever runs an engine in real time runs it in slices up to `due()` (`Engine.advance`) and waits between them: the
prompt in `nap`, a server in its event loop (`seconds_until`).  A simulation that is slower than the clock falls behind,
and loses nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from vnetsim.clock import SECOND

#: The longest nap, in seconds: a key of the keyboard or an event of the simulation is looked for after it.
TICK: Final = 0.02


class WallClock:
    """`speed` is simulated seconds in a real one; `wall` gives nanoseconds of the computer's clock."""

    def __init__(
        self, speed: float = 1.0, wall: Callable[[], int] = time.monotonic_ns,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:  # fmt: skip
        self._speed, self._wall, self._sleep = speed, wall, sleep
        #: The same moment on both clocks, in nanoseconds.
        self._real, self._simulated = wall(), 0

    def synchronise(self, now: int) -> None:
        """From the simulated time `now` on, both clocks run together."""
        self._real, self._simulated = self._wall(), now

    def due(self) -> int:
        """The simulated time that the clock of the computer shows."""
        return self._simulated + int((self._wall() - self._real) * self._speed)

    def seconds_until(self, simulated: int) -> float:
        """Real seconds until the clock shows that time; 0 if it has."""
        return max(0.0, (simulated - self.due()) / SECOND / self._speed)

    def nap(self, next_due: int | None) -> None:
        """Sleep until the simulated time `next_due`, a TICK at most."""
        seconds = TICK if next_due is None else min(TICK, self.seconds_until(next_due))
        if seconds > 0:
            self._sleep(seconds)
