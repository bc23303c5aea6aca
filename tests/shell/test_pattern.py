"""Shell patterns."""

from __future__ import annotations

import fnmatch

from hypothesis import given
from hypothesis import strategies as st

from vnetsim.shell import pattern


@given(st.text("abc", max_size=6), st.text("abc?*", max_size=6))
def test_patterns_match_as_file_names_do_elsewhere(text: str, written: str) -> None:
    assert pattern.matches(text, [(written, False)]) == fnmatch.fnmatchcase(text, written)


@given(st.text("ab*?[]", max_size=6))
def test_a_quoted_pattern_matches_itself_alone(text: str) -> None:
    assert pattern.matches(text, [(text, True)])
    assert not pattern.matches(text + "x", [(text, True)])
