"""-j HMARK: its texts as iptables 1.8.9 prints them, and marks (recorded on Linux 6.18: ipt_hmark)."""

from __future__ import annotations

import pytest

from tests.netfilter.packets_for_rules import CLIENT, SERVER, at, datagram, ping, segment
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.parse import parse_rule
from vnetsim.wire import ipv4
from vnetsim.wire.icmp import DESTINATION_UNREACHABLE, PORT_UNREACHABLE, Icmp

BASE = "--hmark-mod 1000000 --hmark-rnd 0x1234"


def marked(words: str, packet: PktInfo) -> int:
    target = parse_rule(f"-j HMARK {words}").target
    assert target is not None
    target.act(packet)
    return packet.mark


def test_the_mark_of_a_ping_is_that_of_linux() -> None:
    """Both directions have the same, and what is not asked for does not count."""
    there = at(ping())
    back = at(ipv4.Packet.build(SERVER, CLIENT, 1, Icmp.echo_request(9, 3, b"")))
    assert marked(f"--hmark-tuple src,dst {BASE}", there) == marked(f"--hmark-tuple src,dst {BASE}", back) == 734048
    assert marked(f"--hmark-tuple src,dst,sport {BASE}", at(ping())) == 734048
    assert marked(f"--hmark-tuple src,dst {BASE} --hmark-offset 5", at(ping())) == 734053


def test_an_error_has_the_mark_of_the_packet_that_it_is_about() -> None:
    words = f"--hmark-tuple src,dst,sport,dport {BASE}"
    about = datagram()
    error = ipv4.Packet.build(
        SERVER, CLIENT, 1, Icmp.build(DESTINATION_UNREACHABLE, PORT_UNREACHABLE, 0, about.encode())
    )
    assert marked(words, at(error)) == marked(words, at(about))


@pytest.mark.parametrize(
    ("words", "differ"),
    [
        ("--hmark-tuple src,dst", False),
        ("--hmark-tuple src,dst,dport", True),
        ("--hmark-tuple src,dst,sport", False),
        ("--hmark-dport-mask 0xff00", False),
        ("--hmark-dport-mask 0xff00 --hmark-dport 1", False),
        ("--hmark-spi-mask 0xffffffff", True),
    ],
)
def test_which_ports_tell_flows_apart(words: str, differ: bool) -> None:
    one, other = (marked(f"{words} {BASE}", at(segment(destination_port=port))) for port in (80, 81))
    assert (one != other) == differ


def test_protocols_tell_apart_where_they_are_asked_for() -> None:
    for element, differ in (("proto,src", True), ("src", False)):
        marks = {
            marked(f"--hmark-tuple {element} --hmark-mod 4294967295 --hmark-rnd 1", at(packet))
            for packet in (segment(), datagram(), ping())
        }
        assert (len(marks) > 1) == differ


def test_without_a_connection_there_is_no_mark_of_one() -> None:
    assert marked(f"--hmark-tuple ct,src {BASE}", at(connection=None, mark=9)) == 9


TEXTS = [
    ("--hmark-src-prefix 32 --hmark-rnd 0x00000004 --hmark-mod 42", "HMARK mod 42 src-prefix 32 rnd 0x4"),
    (
        "--hmark-dst-prefix 32 --hmark-sport-mask 0xffff --hmark-rnd 0x00000004 --hmark-mod 42 --hmark-tuple ct",
        "HMARK mod 42 ct, dst-prefix 32 sport-mask 0xffff rnd 0x4",
    ),
    (
        "--hmark-spi-mask 0x00000004 --hmark-spi 0x00000001 --hmark-rnd 0x00000004 --hmark-mod 4",
        "HMARK mod 4 spi-mask 0x4 spi 0x1 rnd 0x4",
    ),
    ("--hmark-sport 0x0003 --hmark-dport 0x0004 --hmark-rnd 0x00000004 --hmark-mod 4",
     "HMARK mod 4 sport 0x3 dport 0x4 rnd 0x4"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "listed"), TEXTS)
def test_texts(words: str, listed: str) -> None:
    target = parse_rule(f"-j HMARK {words}").target
    assert str(target) == f"HMARK {words}"
    assert target is not None
    assert target.listing(True) == listed


def test_elements_stand_for_options_and_may_be_shortened() -> None:
    target = parse_rule("-j HMARK --hmark-tuple s,d,spo,p --hmark-mod 2 --hmark-rnd 1").target
    assert str(target) == (
        "HMARK --hmark-src-prefix 32 --hmark-dst-prefix 32 --hmark-sport-mask 0xffff --hmark-proto-mask 0xffff "
        "--hmark-rnd 0x00000001 --hmark-mod 2"
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("", "--hmark-mod is mandatory"),
        ("--hmark-tuple src --hmark-mod 10", "--hmark-rnd is mandatory"),
        ("--hmark-mod 10 --hmark-rnd 1", "you have to specify --hmark-tuple at least"),
        ("--hmark-tuple src,bogus --hmark-mod 10 --hmark-rnd 1", 'Bad type "bogus"'),
        ("--hmark-tuple spi,sport --hmark-mod 10 --hmark-rnd 1", "you cannot use --hmark-spi-mask"),
        ("--hmark-tuple src, --hmark-mod 10 --hmark-rnd 1", "requires a list of types"),
        ("--hmark-tuple src --hmark-mod 0 --hmark-rnd 1", "out of range"),
    ],
)
def test_what_is_refused(words: str, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        parse_rule(f"-j HMARK {words}")
