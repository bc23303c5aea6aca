"""Geneve: header (RFC 8926), and what tcpdump 4.99 prints (printed by the real one from these frames)."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.packets import frames
from vnetsim.errors import DecodeError
from vnetsim.wire import ethernet
from vnetsim.wire.arp import Arp
from vnetsim.wire.ethernet import Frame
from vnetsim.wire.geneve import Geneve
from vnetsim.wire.inet import IPv4
from vnetsim.wire.ipv4 import UDP, Packet
from vnetsim.wire.mac import BROADCAST, Mac
from vnetsim.wire.printer import PacketPrinter
from vnetsim.wire.udp import UncheckedUdp

MAC = Mac.parse("02:00:00:00:00:99")
ASK = Arp.request(MAC, IPv4.parse("172.16.0.1"), IPv4.parse("172.16.0.2"))
INSIDE = Geneve.build(1000, Frame.build(BROADCAST, MAC, ethernet.ARP, ASK))
OUTSIDE = Packet.build(
    IPv4.parse("10.0.0.1"), IPv4.parse("10.0.0.2"), UDP, UncheckedUdp.build(24675, 6081, INSIDE.encode()),
    identification=7,
)  # fmt: skip
WHAT = "Request who-has 172.16.0.2 tell 172.16.0.1, length 28"

VERBOSE = f"""\
(tos 0x0, ttl 64, id 7, offset 0, flags [none], proto UDP (17), length 78)
    10.0.0.1.24675 > 10.0.0.2.6081: [no cksum] Geneve, Flags [none], vni 0x3e8
\tARP, Ethernet (len 6), IPv4 (len 4), {WHAT}"""


def test_the_header_is_that_of_the_rfc() -> None:
    assert INSIDE.encode()[:8] == bytes.fromhex("000065580003e800")


@given(st.builds(Geneve.build, st.integers(0, 2**24 - 1), frames))
def test_round_trip(packet: Geneve) -> None:
    assert Geneve.decode(packet.encode()) == packet
    assert packet.length == len(packet.encode())


@given(st.binary(max_size=60))
def test_decode_is_total(data: bytes) -> None:
    with contextlib.suppress(DecodeError):
        assert Geneve.decode(data).encode()[4:7] == data[4:7]


@pytest.mark.parametrize("start", ["0100655800000700", "4000655800000700", "0000080000000700", "00006558"])
def test_what_is_not_modelled_is_no_frame(start: str) -> None:
    with pytest.raises(DecodeError):
        Geneve.decode(bytes.fromhex(start))


@pytest.mark.parametrize(
    ("printer", "words"),
    [
        (PacketPrinter(link=False), f"10.0.0.1.24675 > 10.0.0.2.6081: Geneve, Flags [none], vni 0x3e8: ARP, {WHAT}"),
        (
            PacketPrinter(verbosity=2, link=False),
            VERBOSE,
        ),
        (PacketPrinter(quiet=True), "10.0.0.1.24675 > 10.0.0.2.6081: UDP, length 50"),
    ],
)
def test_tcpdump(printer: PacketPrinter, words: str) -> None:
    again = Packet.decode(OUTSIDE.encode())
    assert again == OUTSIDE
    assert again.describe(printer) == words
