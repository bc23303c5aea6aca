from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.captured import octets
from tests.wire.packets import icmpv6s, ipv6s, packets6, records6
from vnetsim.errors import DecodeError
from vnetsim.wire import icmpv6, ipv6, tcp, udp
from vnetsim.wire.icmpv6 import Icmpv6, MldGroupRecord
from vnetsim.wire.inet import IPv6
from vnetsim.wire.mac import Mac
from vnetsim.wire.printer import PacketPrinter

ONE, TWO = IPv6.parse("fd01::1"), IPv6.parse("fd01::2")
LINK_LOCAL = IPv6.parse("fe80::ff:fe00:11")
ALL_ROUTERS = IPv6.parse("ff02::2")
MINE, YOURS = Mac.parse("02:00:00:00:00:11"), Mac.parse("02:00:00:00:00:a1")
#: Captured from a real kernel: name, addresses, message.
GOLDEN = [
    ("neighbor-solicitation", TWO, IPv6.parse("ff02::1:ff00:1"), Icmpv6.neighbor_solicitation(ONE, MINE)),
    (
        "neighbor-advertisement",
        ONE,
        TWO,
        Icmpv6.neighbor_advertisement(ONE, YOURS, icmpv6.ROUTER | icmpv6.SOLICITED | icmpv6.OVERRIDE),
    ),
    ("router-solicitation", LINK_LOCAL, ALL_ROUTERS, Icmpv6.router_solicitation(MINE)),
    (
        "dad",
        IPv6(0),
        IPv6.parse("ff02::1:ff00:11"),
        Icmpv6.neighbor_solicitation(LINK_LOCAL, None, bytes.fromhex("7829197d8f67")),
    ),
]


@pytest.mark.parametrize(("name", "source", "destination", "message"), GOLDEN)
def test_decode(name: str, source: IPv6, destination: IPv6, message: Icmpv6) -> None:
    assert Icmpv6.decode(octets(name, skip=54), source, destination) == message


@pytest.mark.parametrize(("name", "source", "destination", "message"), GOLDEN)
def test_encode(name: str, source: IPv6, destination: IPv6, message: Icmpv6) -> None:
    assert message.encode(source, destination) == octets(name, skip=54)


@given(icmpv6s, ipv6s, ipv6s)
def test_round_trip(message: Icmpv6, source: IPv6, destination: IPv6) -> None:
    data = message.encode(source, destination)
    assert Icmpv6.decode(data, source, destination) == message
    assert message.length == len(data)


@given(st.binary(max_size=64))
def test_decode_is_total(data: bytes) -> None:
    with contextlib.suppress(DecodeError):
        assert Icmpv6.decode(data, ONE, TWO).encode(ONE, TWO) == data


@given(st.integers(0, 255), st.integers(0, 255), st.binary(max_size=64), st.integers(0, 2))
def test_any_message_has_words(kind: int, code: int, data: bytes, verbosity: int) -> None:
    assert "ICMP6, " in Icmpv6.build(kind, code, 0, data).describe(PacketPrinter(verbosity=verbosity), ONE, TWO)


def test_a_wrong_checksum_is_found() -> None:
    data = Icmpv6.echo_request(1, 2, b"x").encode(ONE, TWO)
    with pytest.raises(DecodeError, match="checksum"):
        Icmpv6.decode(data, ONE, ONE)


# --- what is in a message -------------------------------------------------------------------------------------------


@given(ipv6s, st.none() | st.just(MINE))
def test_a_solicitation_tells_whom_and_by_whom(target: IPv6, mac: Mac | None) -> None:
    message = Icmpv6.neighbor_solicitation(target, mac)
    assert (message.target, message.link_layer_address) == (target, mac)


def test_the_nonce_of_duplicate_address_detection_is_no_address() -> None:
    message = Icmpv6.neighbor_solicitation(ONE, None, b"sixsix")
    assert message.link_layer_address is None
    assert list(message.options()) == [(icmpv6.NONCE, b"sixsix")]


def test_options_end_where_they_make_no_sense() -> None:
    message = Icmpv6.router_solicitation(MINE)
    broken = Icmpv6.build(message.type, 0, 0, message.data + bytes(8) + message.data)
    assert list(broken.options()) == list(message.options())


@given(st.lists(records6, max_size=4).map(tuple))
def test_a_report_gives_its_records_back(records: tuple[MldGroupRecord, ...]) -> None:
    assert Icmpv6.listener_report(records).records() == records


