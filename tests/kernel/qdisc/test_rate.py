"""How long bytes take: never longer than they should, and exactly where the kernel's arithmetic is exact."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnetsim.clock import SECOND
from vnetsim.kernel.qdisc.rate import Rate


@pytest.mark.parametrize(
    ("rate", "length", "nanoseconds"), [(125_000, 10_240, 81_920_000), (10_000, 1042, 104_200_000)]
)
def test_usual_rates_are_exact(rate: int, length: int, nanoseconds: int) -> None:
    assert Rate(rate).nanoseconds(length) == nanoseconds


@given(st.integers(1, 2**36), st.integers(0, 2**16))
def test_a_time_is_the_quotient_rounded_down_or_a_little_less(rate: int, length: int) -> None:
    exact = length * SECOND / rate
    assert exact * (1 - 2**-30) - 2 <= Rate(rate).nanoseconds(length) <= exact


@given(st.integers(1, 2**36), st.integers(0, 2**16), st.integers(0, 100), st.integers(0, 200))
def test_overhead_and_least_length_count(rate: int, length: int, overhead: int, least: int) -> None:
    assert Rate(rate, overhead, least).nanoseconds(length) == Rate(rate).nanoseconds(max(length + overhead, least))
