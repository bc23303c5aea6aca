"""Numbers, order and texts of jq's values."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnetsim.programs.jq.values import dumps, number_text, order

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize(
    ("given_text", "shown"),
    [
        ("1.0", "1"), ("1e17", "1e+17"), ("123456789012345678901", "123456789012345680000"), ("0.1", "0.1"),
        ("1e-5", "1e-05"), ("1e1000", "1.7976931348623157e+308"), ("-0.0", "-0"), ("3.0e2", "300"), ("1.10", "1.1"),
        ("12345678901234567", "12345678901234568"), ("0.30000000000000004", "0.30000000000000004"),
    ],
)  # fmt: skip
def test_a_number_is_written_as_jq_writes_it(given_text: str, shown: str) -> None:
    assert number_text(json.loads(given_text)) == shown


@given(st.lists(VALUES, max_size=6))
def test_any_values_can_be_sorted_and_equal_ones_are_equal(values: list[Any]) -> None:
    ranked = sorted(values, key=order)
    assert sorted(ranked, key=order) == ranked
    assert all((order(a) == order(b)) == (dumps(a, sort=True) == dumps(b, sort=True)) for a in values for b in values)


@given(VALUES)
def test_a_text_is_read_back(value: Any) -> None:
    assert json.loads(dumps(value)) == json.loads(dumps(value, indent="  ", ascii_only=True)) == value
