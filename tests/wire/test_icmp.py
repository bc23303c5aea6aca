from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.captured import octets
from tests.wire.packets import icmps, packets4
from vnetsim.errors import DecodeError
from vnetsim.wire import icmp, ipv4, tcp, udp
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.inet import IPv4
from vnetsim.wire.printer import PacketPrinter

ONE, TWO, THREE = (IPv4.parse(f"10.0.0.{host}") for host in (1, 2, 3))
TIME = bytes.fromhex("c54a056b00000000f6a6010000000000")
PATTERN = bytes(range(0x10, 0x38))
REQUEST = Icmp.echo_request(8422, 1, TIME + PATTERN)
#: What ping sent, and what a real kernel answered.
GOLDEN = [("echo-request", REQUEST), ("echo-reply", REQUEST.echo_reply())]


@pytest.mark.parametrize(("name", "message"), GOLDEN)
def test_decode(name: str, message: Icmp) -> None:
    assert Icmp.decode(octets(name, skip=34)) == message


@pytest.mark.parametrize(("name", "message"), GOLDEN)
def test_encode(name: str, message: Icmp) -> None:
    assert message.encode() == octets(name, skip=34)


@given(icmps)
def test_round_trip(message: Icmp) -> None:
    assert Icmp.decode(message.encode()) == message
    assert message.length == len(message.encode())


@given(st.binary(max_size=64))
def test_decode_is_total(data: bytes) -> None:
    with contextlib.suppress(DecodeError):
        assert Icmp.decode(data).encode()[4:] == data[4:]


def test_a_wrong_checksum_is_found() -> None:
    with pytest.raises(DecodeError, match="checksum"):
        Icmp.decode(REQUEST.encode()[:-1] + b"x")


# --- errors ---------------------------------------------------------------------------------------------------------


def test_a_real_time_exceeded_quotes_the_packet_that_had_no_time_left() -> None:
    quoted = Icmp.decode(octets("time-exceeded", skip=34)).quoted()
    assert quoted is not None
    assert (str(quoted.source), str(quoted.destination), quoted.ttl, quoted.length) == ("10.0.1.2", "10.0.2.2", 1, 84)
    assert isinstance(quoted.payload, Icmp)
    assert quoted.payload.identifier == 8423


def test_a_real_error_quotes_548_bytes_and_is_576_long_with_its_header() -> None:
    packet = ipv4.Packet.decode(octets("frag-needed", skip=14))
    assert packet.length == 576
    assert isinstance(packet.payload, Icmp)
    assert (packet.payload.mtu, len(packet.payload.data)) == (1400, icmp.QUOTE)
    quoted = packet.payload.quoted()
    assert quoted is not None
    assert quoted.length == 1478


def test_a_real_error_can_be_made_again() -> None:
    refused = ipv4.Packet.decode(octets("udp", skip=14)).forwarded()
    error = icmp.error(icmp.DESTINATION_UNREACHABLE, icmp.PORT_UNREACHABLE, refused)
    assert error.encode() == octets("port-unreachable", skip=34)


@given(packets4)
def test_an_error_quotes_what_it_is_about(packet: ipv4.Packet) -> None:
    error = icmp.error(icmp.TIME_EXCEEDED, icmp.TTL_EXCEEDED, packet)
    assert error.is_error
    quoted = error.quoted()
    assert quoted is not None
    assert quoted.encode() == packet.encode()


@given(st.binary(max_size=80))
def test_quoted_is_total(data: bytes) -> None:
    quoted = Icmp.build(icmp.TIME_EXCEEDED, 0, 0, data).quoted()
    assert quoted is None or str(quoted)


def test_a_message_that_is_no_error_quotes_nothing() -> None:
    assert REQUEST.quoted() is None
    assert not REQUEST.is_error


# --- words ----------------------------------------------------------------------------------------------------------

UDP = ipv4.Packet.build(ONE, TWO, ipv4.UDP, udp.Udp.build(1000, 33434, bytes(32)))
TCP = ipv4.Packet.build(ONE, TWO, ipv4.TCP, tcp.Tcp.build(1000, 80, 1, 1, tcp.SYN, 100))


def _unreachable(code: int, packet: ipv4.Packet = UDP, rest: int = 0) -> Icmp:
    return icmp.error(icmp.DESTINATION_UNREACHABLE, code, packet, rest)


