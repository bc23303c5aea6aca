"""A lab in a URL."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vnetsim.browser.fragment import LabText, decoded, encoded
from vnetsim.errors import UsageError


@given(st.from_regex(r"[a-z0-9][a-z .]{0,20}", fullmatch=True), st.text(max_size=200))
@settings(max_examples=30)
def test_a_lab_comes_back(name: str, text: str) -> None:
    lab = LabText(name, text)
    fragment = encoded(lab)
    assert re.fullmatch(r"lab=[\w-]+", fragment)
    assert decoded("#" + fragment) == decoded(fragment) == lab


@pytest.mark.parametrize("fragment", ["", "#", "#lesson=nat", "section"])
def test_another_fragment_names_no_lab(fragment: str) -> None:
    assert decoded(fragment) is None


def test_what_was_damaged_on_the_way_is_refused_in_a_sentence() -> None:
    fragment = encoded(LabText("a.session", "$ ip netns add red\n"))
    for damaged in ("lab=", "lab=%%", "lab=AAAA", fragment[:-6], fragment[:10] + "x" + fragment[11:]):
        with pytest.raises(UsageError, match="the lab in this URL is"):
            decoded(damaged)


def test_a_lab_that_is_too_large_or_has_a_directory_is_refused() -> None:
    with pytest.raises(UsageError, match="expected a lab of up to 1000000 bytes"):
        encoded(LabText("a.session", "x" * 1_000_001))
    for name in ("../a.session", "/etc/passwd", ".a", ""):
        with pytest.raises(UsageError, match="is no name for a lab"):
            encoded(LabText(name, ""))
