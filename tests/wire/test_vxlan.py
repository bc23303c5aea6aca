from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.captured import octets
from tests.wire.packets import frames
from vnetsim.errors import DecodeError
from vnetsim.wire import ethernet, vxlan
from vnetsim.wire.arp import Arp
from vnetsim.wire.ethernet import Frame
from vnetsim.wire.inet import IPv4
from vnetsim.wire.mac import BROADCAST, Mac
from vnetsim.wire.printer import PacketPrinter
from vnetsim.wire.udp import Udp
from vnetsim.wire.vxlan import Vxlan

MAC = Mac.parse("02:00:00:00:00:99")
ASK = Arp.request(MAC, IPv4.parse("10.99.0.1"), IPv4.parse("10.99.0.2"))
#: Captured from a real kernel, behind Ethernet, IPv4 and UDP.
GOLDEN = octets("vxlan", skip=42)
TUNNELLED = Vxlan.build(100, Frame.build(BROADCAST, MAC, ethernet.ARP, ASK))


def test_decode() -> None:
    assert Vxlan.decode(GOLDEN) == TUNNELLED


def test_encode() -> None:
    assert TUNNELLED.encode() == GOLDEN


@given(st.builds(Vxlan.build, st.integers(0, 2**24 - 1), frames))
def test_round_trip(packet: Vxlan) -> None:
    assert Vxlan.decode(packet.encode()) == packet
    assert packet.length == len(packet.encode())


@given(st.binary(max_size=60))
def test_decode_is_total(data: bytes) -> None:
    with contextlib.suppress(DecodeError):
        assert Vxlan.decode(data).encode()[4:7] == data[4:7]


def test_a_network_identifier_has_to_be_valid() -> None:
    with pytest.raises(DecodeError, match="network identifier"):
        Vxlan.decode(bytes(1) + GOLDEN[1:])


INNER = "02:00:00:00:00:99 > ff:ff:ff:ff:ff:ff, ethertype ARP (0x0806), length 42: Request who-has 10.99.0.2 tell 10.99.0.1, length 28"  # fmt: skip  # noqa: E501


@pytest.mark.parametrize(
    ("port", "words"),
    [
        (vxlan.PORT, f"VXLAN, flags [I] (0x08), vni 100\n{INNER}"),
        (vxlan.LINUX_PORT, f"OTV, flags [I] (0x08), overlay 0, instance 100\n{INNER}"),
    ],
)
def test_prints_like_tcpdump(port: int, words: str) -> None:
    datagram = Udp.build(40000, port, TUNNELLED.encode())
    assert datagram.describe(PacketPrinter(), IPv4(1), IPv4(2)) == words


def test_without_the_link_layer_prints_like_tcpdump() -> None:
    words = TUNNELLED.describe(PacketPrinter(link=False))
    assert words == "VXLAN, flags [I] (0x08), vni 100\nARP, Request who-has 10.99.0.2 tell 10.99.0.1, length 28"
