from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.captured import octets
from tests.wire.packets import ipv4s, ipv6s, udps
from vnetsim.errors import DecodeError
from vnetsim.wire.inet import Address, IPv4, IPv6, parse_address
from vnetsim.wire.printer import PacketPrinter
from vnetsim.wire.udp import Udp, UncheckedUdp

pairs: st.SearchStrategy[tuple[Address, Address]] = st.one_of(st.tuples(ipv4s, ipv4s), st.tuples(ipv6s, ipv6s))

#: Captured from a real kernel: name, length of what precedes it, addresses, value.
GOLDEN = [
    ("udp", 34, "10.0.1.2", "10.0.2.2", Udp.build(37232, 9, b"hello")),
    ("udp6", 54, "fd01::2", "fd02::2", Udp.build(53338, 9, b"hello")),
]
ONE, TWO = IPv4.parse("10.0.0.1"), IPv4.parse("10.0.0.2")


@pytest.mark.parametrize(("name", "skip", "source", "destination", "datagram"), GOLDEN)
def test_decode(name: str, skip: int, source: str, destination: str, datagram: Udp) -> None:
    assert Udp.decode(octets(name, skip), parse_address(source), parse_address(destination)) == datagram


@pytest.mark.parametrize(("name", "skip", "source", "destination", "datagram"), GOLDEN)
def test_encode(name: str, skip: int, source: str, destination: str, datagram: Udp) -> None:
    assert datagram.encode(parse_address(source), parse_address(destination)) == octets(name, skip)


@given(udps, pairs)
def test_round_trip(datagram: Udp, pair: tuple[Address, Address]) -> None:
    data = datagram.encode(*pair)
    assert Udp.decode(data, *pair) == datagram
    assert datagram.length == len(data)


@given(st.binary(max_size=40))
def test_decode_is_total(data: bytes) -> None:
    with contextlib.suppress(DecodeError):
        datagram = Udp.decode(data, ONE, TWO)
        assert datagram.encode(ONE, TWO)[:6] == data[:6]
        assert datagram.data == data[8 : datagram.length]


@given(udps.filter(lambda datagram: datagram.data), st.integers(0, 7))
def test_a_flipped_bit_is_found(datagram: Udp, bit: int) -> None:
    data = bytearray(datagram.encode(ONE, TWO))
    data[8] ^= 1 << bit
    with pytest.raises(DecodeError):
        Udp.decode(bytes(data), ONE, TWO)


def test_a_datagram_without_checksum_is_taken() -> None:
    data = Udp.build(1, 2, b"x").encode(ONE, TWO)
    assert Udp.decode(data[:6] + b"\0\0" + data[8:], ONE, TWO) == UncheckedUdp.build(1, 2, b"x")


def test_a_checksum_of_zero_is_sent_as_ones() -> None:
    """RFC 768: zero would mean that there is none."""
    data = Udp.build(0, 0, b"\xff\xff" * 5).encode(IPv6(0), IPv6(0))
    free = 0xFFFF - int.from_bytes(data[6:8], "big")
    missing = (int.from_bytes(data[6:8], "big")).to_bytes(2, "big")
    datagram = Udp.build(0, 0, b"\xff\xff" * 4 + missing)
    assert free
    assert datagram.encode(IPv6(0), IPv6(0))[6:8] == b"\xff\xff"
    assert Udp.decode(datagram.encode(IPv6(0), IPv6(0)), IPv6(0), IPv6(0)) == datagram


def test_the_start_of_a_datagram_remembers_how_long_it_was() -> None:
    start = Udp.decode_start(Udp.build(1, 2, bytes(100)).encode(ONE, TWO)[:20])
    assert (start.length, len(start.data)) == (108, 12)


# What tcpdump 4.99.3 -n, with -vv from the third on, printed of the same packets.
@pytest.mark.parametrize(
    ("datagram", "printer", "words"),
    [
        (Udp.build(1, 2000, b""), PacketPrinter(), "UDP, length 0"),
        (Udp.build(4000, 9000, bytes(1000)), PacketPrinter(), "UDP, length 1000"),
        (Udp.build(4000, 9000, bytes(1000)), PacketPrinter(verbosity=1), "UDP, length 1000"),
        (Udp.build(4000, 9000, bytes(1000)), PacketPrinter(verbosity=2), "[udp sum ok] UDP, length 1000"),
        (Udp.build(1, 53, b"hello"), PacketPrinter(), "domain [length 5 < 12] (invalid)"),
    ],
)
def test_prints_like_tcpdump(datagram: Udp, printer: PacketPrinter, words: str) -> None:
    assert datagram.describe(printer, ONE, TWO) == words


def test_an_offloaded_checksum_looks_wrong() -> None:
    """As recorded on a veth of a real kernel."""
    words = Udp.build(40000, 9000, b"hello").describe(PacketPrinter(verbosity=2, offload=True), ONE, TWO)
    assert words == "[bad udp cksum 0x1421 -> 0xe896!] UDP, length 5"
