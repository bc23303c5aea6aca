"""The layers of frames: their lengths add up to the bytes, their fields are those of the wire."""

from __future__ import annotations

import pytest

from vnetsim.views.player.layers import layers
from vnetsim.wire import icmp, icmpv6, ipv4, ipv6, tcp, udp
from vnetsim.wire.arp import Arp, ArpOperation
from vnetsim.wire.ethernet import ARP, IPV4, IPV6, VLAN, Frame, Payload, Tagged
from vnetsim.wire.inet import IPv4, IPv6
from vnetsim.wire.mac import Mac

FROM, TO = IPv4(0x0A000001), IPv4(0x0A000002)
DATAGRAM = ipv4.Packet.build(FROM, TO, ipv4.UDP, udp.Udp.build(1000, 5000, b"hello"))


def framed(ethertype: int, payload: Payload) -> Frame:
    return Frame.build(Mac(0x02_00_00_00_00_02), Mac(0x02_00_00_00_00_01), ethertype, payload)


FRAMES = {
    "ARP": framed(ARP, Arp(ArpOperation.REQUEST, Mac(1), FROM, Mac(0), TO)),
    "ICMP": framed(IPV4, ipv4.Packet.build(FROM, TO, ipv4.ICMP, icmp.Icmp.echo_request(1, 1, bytes(56)))),
    "TCP": framed(IPV4, ipv4.Packet.build(FROM, TO, ipv4.TCP, tcp.Tcp.build(1000, 80, 1, 0, tcp.SYN, 64240))),
    "tagged": framed(VLAN, Tagged.build(10, 0, IPV4, DATAGRAM)),
    "ND": framed(IPV6, ipv6.Packet.build(IPv6(1), IPv6(2), ipv6.ICMPV6, icmpv6.Icmpv6.build(135, 0, 0, bytes(16)))),
    "unknown": framed(0x88CC, b"lldp"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(FRAMES))
def test_the_lengths_add_up_to_the_frame(name: str) -> None:
    frame = FRAMES[name]
    assert sum(layer.length for layer in layers(frame)) == len(frame.encode())


@pytest.mark.parametrize(("name", "expected"), [
    ("ARP", ["Ethernet", "ARP"]),
    ("ICMP", ["Ethernet", "IPv4", "ICMP", "data"]),
    ("TCP", ["Ethernet", "IPv4", "TCP"]),
    ("tagged", ["Ethernet", "802.1Q", "IPv4", "UDP", "data"]),
    ("ND", ["Ethernet", "IPv6", "ICMPv6", "data"]),
    ("unknown", ["Ethernet", "data"]),
])  # fmt: skip
def test_from_the_outermost_to_the_innermost(name: str, expected: list[str]) -> None:
    assert [layer.name for layer in layers(FRAMES[name])] == expected


def test_fields_are_text() -> None:
    fields = dict(layers(FRAMES["TCP"])[2].fields)
    assert fields["flags"] == "SYN"
    assert fields["destination_port"] == "80"
    assert "data" not in fields


def test_what_makes_no_sense_is_bytes() -> None:
    frame = Frame.decode(bytes(12) + b"\x08\x00" + b"\xff\xff")
    assert [(layer.name, layer.length) for layer in layers(frame)] == [("Ethernet", 14), ("data", 2)]
