from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnetsim.wire.checksum import checksum, ones_complement_sum, pseudo_header
from vnetsim.wire.inet import IPv4, IPv6


def by_the_rfc(data: bytes) -> int:
    """RFC 1071, 4.1, word by word."""
    padded = data + bytes(len(data) % 2)
    total = sum(int.from_bytes(padded[at : at + 2], "big") for at in range(0, len(padded), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def test_the_example_of_the_rfc() -> None:
    assert ones_complement_sum(bytes.fromhex("0001f203f4f5f6f7")) == 0xDDF2
    assert checksum(bytes.fromhex("0001f203f4f5f6f7")) == 0x220D


@pytest.mark.parametrize("data", [b"", bytes(7), b"\xff\xff", b"\xff\xff\xff\xff", b"\x01", b"\xff\xfe\x00\x01"])
def test_corner_cases_are_summed_as_the_rfc_does(data: bytes) -> None:
    assert ones_complement_sum(data) == by_the_rfc(data)


@given(st.binary(max_size=200))
def test_all_data_is_summed_as_the_rfc_does(data: bytes) -> None:
    assert ones_complement_sum(data) == by_the_rfc(data)


@given(st.binary(max_size=100).filter(lambda data: len(data) % 2 == 0))
def test_data_with_its_checksum_has_checksum_zero(data: bytes) -> None:
    assert checksum(data + checksum(data).to_bytes(2, "big")) == 0


def test_pseudo_headers_are_those_of_the_rfcs() -> None:
    assert pseudo_header(IPv4(0x0A000001), IPv4(0x0A000002), 17, 9).hex() == "0a0000010a00000200110009"
    six = pseudo_header(IPv6(1), IPv6(2), 58, 0x10000)
    assert six.hex() == "0" * 31 + "1" + "0" * 31 + "2" + "00010000" + "0000003a"
