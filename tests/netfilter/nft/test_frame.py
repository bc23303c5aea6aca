"""Frames as rules of nft see them."""

from __future__ import annotations

import attrs

from vnetsim.netfilter.nft.frame import NO_PACKET, FramePkt, packet_of
from vnetsim.netfilter.packet import NetContext
from vnetsim.wire.arp import Arp
from vnetsim.wire.ethernet import ARP, IPV4, VLAN, Frame, Tagged
from vnetsim.wire.inet import IPv4
from vnetsim.wire.ipv4 import UDP, Packet
from vnetsim.wire.mac import Mac
from vnetsim.wire.udp import Udp

_A, _B = Mac(0x02000000000A), Mac(0x02000000000B)
_UDP = Packet.build(IPv4.parse("10.0.0.1"), IPv4.parse("10.0.0.2"), UDP, Udp.build(1, 2, b"x"))
_REQUEST = Arp.request(_A, IPv4.parse("10.0.0.1"), IPv4.parse("10.0.0.2"))


def seen(frame: Frame, *, headed: bool = False, link: bool = True) -> FramePkt:
    return FramePkt(packet_of(frame), NetContext(), frame=frame, headed=headed, link=link)


def test_a_tag_hides_nothing_but_from_the_ethernet_type() -> None:
    packet = seen(Frame.build(_B, _A, VLAN, Tagged.build(5, 0, IPV4, _UDP)))
    assert (packet.is_ip, packet.ethertype, packet.length) == (True, IPV4, _UDP.length)
    assert packet.link_bytes()[12:] == bytes.fromhex("8100 0005 0800")
    assert packet.network_bytes() == _UDP.encode()


def test_lengths_count_the_header_where_a_frame_leaves() -> None:
    frame = Frame.build(_B, _A, ARP, _REQUEST)
    assert (seen(frame).length, seen(frame, headed=True).length) == (28, 42)
    assert seen(frame, link=False).link_bytes() == b""
    assert packet_of(frame) is NO_PACKET


def test_a_rule_changes_addresses_and_packets() -> None:
    packet = seen(Frame.build(_B, _A, VLAN, Tagged.build(5, 0, IPV4, _UDP)))
    packet.change_link(0, 48, 0x02000000000C)
    packet.ip = attrs.evolve(_UDP, ttl=9)
    frame = packet.result()
    assert (frame.destination, packet_of(frame)) == (0x02000000000C, attrs.evolve(_UDP, ttl=9))


def test_a_rule_changes_what_arp_says() -> None:
    packet = seen(Frame.build(_B, _A, ARP, _REQUEST))
    packet.change_network(64, 48, 0x020000000077)
    assert packet.result().payload == attrs.evolve(_REQUEST, sender_mac=Mac(0x020000000077))
