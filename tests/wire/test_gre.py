"""The GRE header of RFC 2784 and RFC 2890, and tcpdump 4.99.3's words for it (asked of Linux 6.18)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vnetsim.errors import DecodeError
from vnetsim.wire.ethernet import IPV4
from vnetsim.wire.gre import Gre
from vnetsim.wire.inet import IPv4
from vnetsim.wire.ipv4 import GRE, IPIP, Packet
from vnetsim.wire.printer import PacketPrinter

_NUMBERS = st.none() | st.integers(0, 0xFFFF_FFFF)
HERE, THERE = IPv4.parse("10.0.0.1"), IPv4.parse("10.0.0.2")


@settings(max_examples=30)
@given(st.integers(0, 0xFFFF), st.binary(max_size=60), _NUMBERS, _NUMBERS, st.booleans())
def test_what_was_encoded_is_decoded(
    protocol: int, payload: bytes, key: int | None, sequence: int | None, checksummed: bool
) -> None:
    message = Gre(protocol, payload, key, sequence, checksummed)
    data = message.encode()
    assert Gre.decode(data) == message
    assert len(data) - len(payload) == 4 + 4 * (checksummed + (key is not None) + (sequence is not None))


@pytest.mark.parametrize("data", [b"", b"\0\0\x08", b"\x20\0\x08\0\0", b"\x40\0\x08\0", b"\0\x01\x08\0"])
def test_what_is_cut_short_or_not_modelled_is_refused(data: bytes) -> None:
    with pytest.raises(DecodeError):
        Gre.decode(data)


def test_a_wrong_checksum_is_refused() -> None:
    data = bytearray(Gre(IPV4, b"data", checksummed=True).encode())
    data[-1] ^= 1
    with pytest.raises(DecodeError):
        Gre.decode(bytes(data))


def _inner() -> bytes:
    return Packet.build(IPv4.parse("1.1.1.1"), IPv4.parse("2.2.2.2"), 99, b"four").encode()


def test_tcpdump_shows_the_packet_inside() -> None:
    message = Gre(IPV4, _inner(), 42).encode()
    packet = Packet.decode(Packet.build(HERE, THERE, GRE, message).encode())
    assert (
        "IP " + packet.describe(PacketPrinter(link=False))
        == "IP 10.0.0.1 > 10.0.0.2: GREv0, key=0x2a, length 32: IP 1.1.1.1 > 2.2.2.2:  ip-proto-99 4"
    )
    text = packet.describe(PacketPrinter(link=True))
    assert (
        text
        == "10.0.0.1 > 10.0.0.2: GREv0, key=0x2a, proto IPv4 (0x0800), length 32: 1.1.1.1 > 2.2.2.2:  ip-proto-99 4"
    )
    verbose = packet.describe(PacketPrinter(link=False, verbosity=1))
    assert "GREv0, Flags [key present], key=0x2a, length 32\n\tIP (tos 0x0," in verbose


def test_tcpdump_shows_the_packet_in_a_packet() -> None:
    packet = Packet.build(HERE, THERE, IPIP, _inner())
    assert (
        "IP " + packet.describe(PacketPrinter(link=False))
        == "IP 10.0.0.1 > 10.0.0.2: IP 1.1.1.1 > 2.2.2.2:  ip-proto-99 4"
    )
