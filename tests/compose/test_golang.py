"""Numbers, durations and sizes as Go reads and writes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnetsim.compose import golang
from vnetsim.compose.values import ComposeError


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (0.5, "0.5"), (1.0, "1"), (100.0, "100"), (1e6, "1e+06"), (1e21, "1e+21"), (1e-5, "1e-05"),
     (123456789.0, "1.23456789e+08"), (-2.5, "-2.5"), (0.0001, "0.0001"), (float("inf"), "+Inf")],
)  # fmt: skip
def test_a_float_is_written_as_by_g(value: float, text: str) -> None:
    assert golang.float_text(value) == text


def test_a_float32_has_the_digits_of_its_size() -> None:
    assert golang.float_text(golang.to_float32(0.1), bits=32) == "0.1"
    assert golang.float_text(golang.to_float32(0.1)) == "0.10000000149011612"


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_reads_back(value: float) -> None:
    assert float(golang.float_text(value)) == value


@pytest.mark.parametrize(
    ("text", "nanoseconds", "shown"),
    [("1m30s", 90 * 10**9, "1m30s"), ("1.5h", 5400 * 10**9, "1h30m0s"), ("100us", 10**5, "100µs"), ("0", 0, "0s"),
     ("1d", 86400 * 10**9, "24h0m0s"), ("-2s", -2 * 10**9, "-2s"), ("1s500ms", 15 * 10**8, "1.5s"), ("5ns", 5, "5ns")],
)  # fmt: skip
def test_a_duration(text: str, nanoseconds: int, shown: str) -> None:
    assert golang.parse_duration(text) == nanoseconds
    assert golang.duration_text(nanoseconds) == shown


@given(st.integers(min_value=-(10**18), max_value=10**18))
def test_a_duration_reads_back(value: int) -> None:
    assert abs(golang.parse_duration(golang.duration_text(value)) - value) <= 1


@pytest.mark.parametrize("text", ["", "s", "1", "1x", "1h-1m", ".s", "9" * 30 + "h"])
def test_no_duration(text: str) -> None:
    with pytest.raises(ComposeError, match="duration"):
        golang.parse_duration(text)


@pytest.mark.parametrize(
    ("text", "size"), [("1k", 1024), ("1.5g", 3 << 29), ("2 KiB", 2048), ("5", 5), ("7b", 7), ("1MB", 1 << 20)]
)
def test_a_size(text: str, size: int) -> None:
    assert golang.ram_in_bytes(text) == size


@pytest.mark.parametrize("text", ["", "k", "1q", "1kx", "-1", "1kibb", "1bb"])
def test_no_size(text: str) -> None:
    with pytest.raises(ComposeError):
        golang.ram_in_bytes(text)


def test_texts_of_values() -> None:
    assert golang.sprint({"b": [1, True, None], "a": 1.0}) == "map[a:1 b:[1 true <nil>]]"
    assert golang.string_verb([1.5, "x", None]) == "[%!s(float64=1.5) x %!s(<nil>)]"
    assert golang.quote('a"b\n\x07\x01é') == '"a\\"b\\n\\a\\x01é"'
