"""Frames of several segments, cut where a device cannot take them whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnetsim.kernel.netdev.gso import segments
from vnetsim.wire.inet import IPv4, IPv6
from vnetsim.wire.ipv4 import Packet
from vnetsim.wire.ipv6 import Packet as Packet6
from vnetsim.wire.tcp import ACK, FIN, PSH, TIMESTAMPS, Tcp

STAMPS = ((1, None), (1, None), (TIMESTAMPS, (1, 2)))


def frame(data: bytes, flags: int = ACK | PSH, number: int = 1000) -> Packet:
    segment = Tcp.build(40000, 80, number, 7, flags, 63, STAMPS, data)
    return Packet.build(IPv4.parse("10.0.0.1"), IPv4.parse("10.0.0.2"), 6, segment, identification=0xFFFF)


def parts(packet: Packet | Packet6, size: int) -> list[Tcp]:
    found = []
    for part in segments(packet, size):
        assert isinstance(part.payload, Tcp)
        found.append(part.payload)
    return found


def test_numbers_identifications_and_flags() -> None:
    cut = list(segments(frame(bytes(3000), ACK | PSH | FIN), 1448))
    assert [(part.length, part.identification) for part in cut if isinstance(part, Packet)] == [
        (1500, 0xFFFF),
        (1500, 0),
        (156, 1),
    ]
    told = [(part.sequence, part.flags, part.options) for part in parts(frame(bytes(3000), ACK | PSH | FIN), 1448)]
    assert told == [(1000, ACK, STAMPS), (2448, ACK, STAMPS), (3896, ACK | PSH | FIN, STAMPS)]


def test_what_fits_stays_one() -> None:
    (part,) = segments(frame(bytes(1448)), 1448)
    assert part.length == 1500


def test_numbers_wrap() -> None:
    assert [part.sequence for part in parts(frame(bytes(200), number=0xFFFF_FFFF), 100)] == [0xFFFF_FFFF, 99]


def test_of_ipv6_as_well() -> None:
    segment = Tcp.build(40000, 80, 0, 7, ACK, 63, STAMPS, bytes(3000))
    packet = Packet6(IPv6.parse("fd00::1"), IPv6.parse("fd00::2"), 6, segment, 64, 0, 0, b"", None, 40 + segment.length)
    assert [part.length for part in segments(packet, 1428)] == [1500, 1500, 216]


@pytest.mark.parametrize("size", [1, 536, 1448])
@given(st.binary(min_size=1, max_size=4000))
def test_nothing_is_lost(size: int, data: bytes) -> None:
    cut = parts(frame(data), size)
    assert b"".join(part.data for part in cut) == data
    assert all(part.data_length == len(part.data) <= size for part in cut)
    assert [part.sequence - 1000 for part in cut] == list(range(0, len(data), size))
