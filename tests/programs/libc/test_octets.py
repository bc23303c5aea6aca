"""Text becomes bytes and text again, whatever it is and wherever it is cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnetsim.programs.libc.octets import Decoder, decode, encode


@given(st.binary())
def test_any_bytes_survive(data: bytes) -> None:
    assert encode(decode(data)) == data


@given(st.text(), st.integers(1, 5))
def test_pieces_may_end_anywhere(text: str, size: int) -> None:
    data = encode(text)
    decoder = Decoder()
    told = "".join(decoder.decode(data[at : at + size]) for at in range(0, len(data), size)) + decoder.end()
    assert told == text


@pytest.mark.parametrize("data", [b"\xff", b"\xc3", b"a\xe2\x82"])
def test_half_a_character_is_not_lost(data: bytes) -> None:
    decoder = Decoder()
    assert encode(decoder.decode(data) + decoder.end()) == data
