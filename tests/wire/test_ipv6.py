from __future__ import annotations

import contextlib

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.captured import octets
from tests.wire.packets import packets6
from vnetsim.errors import DecodeError
from vnetsim.wire import icmpv6, ipv6, udp
from vnetsim.wire.icmpv6 import Icmpv6
from vnetsim.wire.inet import IPv6
from vnetsim.wire.ipv6 import Fragment, Packet
from vnetsim.wire.printer import PacketPrinter

ONE, TWO = IPv6.parse("fd00::1"), IPv6.parse("fd00::2")
ME = IPv6.parse("fe80::ff:fe00:11")
ALL_ROUTERS, ALL_MLDV2_ROUTERS = IPv6.parse("ff02::2"), IPv6.parse("ff02::16")
REPORT = Icmpv6.listener_report(
    (
        icmpv6.MldGroupRecord(icmpv6.TO_EXCLUDE, IPv6.parse("ff02::1:ff00:11")),
        icmpv6.MldGroupRecord(icmpv6.TO_EXCLUDE, IPv6.parse("ff02::1:ff00:2")),
    )
)
#: Captured from a real kernel.
GOLDEN = [
    (
        "udp6",
        Packet.build(
            IPv6.parse("fd01::2"),
            IPv6.parse("fd02::2"),
            ipv6.UDP,
            udp.Udp.build(53338, 9, b"hello"),
            flow_label=0x3D786,
        ),
    ),
    (
        "mld-report",
        Packet.build(IPv6(0), ALL_MLDV2_ROUTERS, ipv6.ICMPV6, REPORT, hop_limit=1, hop_by_hop=icmpv6.ROUTER_ALERT),
    ),
]


@pytest.mark.parametrize(("name", "packet"), GOLDEN)
def test_decode(name: str, packet: Packet) -> None:
    assert Packet.decode(octets(name, skip=14)) == packet


@pytest.mark.parametrize(("name", "packet"), GOLDEN)
def test_encode(name: str, packet: Packet) -> None:
    assert packet.encode() == octets(name, skip=14)


@given(packets6)
def test_round_trip(packet: Packet) -> None:
    data = packet.encode()
    assert Packet.decode(data) == packet
    assert packet.length == len(data)
    assert Packet.decode(data + b"padding") == packet


@given(st.binary(max_size=100) | st.binary(max_size=80).map(lambda data: b"\x60" + bytes(3) + data))
def test_decode_is_total(data: bytes) -> None:
    for decode in (Packet.decode, Packet.decode_start):
        with contextlib.suppress(DecodeError):
            assert decode(data).describe(PacketPrinter())


@given(packets6, st.data())
def test_decode_wants_the_whole_packet(packet: Packet, choice: st.DataObject) -> None:
    cut = choice.draw(st.integers(0, packet.length - 1))
    with pytest.raises(DecodeError):
        Packet.decode(packet.encode()[:cut])


@given(packets6.filter(lambda packet: packet.hop_limit))
def test_a_forwarded_packet_differs_by_its_hop_limit(packet: Packet) -> None:
    assert packet.forwarded() == attrs.evolve(packet, hop_limit=packet.hop_limit - 1)


def test_hop_by_hop_options_are_padded_to_their_size() -> None:
    packet = Packet.build(ONE, TWO, ipv6.NO_NEXT_HEADER, b"", hop_by_hop=b"\5\2\0\0")
    assert packet.hop_by_hop == b"\5\2\0\0\0\0"
    assert packet.length == 48


# --- fragments ------------------------------------------------------------------------------------------------------


def test_a_ping_goes_through_an_mtu_of_1300_as_recorded() -> None:
    """frag (0|1248), frag (1248|160)."""
    ping = Packet.build(ONE, TWO, ipv6.ICMPV6, Icmpv6.echo_request(16502, 2, bytes(1400)))
    first, second = ping.fragments(1300, 7)
    assert (first.length, first.fragment) == (1296, Fragment(0, True, 7))
    assert (second.length, second.fragment) == (208, Fragment(1248, False, 7))
    assert [fragment.describe(PacketPrinter()) for fragment in (first, second)] == [
        "fd00::1 > fd00::2: frag (0|1248) ICMP6, echo request, id 16502, seq 2, length 1248",
        "fd00::1 > fd00::2: frag (1248|160)",
    ]


