"""Numbers in queries, as Go reads them; what a real engine answered to such queries is in recorded/api/api_numbers."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vnetsim.errors import EngineError
from vnetsim.serve.strconv import NumError, atoi, optional_atoi, parse_int, parse_timestamp, parse_uint

_MOST = (1 << 63) - 1


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("-007", -7), ("+12", 12), (str(_MOST), _MOST)])
def test_a_signed_number_is_read(text: str, number: int) -> None:
    assert (parse_int(text), atoi(text), optional_atoi(text)) == (number, number, number)


@pytest.mark.parametrize("text", ["", " 1", "1_000", "0x10", "1e3", "1.5", "\u0661", "--1", "abc"])
def test_what_is_no_number_is_refused_with_gos_sentence(text: str) -> None:
    with pytest.raises(NumError, match="invalid syntax"):
        parse_int(text)
    with pytest.raises(NumError, match=r"strconv.ParseUint: parsing .*: invalid syntax"):
        parse_uint(text)


@pytest.mark.parametrize("text", [str(_MOST + 1), str(-_MOST - 2), "9" * 5000])
def test_a_number_of_more_than_64_bits_is_out_of_range(text: str) -> None:
    with pytest.raises(NumError) as refused:
        atoi(text)
    assert str(refused.value) == f'strconv.Atoi: parsing "{text}": value out of range'


def test_an_unsigned_number_has_no_sign() -> None:
    assert parse_uint(str((1 << 64) - 1)) == (1 << 64) - 1
    for text in ("-1", "+1"):
        with pytest.raises(NumError, match="invalid syntax"):
            parse_uint(text)


def test_the_engine_takes_the_error_for_its_own() -> None:
    assert optional_atoi("") is None
    with pytest.raises(EngineError) as refused:
        optional_atoi("abc")
    assert (refused.value.status, refused.value.message) == (500, 'strconv.Atoi: parsing "abc": invalid syntax')


@settings(max_examples=50)
@given(st.integers(0, 1 << 32), st.text("0123456789", min_size=1, max_size=9))
def test_a_fraction_of_a_second_is_in_nanoseconds(seconds: int, fraction: str) -> None:
    assert parse_timestamp(f"{seconds}.{fraction}") == seconds * 10**9 + int(fraction.ljust(9, "0"))
    assert parse_timestamp(str(seconds)) == seconds * 10**9


@pytest.mark.parametrize(("text", "part"), [("x", "x"), ("1.5x", "5x"), ("1.", ""), ("2026-01-01", "2026-01-01")])
def test_a_time_that_is_none_is_refused_by_its_wrong_part(text: str, part: str) -> None:
    with pytest.raises(EngineError) as refused:
        parse_timestamp(text)
    assert refused.value.message == f'strconv.ParseInt: parsing "{part}": invalid syntax'
