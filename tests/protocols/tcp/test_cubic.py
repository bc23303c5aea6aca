"""CUBIC's window against RFC 9438, and when its slow start ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnetsim.clock import MILLISECOND, SECOND
from vnetsim.protocols.tcp.congestion import Congestion, Phase
from vnetsim.protocols.tcp.cubic import Cubic, _cube_root

C = 0.4
BETA = 0.7


def after_a_loss(window: int, trip: int) -> Congestion:
    """In congestion avoidance, having lost at `window`."""
    congestion = Congestion(window)
    congestion.measured(trip, 1, 2, 10 * SECOND, 0)
    congestion.enter_recovery()
    congestion.window = congestion.threshold
    congestion.recovered()
    return congestion


def grow(congestion: Congestion, trip: int, seconds: float, began: int = 10 * SECOND) -> list[tuple[float, int]]:
    """(seconds since `began`, window) of a sender whose segments are all acknowledged, one by one."""
    grown, now = [], began
    while now < began + seconds * SECOND:
        step = trip // congestion.window
        now += step
        congestion.acknowledged(1, now)
        grown.append(((now - began) / SECOND, congestion.window))
    return grown


@pytest.mark.parametrize("window", [200, 1000])
def test_the_window_grows_with_the_cube_of_time(window: int) -> None:
    """W(t) = C (t - K)^3 + W_max, K = cbrt(W_max (1 - beta) / C): RFC 9438, 4.2; half a round trip is what it lags."""
    trip = 100 * MILLISECOND
    congestion = after_a_loss(window, trip)
    left = congestion.window
    assert left == int(window * BETA)
    k = ((window - left) / C) ** (1 / 3)
    for at, grown in grow(congestion, trip, 2 * k):
        assert grown <= max(left, C * (at + 0.1 - k) ** 3 + window) + 2
        assert grown >= min(C * (at - 0.15 - k) ** 3 + window, left + 1) * 0.97 - 2


def test_on_a_short_path_it_is_as_fast_as_reno() -> None:
    """alpha = 3 (1 - beta) / (1 + beta) segments in a round trip: RFC 9438, 4.3."""
    trip = 2 * MILLISECOND
    congestion = after_a_loss(20, trip)
    _, window = grow(congestion, trip, 0.2)[-1]
    assert window == pytest.approx(14 + 0.2 / 0.002 * 3 * (1 - BETA) / (1 + BETA), rel=0.15)


def test_who_loses_before_it_was_back_makes_room() -> None:
    cubic = Cubic()
    assert cubic.threshold(1000) == 700
    assert cubic.threshold(800) == 560
    # The next plateau is at 0.85 * 800 and not at 800.
    assert cubic._largest == 680


def test_reno_halves_and_adds_one_in_a_round_trip() -> None:
    congestion = Congestion(100, "reno")
    congestion.enter_recovery()
    congestion.window = congestion.threshold
    congestion.recovered()
    assert congestion.window == 50
    for _ in range(50):
        congestion.acknowledged(1, 0)
    assert congestion.window == 51


def test_slow_start_ends_when_round_trips_grow() -> None:
    congestion = Congestion(64)
    congestion.measured(20 * MILLISECOND, 0, 100, 20 * MILLISECOND, 1)
    for number in range(20):
        now = (100 + 10 * number) * MILLISECOND  # no train
        congestion.measured(25 * MILLISECOND, 200, 300, now, 1)
    assert congestion.threshold == 64


def test_slow_start_ends_when_the_train_is_half_a_round_trip_long() -> None:
    congestion = Congestion(64)
    trip = 20 * MILLISECOND
    now = SECOND
    congestion.measured(trip, 1, 100, now, 1 << 40)
    while now < SECOND + trip // 2:
        assert congestion.in_slow_start
        assert congestion.threshold > 64
        now += MILLISECOND
        congestion.measured(trip, 50, 100, now, 1 << 40)
    congestion.measured(trip, 50, 100, now + MILLISECOND, 1 << 40)
    assert congestion.threshold == 64


def test_what_was_no_loss_is_undone() -> None:
    congestion = Congestion(100)
    congestion.enter_recovery()
    congestion.delivered(10, 60, advanced=True)
    assert congestion.window < 100
    congestion.undo()
    assert (congestion.window, congestion.in_slow_start, congestion.phase) == (100, True, Phase.OPEN)


@given(st.integers(0, 1 << 60))
def test_cube_roots(number: int) -> None:
    root = _cube_root(number)
    assert root**3 <= number < (root + 1) ** 3