def test_a_packet_that_fits_is_its_own_only_fragment() -> None:
    packet = Packet.build(ONE, TWO, ipv6.UDP, udp.Udp.build(1, 2, bytes(100)))
    assert packet.fragments(148, 1) == [packet]
    assert len(packet.fragments(147, 1)) == 2


def test_an_mtu_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="leaves no room"):
        Packet.build(ONE, TWO, ipv6.UDP, udp.Udp.build(1, 2, bytes(100))).fragments(55, 1)


@given(packets6.filter(lambda packet: packet.fragment is None), st.integers(80, 1500))
def test_fragments_fit_and_make_the_packet_again(packet: Packet, mtu: int) -> None:
    fragments = packet.fragments(mtu, 9)
    data = b""
    for fragment in fragments:
        assert fragment.length <= mtu
        expected = Fragment(len(data), fragment is not fragments[-1], 9) if len(fragments) > 1 else None
        assert fragment.fragment == expected
        assert fragment is fragments[-1] or len(fragment.encode_payload()) % 8 == 0
        data += fragment.encode_payload()
    assert data == packet.encode_payload()


# --- words ----------------------------------------------------------------------------------------------------------

HELLO = udp.Udp.build(1, 2000, b"hello")
LARGE = udp.Udp.build(1, 2000, bytes(3000))


# What tcpdump 4.99.3 -n printed of the same packets behind `IP6 `.
@pytest.mark.parametrize(
    ("packet", "words"),
    [
        (Packet.build(ONE, TWO, ipv6.UDP, HELLO), "fd00::1.1 > fd00::2.2000: UDP, length 5"),
        (
            Packet.build(IPv6(0), ALL_MLDV2_ROUTERS, ipv6.ICMPV6, REPORT, hop_by_hop=icmpv6.ROUTER_ALERT),
            ":: > ff02::16: HBH ICMP6, multicast listener report v2, 2 group record(s), length 48",
        ),
        (
            Packet.build(ONE, TWO, ipv6.UDP, HELLO, hop_by_hop=bytes(6)),
            "fd00::1 > fd00::2: HBH 1 > 2000: UDP, length 5",
        ),
        (
            Packet.build(ONE, TWO, ipv6.UDP, LARGE).fragments(1500, 1)[0],
            "fd00::1 > fd00::2: frag (0|1448) 1 > 2000: UDP, length 3000",
        ),
        (Packet.build(ONE, TWO, ipv6.NO_NEXT_HEADER, b""), "fd00::1 > fd00::2: no next header"),
        (Packet.build(ONE, TWO, 99, b"hello"), "fd00::1 > fd00::2:  ip-proto-99 5"),
        (Packet.build(ONE, TWO, ipv6.ICMPV6, b""), "fd00::1 > fd00::2: ICMP6, length 0 (invalid)"),
    ],
)
def test_prints_like_tcpdump(packet: Packet, words: str) -> None:
    assert packet.describe(PacketPrinter()) == words


# What tcpdump 4.99.3 -n -v printed before the addresses, and behind them what precedes the payload.
@pytest.mark.parametrize(
    ("packet", "header", "before"),
    [
        (
            Packet.build(ONE, TWO, 99, b"", hop_limit=1, traffic_class=0xB8, flow_label=0x12345),
            "(class 0xb8, flowlabel 0x12345, hlim 1, next-header unknown (99) payload length: 0)",
            "",
        ),
        (
            Packet.build(ONE, TWO, 99, b"", hop_by_hop=icmpv6.ROUTER_ALERT),
            "(hlim 64, next-header Options (0) payload length: 8)",
            "HBH (rtalert: 0x0000) (padn) ",
        ),
        (
            Packet.build(ONE, TWO, 99, bytes(8), fragment=Fragment(0, True, 0xABCDEF)),
            "(hlim 64, next-header Fragment (44) payload length: 16)",
            "frag (0x00abcdef:0|8) ",
        ),
    ],
)
def test_a_verbose_header_prints_like_tcpdump(packet: Packet, header: str, before: str) -> None:
    words = packet.describe(PacketPrinter(verbosity=1))
    assert words.startswith(f"{header} fd00::1 > fd00::2: {before} ip-proto-99 ")