def test_other_messages_have_no_target_and_no_records() -> None:
    message = Icmpv6.echo_request(1, 2, bytes(40))
    assert (message.target, message.link_layer_address, message.records()) == (None, None, ())


# --- errors ---------------------------------------------------------------------------------------------------------


def test_a_real_error_can_be_made_again() -> None:
    refused = ipv6.Packet.decode(octets("udp6", skip=14)).forwarded()
    error = icmpv6.error(icmpv6.DESTINATION_UNREACHABLE, icmpv6.PORT_UNREACHABLE, refused)
    assert error.encode(refused.destination, refused.source) == octets("port6-unreachable", skip=54)


def test_an_error_is_not_longer_than_the_least_mtu_with_its_header() -> None:
    big = ipv6.Packet.build(ONE, TWO, ipv6.ICMPV6, Icmpv6.echo_request(1, 1, bytes(1400)))
    error = icmpv6.error(icmpv6.PACKET_TOO_BIG, 0, big, 1300)
    assert ipv6.Packet.build(TWO, ONE, ipv6.ICMPV6, error).length == ipv6.MINIMUM_MTU
    assert error.mtu == 1300
    quoted = error.quoted()
    assert quoted is not None
    assert quoted.length == big.length


@given(packets6)
def test_an_error_quotes_what_it_is_about(packet: ipv6.Packet) -> None:
    error = icmpv6.error(icmpv6.TIME_EXCEEDED, icmpv6.HOP_LIMIT_EXCEEDED, packet)
    assert error.is_error
    quoted = error.quoted()
    assert quoted is not None
    assert quoted.encode() == packet.encode()


@given(st.binary(max_size=80))
def test_quoted_is_total(data: bytes) -> None:
    quoted = Icmpv6.build(icmpv6.TIME_EXCEEDED, 0, 0, data).quoted()
    assert quoted is None or quoted.describe(PacketPrinter())


# --- words ----------------------------------------------------------------------------------------------------------

UDP = ipv6.Packet.build(ONE, TWO, ipv6.UDP, udp.Udp.build(1000, 33434, bytes(32)))
TCP = ipv6.Packet.build(ONE, TWO, ipv6.TCP, tcp.Tcp.build(1000, 80, 1, 1, tcp.SYN, 100))
GROUP = IPv6.parse("ff02::fb")
RECORDS = (MldGroupRecord(icmpv6.TO_EXCLUDE, GROUP), MldGroupRecord(icmpv6.TO_INCLUDE, GROUP, (ONE, TWO)))


def _unreachable(code: int, packet: ipv6.Packet = UDP) -> Icmpv6:
    return icmpv6.error(icmpv6.DESTINATION_UNREACHABLE, code, packet)


def _listener(kind: int) -> Icmpv6:
    return Icmpv6.build(kind, 0, 1000 << 16, GROUP.to_bytes(16, "big"))


