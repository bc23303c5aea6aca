"""Frames to hold conditions of ebtables against."""

from __future__ import annotations

from typing import Any

from vnetsim.netfilter.ebtables.frame import FrameInfo
from vnetsim.wire import ipv4, ipv6
from vnetsim.wire.arp import Arp
from vnetsim.wire.ethernet import ARP, IPV4, IPV6, VLAN, Frame, Payload, Tagged
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.icmpv6 import Icmpv6
from vnetsim.wire.inet import IPv4, IPv6
from vnetsim.wire.mac import BROADCAST, Mac
from vnetsim.wire.tcp import Tcp

A, B = Mac.parse("02:00:00:00:00:0a"), Mac.parse("02:00:00:00:00:0b")
ONE, TWO = IPv4.parse("10.0.0.1"), IPv4.parse("10.0.0.2")


def framed(ethertype: int, payload: Payload, to: Mac = B, **fields: Any) -> FrameInfo:
    return FrameInfo(Frame.build(to, A, ethertype, payload), "pa", "pb", "br0", "br0", **fields)


def segment() -> FrameInfo:
    """A segment of TCP from port 40000 to port 80, with TOS 0x10."""
    return framed(IPV4, ipv4.Packet.build(ONE, TWO, 6, Tcp.build(40000, 80, 1, 0, 2, 64240), tos=0x10))


def ping() -> FrameInfo:
    return framed(IPV4, ipv4.Packet.build(ONE, TWO, 1, Icmp.echo_request(7, 1, bytes(56))))


def ping6() -> FrameInfo:
    packet = ipv6.Packet.build(IPv6.parse("fd00::1"), IPv6.parse("fd00::2"), 58, Icmpv6.echo_request(7, 1, bytes(56)))
    return framed(IPV6, packet)


def request() -> FrameInfo:
    return framed(ARP, Arp.request(A, ONE, TWO), BROADCAST)


def gratuitous() -> FrameInfo:
    return framed(ARP, Arp.request(A, ONE, ONE), BROADCAST)


def tagged() -> FrameInfo:
    return framed(VLAN, Tagged.build(10, 3, IPV4, ipv4.Packet.build(ONE, TWO, 17, b"")))
