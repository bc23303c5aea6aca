from __future__ import annotations

import contextlib

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.captured import octets
from tests.wire.packets import packets4
from vnetsim.errors import DecodeError
from vnetsim.wire import icmp, igmp, ipv4, udp
from vnetsim.wire.inet import IPv4
from vnetsim.wire.ipv4 import Packet
from vnetsim.wire.printer import PacketPrinter

ONE, TWO = IPv4.parse("10.0.0.1"), IPv4.parse("10.0.0.2")
#: Captured from a real kernel.
GOLDEN = [
    (
        "udp",
        Packet.build(
            IPv4.parse("10.0.1.2"), IPv4.parse("10.0.2.2"), ipv4.UDP, udp.Udp.build(37232, 9, b"hello"),
            identification=0xB006, dont_fragment=True,
        ),
    ),
    (
        "igmp-report",
        Packet.build(
            IPv4.parse("10.0.1.2"), IPv4.parse("224.0.0.22"), ipv4.IGMP,
            igmp.Igmp.report((igmp.IgmpGroupRecord(igmp.TO_EXCLUDE, IPv4.parse("239.1.2.3")),)),
            ttl=1, dont_fragment=True, tos=0xC0, options=igmp.ROUTER_ALERT,
        ),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "packet"), GOLDEN)
def test_decode(name: str, packet: Packet) -> None:
    assert Packet.decode(octets(name, skip=14)) == packet


@pytest.mark.parametrize(("name", "packet"), GOLDEN)
def test_encode(name: str, packet: Packet) -> None:
    assert packet.encode() == octets(name, skip=14)


@given(packets4)
def test_round_trip(packet: Packet) -> None:
    data = packet.encode()
    assert Packet.decode(data) == packet
    assert packet.length == len(data)
    assert Packet.decode(data + b"padding") == packet


@given(st.binary(max_size=80) | st.binary(max_size=60).map(lambda data: b"\x45" + data))
def test_decode_is_total(data: bytes) -> None:
    for decode in (Packet.decode, Packet.decode_start):
        with contextlib.suppress(DecodeError):
            assert str(decode(data))


@given(packets4, st.data())
def test_decode_wants_the_whole_packet(packet: Packet, choice: st.DataObject) -> None:
    cut = choice.draw(st.integers(0, packet.length - 1))
    with pytest.raises(DecodeError):
        Packet.decode(packet.encode()[:cut])


@given(packets4, st.integers(0, 19), st.integers(0, 7))
def test_a_flipped_bit_in_the_header_is_found(packet: Packet, at: int, bit: int) -> None:
    data = bytearray(packet.encode())
    data[at] ^= 1 << bit
    with pytest.raises(DecodeError):
        Packet.decode(bytes(data))


def test_a_payload_that_makes_no_sense_stays_bytes() -> None:
    data = Packet.build(ONE, TWO, ipv4.UDP, udp.Udp.build(1, 2, b"hello")).encode()
    assert Packet.decode(data[:-1] + b"x").payload == data[20:-1] + b"x"


@given(packets4.filter(lambda packet: packet.ttl))
def test_a_forwarded_packet_differs_by_its_ttl(packet: Packet) -> None:
    assert packet.forwarded() == attrs.evolve(packet, ttl=packet.ttl - 1)


# --- fragments ------------------------------------------------------------------------------------------------------


def test_a_ping_of_1452_bytes_goes_through_an_mtu_of_1400_as_recorded() -> None:
    """1376 and 104 bytes of payload: a multiple of 8 and the rest."""
    ping = Packet.build(ONE, TWO, ipv4.ICMP, icmp.Icmp.echo_request(1, 1, bytes(1472)), identification=7)
    first, second = ping.fragments(1400)
    assert (first.length, first.more_fragments, first.fragment_offset) == (1396, True, 0)
    assert (second.length, second.more_fragments, second.fragment_offset) == (124, False, 1376)
    assert first.identification == second.identification == 7


def test_a_packet_that_fits_is_its_own_only_fragment() -> None:
    packet = Packet.build(ONE, TWO, ipv4.UDP, udp.Udp.build(1, 2, bytes(100)))
    assert packet.fragments(128) == [packet]
    assert len(packet.fragments(127)) == 2


def test_an_mtu_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="leaves no room"):
        Packet.build(ONE, TWO, ipv4.UDP, udp.Udp.build(1, 2, bytes(100))).fragments(27)


