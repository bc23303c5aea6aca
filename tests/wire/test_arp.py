from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.captured import octets
from tests.wire.packets import arps
from vnetsim.errors import DecodeError
from vnetsim.wire.arp import LENGTH, Arp
from vnetsim.wire.inet import ANY4, IPv4
from vnetsim.wire.mac import BROADCAST, Mac
from vnetsim.wire.printer import PacketPrinter

MINE, YOURS = Mac.parse("02:00:00:00:00:11"), Mac.parse("02:00:00:00:00:a1")
ME, YOU = IPv4.parse("10.0.1.2"), IPv4.parse("10.0.1.1")
REQUEST = Arp.request(MINE, ME, YOU)
REPLY = Arp.reply(YOURS, YOU, MINE, ME)
BY_ARPING = Arp.request(MINE, ME, YOU, BROADCAST)
#: Captured from a real kernel and a real arping, without the Ethernet header.
GOLDEN = [("arp-request", REQUEST), ("arp-reply", REPLY), ("arping-request", BY_ARPING)]


@pytest.mark.parametrize(("name", "packet"), GOLDEN)
def test_decode(name: str, packet: Arp) -> None:
    assert Arp.decode(octets(name, skip=14)) == packet


@pytest.mark.parametrize(("name", "packet"), GOLDEN)
def test_encode(name: str, packet: Arp) -> None:
    assert packet.encode() == octets(name, skip=14)


@given(arps)
def test_round_trip(packet: Arp) -> None:
    assert Arp.decode(packet.encode()) == packet
    assert packet.length == len(packet.encode()) == LENGTH


@given(st.binary(max_size=64) | st.binary(max_size=40).map(lambda data: octets("arp-request", 14)[:8] + data))
def test_decode_is_total(data: bytes) -> None:
    with contextlib.suppress(DecodeError):
        assert Arp.decode(data).encode() == data[:LENGTH]


@pytest.mark.parametrize(
    ("packet", "words"),
    [
        (REQUEST, "ARP, Request who-has 10.0.1.1 tell 10.0.1.2, length 28"),
        (BY_ARPING, "ARP, Request who-has 10.0.1.1 (ff:ff:ff:ff:ff:ff) tell 10.0.1.2, length 28"),
        (REPLY, "ARP, Reply 10.0.1.1 is-at 02:00:00:00:00:a1, length 28"),
    ],
)
def test_prints_like_tcpdump(packet: Arp, words: str) -> None:
    assert str(packet) == words


def test_prints_hardware_and_protocol_when_verbose() -> None:
    words = "Ethernet (len 6), IPv4 (len 4), Request who-has 10.0.1.1 tell 10.0.1.2, length 28"
    assert REQUEST.describe(PacketPrinter(verbosity=1)) == words


def test_an_answer_tells_the_asker_who_has_the_address() -> None:
    assert REQUEST.answer(YOURS) == REPLY


def test_a_probe_does_not_tell_who_asks() -> None:
    assert Arp.request(MINE, ANY4, YOU).is_probe
    assert not REQUEST.is_probe
