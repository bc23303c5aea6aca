"""Filters that get filters."""

from __future__ import annotations

import pytest

from vnetsim.budget import Budget, Meter
from vnetsim.errors import BudgetExceeded, NotModelled
from vnetsim.programs.jq.nodes import METER
from vnetsim.programs.jq.syntax import JqParser


@pytest.mark.parametrize("program", ["range(1e9)", "range(0;1;0)"])
def test_what_has_no_end_is_refused(program: str) -> None:
    with pytest.raises(NotModelled):
        list(JqParser(program, []).program().run({}, None))


def test_limit_stops_what_it_limits() -> None:
    assert list(JqParser('[limit(2;1,2,error("late"))]', []).program().run({}, None)) == [[1, 2]]
    assert list(JqParser('first(1,error("late"))', []).program().run({}, None)) == [1]


@pytest.mark.parametrize(
    "program",
    [
        "[range(1000000)|range(1000000)]",
        "def f(n): if n>0 then f(n-1),f(n-1) else 1 end; [f(60)]",
        'reduce range(60) as $i ("x"; .+.)',
        "reduce range(60) as $i ([1]; .+.)",
        '"x"*1e9',
    ],
)
def test_what_grows_without_measure_ends_by_the_budget(program: str) -> None:
    meter = Meter(Budget(steps=100_000, string_bytes=1_000_000))
    with pytest.raises(BudgetExceeded):
        list(JqParser(program, []).program().run({METER: meter}, None))