# What tcpdump 4.99.3 -n printed of the same messages.
@pytest.mark.parametrize(
    ("message", "words"),
    [
        (Icmpv6.echo_request(1, 2, bytes(56)), "ICMP6, echo request, id 1, seq 2, length 64"),
        (Icmpv6.echo_request(1, 2, bytes(56)).echo_reply(), "ICMP6, echo reply, id 1, seq 2, length 64"),
        (Icmpv6.neighbor_solicitation(TWO, None), "ICMP6, neighbor solicitation, who has fd01::2, length 24"),
        (Icmpv6.neighbor_advertisement(TWO, MINE, 0), "ICMP6, neighbor advertisement, tgt is fd01::2, length 32"),
        (Icmpv6.router_solicitation(None), "ICMP6, router solicitation, length 8"),
        (Icmpv6.build(icmpv6.ROUTER_ADVERTISEMENT, 0, 0, bytes(8)), "ICMP6, router advertisement, length 16"),
        (
            Icmpv6.build(icmpv6.REDIRECT, 0, 0, ONE.to_bytes(16, "big") + TWO.to_bytes(16, "big")),
            "ICMP6, redirect, fd01::2 to fd01::1, length 40",
        ),
        (Icmpv6.listener_report(RECORDS), "ICMP6, multicast listener report v2, 2 group record(s), length 80"),
        (_listener(130), "ICMP6, multicast listener querymax resp delay: 1000 addr: ff02::fb, length 24"),
        (_listener(131), "ICMP6, multicast listener reportmax resp delay: 1000 addr: ff02::fb, length 24"),
        (_listener(132), "ICMP6, multicast listener donemax resp delay: 1000 addr: ff02::fb, length 24"),
        (_unreachable(0), "ICMP6, destination unreachable, unreachable route fd01::2, length 88"),
        (_unreachable(1), "ICMP6, destination unreachable,  unreachable prohibited fd01::2, length 88"),
        (_unreachable(2), "ICMP6, destination unreachable, beyond scope fd01::2, source address fd01::1, length 88"),
        (_unreachable(3), "ICMP6, destination unreachable, unreachable address fd01::2, length 88"),
        (_unreachable(4), "ICMP6, destination unreachable, unreachable port, fd01::2 udp port 33434, length 88"),
        (_unreachable(4, TCP), "ICMP6, destination unreachable, unreachable port, fd01::2 tcp port 80, length 68"),
        (icmpv6.error(icmpv6.PACKET_TOO_BIG, 0, UDP, 1300), "ICMP6, packet too big, mtu 1300, length 88"),
        (icmpv6.error(icmpv6.TIME_EXCEEDED, 0, UDP), "ICMP6, time exceeded in-transit for fd01::2, length 88"),
        (icmpv6.error(icmpv6.TIME_EXCEEDED, 1, UDP), "ICMP6, time exceeded in-transit (reassembly), length 88"),
        (
            icmpv6.error(icmpv6.PARAMETER_PROBLEM, 1, UDP, 40),
            "ICMP6, parameter problem, next header - octet 40, length 88",
        ),
        (Icmpv6.build(1, 4, 0, b""), "ICMP6, destination unreachable, unreachable port [|icmp6]"),
        (Icmpv6.build(3, 0, 0, b""), "ICMP6, time exceeded in-transit [|icmp6]"),
        (
            Icmpv6.build(200, 0, 1, b"abcd"),
            "ICMP6, unknown icmp6 type (200), length 12\n\t0x0000:  c800 78ea 0000 0001 6162 6364",
        ),
    ],
)
def test_prints_like_tcpdump(message: Icmpv6, words: str) -> None:
    assert message.describe(PacketPrinter(), ONE, TWO) == words


SOLICITATION = """\
neighbor solicitation, length 32, who has fd01::2
\t  source link-address option (1), length 8 (1): 02:00:00:00:00:11"""
ADVERTISEMENT = """\
neighbor advertisement, length 32, tgt is fd01::2, Flags [solicited, override]
\t  destination link-address option (2), length 8 (1): 02:00:00:00:00:11
\t    0x0000:  0200 0000 0011"""
DAD = """\
neighbor solicitation, length 32, who has fe80::ff:fe00:11
\t  unknown option (14), length 8 (1):\x20
\t  0x0000:  7829 197d 8f67"""
TWO_RECORDS = "multicast listener report v2, 2 group record(s) "


# What tcpdump 4.99.3 -n -v, or -vv, printed of the same messages.
@pytest.mark.parametrize(
    ("message", "verbosity", "words"),
    [
        (Icmpv6.echo_request(1, 2, bytes(56)), 1, "echo request, id 1, seq 2"),
        (_unreachable(4), 1, "destination unreachable, unreachable port, fd01::2 udp port 33434"),
        (Icmpv6.neighbor_solicitation(TWO, MINE), 1, SOLICITATION),
        (
            Icmpv6.neighbor_advertisement(TWO, MINE, icmpv6.SOLICITED | icmpv6.OVERRIDE),
            2,
            ADVERTISEMENT,
        ),
        (Icmpv6.neighbor_solicitation(LINK_LOCAL, None, bytes.fromhex("7829197d8f67")), 1, DAD),
        (
            Icmpv6.listener_report(RECORDS),
            1,
            TWO_RECORDS + "[gaddr ff02::fb to_ex, 0 source(s)] [gaddr ff02::fb to_in, 2 source(s)]",
        ),
        (
            Icmpv6.listener_report(RECORDS),
            2,
            TWO_RECORDS + "[gaddr ff02::fb to_ex { }] [gaddr ff02::fb to_in { fd01::1 fd01::2 }]",
        ),
    ],
)
def test_verbose_messages_print_like_tcpdump(message: Icmpv6, verbosity: int, words: str) -> None:
    assert message.describe(PacketPrinter(verbosity=verbosity), ONE, TWO) == f"[icmp6 sum ok] ICMP6, {words}"
