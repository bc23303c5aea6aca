"""Filters that get filters."""

from __future__ import annotations

import pytest

from vnetsim.errors import NotModelled
from vnetsim.programs.jq.syntax import JqParser


@pytest.mark.parametrize("program", ["range(1e9)", "range(0;1;0)"])
def test_what_has_no_end_is_refused(program: str) -> None:
    with pytest.raises(NotModelled):
        list(JqParser(program, []).program().run({}, None))


def test_limit_stops_what_it_limits() -> None:
    assert list(JqParser('[limit(2;1,2,error("late"))]', []).program().run({}, None)) == [[1, 2]]
    assert list(JqParser('first(1,error("late"))', []).program().run({}, None)) == [1]
