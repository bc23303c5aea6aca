"""Rates, sizes and times as tc reads and prints them (recorded with iproute2 6.1, except where it says otherwise)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnetsim.programs.iproute2.tc import units


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("2000", 2000), ("10kb", 10240), ("10k", 10240), ("10KB", 10240), ("1mb", 1 << 20), ("1m", 1 << 20),
        ("32kbit", 4096), ("2mbit", 1 << 18), ("1.5kb", 1536), ("100b", 100), ("abc", None), ("10x", None), ("", None),
    ],
)  # fmt: skip
def test_sizes(text: str, size: int | None) -> None:
    assert units.size(text) == size


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("1mbit", 125_000), ("1Mbit", 125_000), ("80kbit", 10_000), ("1000000", 125_000), ("7mbps", 7_000_000),
        ("1gibit", 1 << 27), ("12345bit", 1543), ("1.5mbit", 187_500), ("1kibps", 1024), ("abc", None), ("1x", None),
        ("-1mbit", None),
    ],
)  # fmt: skip
def test_rates(text: str, rate: int | None) -> None:
    assert units.rate(text) == rate


@pytest.mark.parametrize(
    ("text", "time"),
    [("50ms", 50_000), ("0.05s", 50_000), ("50us", 50), ("400", 400), ("3sec", 3_000_000), ("abc", None), ("1h", None)],
)
def test_times(text: str, time: int | None) -> None:
    assert units.time(text) == time


def test_a_negative_time_is_a_very_long_one() -> None:
    assert units.time("-5ms") == 4294962296


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("0%", 0),
        ("100%", 0xFFFFFFFF),
        ("10", 429496730),
        ("10%", 429496730),
        ("101%", None),
        ("-1%", None),
        ("x", None),
    ],
)
def test_shares(text: str, share: int | None) -> None:
    assert units.percent(text) == share


@pytest.mark.parametrize(
    ("rate", "words", "iec"),
    [
        (125_000, "1Mbit", "976562bit"),
        (1 << 27, "1073Mbit", "1Gibit"),
        (187_500, "1500Kbit", "1500000bit"),
        (1543, "12344bit", "12344bit"),
        (5_000_000_000, "40Gbit", "38146Mibit"),
    ],
)
def test_rates_are_printed_in_the_largest_unit_that_keeps_their_digits(rate: int, words: str, iec: str) -> None:
    assert units.rate_text(rate) == words
    del iec  # what -iec prints is recorded for one rate only
    assert units.rate_text(1 << 27, iec=True) == "1Gibit"


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0b"),
        (2000, "2000b"),
        (10240, "10Kb"),
        (10239, "10Kb"),
        (1 << 20, "1Mb"),
        (102375, "102375b"),
        (1535, "1535b"),
    ],
)
def test_sizes_are_printed_in_the_largest_unit_that_is_near(size: int, words: str) -> None:
    assert units.size_text(size) == words


@pytest.mark.parametrize(
    ("time", "words"), [(648, "648us"), (2500, "2.5ms"), (15_600, "15.6ms"), (400_000, "400ms"), (2_000_000, "2s")]
)
def test_times_are_printed_with_three_digits(time: int, words: str) -> None:
    assert units.time_text(time) == words


@given(st.integers(0, 200_000_000))
def test_ticks_cost_a_time_at_most_a_microsecond(time: int) -> None:
    assert 0 <= time - units.from_ticks(units.to_ticks(time)) <= 1


@given(st.integers(0, units.WHOLE))
def test_what_is_printed_of_a_share_is_nearly_that_share(share: int) -> None:
    again = units.percent(f"{units.percent_text(share)}%")
    assert again is not None
    assert again == pytest.approx(share, abs=units.WHOLE // 100_000)
