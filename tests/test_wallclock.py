"""The clock of the computer beside that of the simulation; here it is a number."""

from __future__ import annotations

import pytest

from vnetsim.clock import SECOND
from vnetsim.wallclock import TICK, WallClock


class Wall:
    def __init__(self) -> None:
        self.now = 7 * SECOND
        self.slept: list[float] = []


def clock_of(wall: Wall, speed: float) -> WallClock:
    return WallClock(speed, lambda: wall.now, wall.slept.append)


@pytest.mark.parametrize("speed", [0.5, 1.0, 60.0])
def test_simulated_time_is_that_since_both_ran_together_times_the_speed(speed: float) -> None:
    wall = Wall()
    clock = clock_of(wall, speed)
    wall.now += SECOND
    clock.synchronise(100)
    assert clock.due() == 100
    wall.now += 2 * SECOND
    assert clock.due() == 100 + 2 * speed * SECOND
    assert clock.seconds_until(clock.due() + round(speed * SECOND)) == pytest.approx(1.0)
    assert clock.seconds_until(0) == 0.0


@pytest.mark.parametrize(
    ("due", "slept"), [(None, [TICK]), (10 * SECOND, [TICK]), (SECOND // 100, [0.01]), (0, []), (500, [5e-7])]
)
def test_a_nap_is_short_and_ends_with_the_next_event(due: int | None, slept: list[float]) -> None:
    wall = Wall()
    clock_of(wall, 1.0).nap(due)
    assert wall.slept == pytest.approx(slept)
