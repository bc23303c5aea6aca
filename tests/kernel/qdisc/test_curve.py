"""Service curves: two lines, and the lower one of two curves."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.laws import examples
from vnetsim.kernel.qdisc.curve import NEVER, RunningCurve, service_curve

RATES = st.integers(1000, 10**8)


@given(RATES, st.integers(0, 10**6), RATES)
def test_rates_are_shown_as_they_were_given(first: int, time: int, second: int) -> None:
    curve = service_curve({"rt_m1": first, "rt_d": time, "rt_m2": second}, "rt")
    assert curve is not None
    shown = curve.shown()
    assert abs(shown[0] - first) <= 1
    assert shown[1] == time
    assert abs(shown[2] - second) <= 1


def test_there_is_no_curve_without_a_rate() -> None:
    assert service_curve({"rt_d": 5}, "rt") is None
    zero = service_curve({"ul_m1": 1000, "ul_d": 1000}, "ul")
    assert zero is not None
    assert RunningCurve(zero, 0, 0).time_of(1 << 40) == NEVER + zero.length


@given(
    RATES, st.integers(0, 10**5), RATES, st.integers(0, 10**6), st.integers(0, 10**6), st.lists(st.integers(0, 10**8))
)
@settings(max_examples=examples(100))
def test_the_lower_curve_is_nowhere_above_either(
    first: int, time: int, second: int, x: int, y: int, times: list[int]
) -> None:
    curve = service_curve({"m1": 0, "ls_m1": first, "ls_d": time, "ls_m2": second}, "ls")
    assert curve is not None
    before, other, lower = RunningCurve(curve, 0, 0), RunningCurve(curve, x, y), RunningCurve(curve, 0, 0)
    lower.lower_to(x, y)
    if curve.convex:
        assert (lower.x, lower.y) in ((0, 0), (x, y))
        return
    for at in times:
        # Slopes are rounded, so that a curve may be a few bytes too high.
        assert lower.work_at(x + at) <= min(before.work_at(x + at), other.work_at(x + at)) + 16
