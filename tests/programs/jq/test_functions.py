"""Functions of jq that undo one another."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnetsim.errors import NotModelled
from vnetsim.programs.jq.syntax import JqParser

OBJECTS = st.dictionaries(st.text(max_size=3), st.integers(), max_size=4)


def run(program: str, value: Any) -> list[Any]:
    return list(JqParser(program, []).program().run({}, value))


@given(OBJECTS)
def test_entries_and_back(value: dict[str, int]) -> None:
    assert run("to_entries|from_entries", value) == run("with_entries(.)", value) == [value]


@given(st.text(max_size=8))
def test_text_there_and_back(text: str) -> None:
    assert run("explode|implode", text) == run("tojson|fromjson", text) == run("@base64|@base64d", text) == [text]


@pytest.mark.parametrize("program", ["ascii_downcase|implode", "ltrimstr(1)|reverse", "tojson|sort"])
def test_values_of_other_kinds_are_refused(program: str) -> None:
    with pytest.raises(NotModelled):
        run(program, "a")
