"""When timers fire: never early, and late as Linux with HZ=250 is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vnetsim.clock import MILLISECOND, SECOND
from vnetsim.protocols.jiffies import JIFFY, expiry, rounded_expiry


def test_a_second_from_a_tick_of_the_wheel_takes_1024_milliseconds() -> None:
    assert expiry(0, SECOND) == 1024 * MILLISECOND
    assert expiry(1024 * MILLISECOND, SECOND) == 2048 * MILLISECOND


def test_short_timers_are_a_jiffy_late_at_most() -> None:
    assert expiry(0, 8 * MILLISECOND) == 12 * MILLISECOND


def test_rounded_timers_of_a_second_keep_to_the_second() -> None:
    now, fired = 0, []
    for _ in range(8):
        now = rounded_expiry(now, SECOND)
        fired.append(now // MILLISECOND)
    assert [at // 1000 for at in fired] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert all(at % 1000 <= 32 for at in fired)


@given(now=st.integers(0, 10**13), delay=st.integers(SECOND // 2, 60 * SECOND))
def test_a_rounded_timer_is_late_or_early_by_less_than_a_second(now: int, delay: int) -> None:
    assert now < rounded_expiry(now, delay)
    assert abs(rounded_expiry(now, delay) - expiry(now, delay)) < SECOND + delay // 7


@given(now=st.integers(0, 10**13), delay=st.integers(0, 400 * SECOND))
def test_a_timer_never_fires_early_nor_more_than_an_eighth_late(now: int, delay: int) -> None:
    due = expiry(now, delay)
    assert now // JIFFY * JIFFY + delay <= due
    assert due <= now + delay + max(2 * JIFFY, delay // 7)
    assert due % JIFFY == 0


@given(now=st.integers(0, 10**12), delay=st.integers(0, 100 * SECOND), longer=st.integers(0, 100 * SECOND))
def test_the_longer_delay_never_fires_first(now: int, delay: int, longer: int) -> None:
    assert expiry(now, delay) <= expiry(now, delay + longer)
