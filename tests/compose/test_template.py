"""Variables in text."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnetsim.compose.template import Substitution
from vnetsim.compose.values import ComposeError

SUBSTITUTION = Substitution({"A": "a", "E": ""}.get)


@pytest.mark.parametrize(
    ("text", "result"),
    [("$A${A}", "aa"), ("${U:-d}${U-d}${E:-d}${E-d}", "ddd"), ("${A:+r}${E:+r}${E+r}${U+r}", "rr"), ("$$A", "$A"),
     ("${A:?e}${E?e}", "a"), ("${U:-${A}}", "a"), ("${U:-{x}}", "{x}"), ("$1 $", "$1 $"), ("${U:-a}b${A}", "aba"),
     ("${U:-a-b:c}", "a-b:c")],
)  # fmt: skip
def test_a_text(text: str, result: str) -> None:
    assert SUBSTITUTION.apply(text) == result


@pytest.mark.parametrize("text", ["${A", "${}", "${1}", "${A:=b}", "${U:-${B}"])
def test_an_invalid_text(text: str) -> None:
    with pytest.raises(ComposeError, match="Invalid template"):
        SUBSTITUTION.apply(text)


def test_a_required_variable() -> None:
    with pytest.raises(ComposeError, match="required variable U is missing a value: a is needed"):
        SUBSTITUTION.apply("${U:?$A is needed}")


def test_a_variable_that_is_not_set_is_warned_of() -> None:
    warnings: list[str] = []
    assert Substitution(lambda _: None, warnings.append).apply("x$U") == "x"
    assert warnings == ['The "U" variable is not set. Defaulting to a blank string.']


@given(st.text("$A{}:-?+ax", max_size=30))
def test_any_text_is_substituted_or_refused(text: str) -> None:
    with contextlib.suppress(ComposeError):
        assert "A" in text or SUBSTITUTION.apply(text).count("$") <= text.count("$")