# What tcpdump 4.99.3 -n printed of the same messages.
@pytest.mark.parametrize(
    ("message", "words"),
    [
        (REQUEST, "ICMP echo request, id 8422, seq 1, length 64"),
        (REQUEST.echo_reply(), "ICMP echo reply, id 8422, seq 1, length 64"),
        (_unreachable(0), "ICMP net 10.0.0.2 unreachable, length 68"),
        (_unreachable(1), "ICMP host 10.0.0.2 unreachable, length 68"),
        (_unreachable(2), "ICMP 10.0.0.2 protocol 17 unreachable, length 68"),
        (_unreachable(3), "ICMP 10.0.0.2 udp port 33434 unreachable, length 68"),
        (_unreachable(3, TCP), "ICMP 10.0.0.2 tcp port 80 unreachable, length 48"),
        (_unreachable(4, rest=1400), "ICMP 10.0.0.2 unreachable - need to frag (mtu 1400), length 68"),
        (_unreachable(4), "ICMP 10.0.0.2 unreachable - need to frag, length 68"),
        (_unreachable(5), "ICMP 10.0.0.2 unreachable - source route failed, length 68"),
        (_unreachable(6), "ICMP net 10.0.0.2 unreachable - unknown, length 68"),
        (_unreachable(7), "ICMP host 10.0.0.2 unreachable - unknown, length 68"),
        (_unreachable(8), "ICMP 10.0.0.2 unreachable - source host isolated, length 68"),
        (_unreachable(9), "ICMP net 10.0.0.2 unreachable - admin prohibited, length 68"),
        (_unreachable(10), "ICMP host 10.0.0.2 unreachable - admin prohibited, length 68"),
        (_unreachable(11), "ICMP net 10.0.0.2 unreachable - tos prohibited, length 68"),
        (_unreachable(12), "ICMP host 10.0.0.2 unreachable - tos prohibited, length 68"),
        (_unreachable(13), "ICMP host 10.0.0.2 unreachable - admin prohibited filter, length 68"),
        (_unreachable(14), "ICMP host 10.0.0.2 unreachable - host precedence violation, length 68"),
        (_unreachable(15), "ICMP host 10.0.0.2 unreachable - precedence cutoff, length 68"),
        (_unreachable(16), "ICMP 10.0.0.2 unreachable - #16, length 68"),
        (icmp.error(icmp.REDIRECT, 0, UDP, THREE), "ICMP redirect 10.0.0.2 to net 10.0.0.3, length 68"),
        (icmp.error(icmp.REDIRECT, 1, UDP, THREE), "ICMP redirect 10.0.0.2 to host 10.0.0.3, length 68"),
        (icmp.error(icmp.REDIRECT, 2, UDP, THREE), "ICMP redirect-tos 10.0.0.2 to net 10.0.0.3, length 68"),
        (icmp.error(icmp.REDIRECT, 3, UDP, THREE), "ICMP redirect-tos 10.0.0.2 to host 10.0.0.3, length 68"),
        (icmp.error(icmp.TIME_EXCEEDED, 0, UDP), "ICMP time exceeded in-transit, length 68"),
        (icmp.error(icmp.TIME_EXCEEDED, 1, UDP), "ICMP ip reassembly time exceeded, length 68"),
        (icmp.error(icmp.TIME_EXCEEDED, 2, UDP), "ICMP time exceeded-#2, length 68"),
        (icmp.error(icmp.PARAMETER_PROBLEM, 0, UDP, 5 << 24), "ICMP parameter problem - octet 5, length 68"),
        (icmp.error(icmp.PARAMETER_PROBLEM, 1, UDP), "ICMP parameter problem - code 1, length 68"),
        (icmp.error(icmp.SOURCE_QUENCH, 0, UDP), "ICMP source quench, length 68"),
        (Icmp.build(icmp.ROUTER_SOLICITATION, 0, 0, b""), "ICMP router solicitation, length 8"),
        (Icmp.build(icmp.TIMESTAMP, 0, 1 << 16 | 2, bytes(12)), "ICMP time stamp query id 1 seq 2, length 20"),
        (Icmp.build(icmp.ADDRESS_MASK_REQUEST, 0, 0, bytes(4)), "ICMP address mask request, length 12"),
        (Icmp.build(icmp.ADDRESS_MASK_REPLY, 0, 0, b"\xff\xff\xff\0"), "ICMP address mask is 0xffffff00, length 12"),
        (Icmp.build(44, 0, 0, b""), "ICMP type-#44, length 8"),
        (Icmp.build(icmp.TIME_EXCEEDED, 0, 0, b""), " [|icmp]"),
    ],
)
def test_prints_like_tcpdump(message: Icmp, words: str) -> None:
    assert message.describe(PacketPrinter()) == words


def test_a_verbose_error_prints_the_packet_it_is_about() -> None:
    assert _unreachable(3).describe(PacketPrinter(verbosity=1)) == (
        "ICMP 10.0.0.2 udp port 33434 unreachable, length 68\n"
        "\t(tos 0x0, ttl 64, id 0, offset 0, flags [none], proto UDP (17), length 60)\n"
        "    10.0.0.1.1000 > 10.0.0.2.33434: UDP, length 32"
    )