@given(packets4, st.integers(68, 1500))
def test_fragments_fit_and_make_the_packet_again(packet: Packet, mtu: int) -> None:
    fragments = packet.fragments(mtu)
    data = b""
    for fragment in fragments:
        assert fragment.length <= mtu
        assert fragment.fragment_offset == packet.fragment_offset + len(data)
        assert fragment is fragments[-1] or len(fragment.encode_payload()) % 8 == 0
        assert fragment.more_fragments is (fragment is not fragments[-1] or packet.more_fragments)
        data += fragment.encode_payload()
    assert data == packet.encode_payload()


@given(packets4, st.integers(68, 400), st.integers(68, 400))
def test_a_fragment_can_be_cut_again(packet: Packet, mtu: int, smaller: int) -> None:
    pieces = [piece for fragment in packet.fragments(mtu) for piece in fragment.fragments(smaller)]
    assert b"".join(piece.encode_payload() for piece in pieces) == packet.encode_payload()
    assert [piece.more_fragments for piece in pieces[:-1]] == [True] * (len(pieces) - 1)
    assert pieces[-1].more_fragments is packet.more_fragments


# --- words ----------------------------------------------------------------------------------------------------------

PING = icmp.Icmp.echo_request(1, 2, bytes(56))


def _fragments(protocol: int, payload: ipv4.Payload) -> list[str]:
    return [str(fragment) for fragment in Packet.build(ONE, TWO, protocol, payload).fragments(1500)]


# What tcpdump 4.99.3 -n printed of the same packets.
@pytest.mark.parametrize(
    ("packet", "words"),
    [
        (Packet.build(ONE, TWO, ipv4.ICMP, PING), "IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 1, seq 2, length 64"),
        (
            Packet.build(ONE, TWO, ipv4.UDP, udp.Udp.build(1000, 2000, b"hello")),
            "IP 10.0.0.1.1000 > 10.0.0.2.2000: UDP, length 5",
        ),
        (Packet.build(ONE, TWO, 99, b"hello"), "IP 10.0.0.1 > 10.0.0.2:  ip-proto-99 5"),
        (Packet.build(ONE, TWO, ipv4.ICMP, b"hello"), "IP 10.0.0.1 > 10.0.0.2:  [|icmp]"),
        (Packet.build(ONE, TWO, ipv4.IGMP, b"hello"), "IP 10.0.0.1 > 10.0.0.2: igmp-104"),
        (Packet.build(ONE, TWO, ipv4.UDP, b"hello"), "IP 10.0.0.1.26725 > 10.0.0.2.27756: truncated-udp 5"),
        (Packet.build(ONE, TWO, ipv4.TCP, b"hello"), "IP 10.0.0.1.26725 > 10.0.0.2.27756:  [|tcp]"),
    ],
)
def test_prints_like_tcpdump(packet: Packet, words: str) -> None:
    assert str(packet) == words


def test_fragments_print_like_tcpdump() -> None:
    assert _fragments(ipv4.ICMP, icmp.Icmp.echo_request(1, 2, bytes(1600))) == [
        "IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 1, seq 2, length 1480",
        "IP 10.0.0.1 > 10.0.0.2: ip-proto-1",
    ]
    assert _fragments(ipv4.UDP, udp.Udp.build(1000, 2000, bytes(3000))) == [
        "IP 10.0.0.1.1000 > 10.0.0.2.2000: UDP, length 3000",
        "IP 10.0.0.1 > 10.0.0.2: ip-proto-17",
        "IP 10.0.0.1 > 10.0.0.2: ip-proto-17",
    ]


# What tcpdump 4.99.3 -n -v printed before the addresses.
@pytest.mark.parametrize(
    ("packet", "words"),
    [
        (
            Packet.build(ONE, TWO, ipv4.ICMP, PING, ttl=63, identification=15266, dont_fragment=True),
            "(tos 0x0, ttl 63, id 15266, offset 0, flags [DF], proto ICMP (1), length 84)",
        ),
        (
            Packet.build(ONE, TWO, 99, b"", tos=0x6A, more_fragments=True, fragment_offset=1480),
            "(tos 0x6a,ECT(0), ttl 64, id 0, offset 1480, flags [+], proto unknown (99), length 20)",
        ),
        (
            Packet.build(ONE, TWO, ipv4.IGMP, b"", ttl=0, tos=3, options=igmp.ROUTER_ALERT),
            "(tos 0x3,CE, id 0, offset 0, flags [none], proto IGMP (2), length 24, options (RA))",
        ),
    ],
)
def test_a_verbose_header_prints_like_tcpdump(packet: Packet, words: str) -> None:
    assert packet.describe(PacketPrinter(verbosity=1)).startswith(f"{words}\n    10.0.0.1 > 10.0.0.2: ")
