"""What an element has besides itself."""

from __future__ import annotations

import pytest

from vnetsim.clock import MILLISECOND, SECOND
from vnetsim.netfilter.ipset.entry import CounterTest, Extensions, SetEntry, SetLookup


@pytest.mark.parametrize(
    ("given", "default", "at", "remaining"),
    [(None, 60, 0, 60), (None, 60, 4 * MILLISECOND, 59), (0, 60, 0, 0), (5, None, 5 * SECOND - MILLISECOND, 1)],
)
def test_seconds_remain(given: int | None, default: int | None, at: int, remaining: int) -> None:
    entry = SetEntry()
    entry.renew(Extensions(timeout=given), default, 0)
    assert entry.remaining(at) == remaining
    assert entry.alive(at)


@pytest.mark.parametrize(
    ("operator", "negated", "fitting"),
    [("eq", False, [5]), ("eq", True, [4, 6]), ("lt", False, [4]), ("gt", False, [6])],
)
def test_counters_are_compared(operator: str, negated: bool, fitting: list[int]) -> None:
    test = CounterTest(operator=operator, value=5, negated=negated)
    assert [counted for counted in (4, 5, 6) if test.fits(counted)] == fitting


def test_a_set_without_counters_compares_nothing() -> None:
    lookup = SetLookup(sides=("src",), size=84, packets=CounterTest(operator="gt", value=5))
    assert lookup.matches(SetEntry(), counting=False)
    assert not lookup.matches(SetEntry(), counting=True)
