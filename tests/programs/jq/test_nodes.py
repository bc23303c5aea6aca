"""A path leads to the value that was found with it, and a value that is put there is found there."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnetsim.programs.jq.syntax import JqParser
from vnetsim.programs.jq.values import JqError, get, set_at

VALUES = st.recursive(
    st.none() | st.integers(0, 3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=8,
)


@given(VALUES, st.sampled_from(("..", ".[]?", ".a?", "(..|.a?)", "first(..)", "..|select(.==1)", "recurse(.[]?)")))
def test_a_path_leads_to_its_value(value: Any, program: str) -> None:
    for path, found in list(JqParser(program, []).program().at({}, [], value)):
        assert path is not None
        at = value
        for key in path:
            at = get(at, key)
        assert at == found
        if path:
            changed = set_at(value, path, "new")
            for key in path:
                changed = get(changed, key)
            assert changed == "new"


@pytest.mark.parametrize("program", ["1", "[.]", "length", "{a}"])
def test_what_was_made_has_no_path(program: str) -> None:
    with pytest.raises(JqError, match="Invalid path expression with result"):
        list(JqParser(f"path({program})", []).program().run({}, [1]))
