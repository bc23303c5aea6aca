"""What Go's standard library reads and prints."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnetsim.clock import SECOND
from vnetsim.docker.gotypes import bullets, human_duration, parse_bool, parse_int, parse_timestamp, quote, timestamp


@pytest.mark.parametrize("text", ["1", "t", "T", "true", "TRUE", "True"])
def test_truths(text: str) -> None:
    assert parse_bool(text)


@pytest.mark.parametrize("text", ["0", "f", "F", "false", "FALSE", "False"])
def test_untruths(text: str) -> None:
    assert not parse_bool(text)


def test_what_is_no_bool_is_refused_in_go_words() -> None:
    with pytest.raises(ValueError, match=r'strconv\.ParseBool: parsing "yes": invalid syntax'):
        parse_bool("yes")


@pytest.mark.parametrize("text", ["", "1.5", "x", "0x10", " 1"])
def test_what_is_no_int_is_refused_in_go_words(text: str) -> None:
    with pytest.raises(ValueError, match=r"strconv.*: parsing .*: invalid syntax"):
        parse_int(text)


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (1_767_225_600 * SECOND, "2026-01-01T00:00:00Z"),
        (1_767_225_600 * SECOND + 120_000_000, "2026-01-01T00:00:00.12Z"),
        (1_767_225_600 * SECOND + 1, "2026-01-01T00:00:00.000000001Z"),
    ],
)
def test_times_lose_the_zeros_at_their_end(nanoseconds: int, text: str) -> None:
    assert timestamp(nanoseconds) == text


@given(st.integers(0, 2**60))
def test_times_are_read_as_they_are_printed(nanoseconds: int) -> None:
    assert parse_timestamp(timestamp(nanoseconds)) == nanoseconds


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "Less than a second"), (0, "Less than a second"), (0.99, "Less than a second"), (1, "1 second"),
        (59.9, "59 seconds"), (60, "About a minute"), (119, "About a minute"), (120, "2 minutes"),
        (3599, "59 minutes"), (3600, "About an hour"), (5399, "About an hour"), (5400, "2 hours"),
        (3600 * 47, "47 hours"), (3600 * 48, "2 days"), (86400 * 13, "13 days"), (86400 * 14, "2 weeks"),
        (86400 * 59, "8 weeks"), (86400 * 60, "2 months"), (86400 * 729, "24 months"), (86400 * 730, "2 years"),
    ],
)  # fmt: skip
def test_durations_for_people(seconds: float, text: str) -> None:
    assert human_duration(int(seconds * SECOND)) == text


def test_quoting() -> None:
    assert quote('a "b"') == r'"a \"b\""'


def test_several_errors_are_a_list_and_one_is_none() -> None:
    assert bullets(["one"]) == "one"
    assert bullets(["one", "two\nlines"]) == "* one\n* two\n\tlines"
