"""What tunnels have to know of the packets that they carry (net/ipv4/ip_tunnel_core.c, net/core/flow_dissector.c)."""

from __future__ import annotations

from typing import Final

from vnetsim.wire import icmp
from vnetsim.wire.ethernet import IPV4, Frame
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.inet import BROADCAST4
from vnetsim.wire.ipv4 import ICMP, Packet
from vnetsim.wire.tcp import Tcp
from vnetsim.wire.udp import Udp

#: The smallest MTU that is reported to a sender.
_LEAST_PMTU: Final = 576


def may_lower_pmtu(packet: Packet, mtu: int) -> bool:
    """iptunnel_pmtud_check_icmp"""
    if mtu < _LEAST_PMTU or not packet.dont_fragment or packet.is_fragment:
        return False
    source = packet.source
    if packet.destination == BROADCAST4 or packet.destination.is_multicast:
        return False
    if not source or source.is_loopback or source.is_multicast or source == BROADCAST4:
        return False
    return not (isinstance(packet.payload, Icmp) and packet.payload.is_error)


def too_long(frame: Frame, packet: Packet, mtu: int) -> Frame:
    """iptunnel_pmtud_build_icmp: fragmentation needed, from where the packet was going."""
    message = Icmp.build(icmp.DESTINATION_UNREACHABLE, icmp.FRAGMENTATION_NEEDED, mtu, packet.encode()[: icmp.QUOTE])
    answer = Packet.build(packet.destination, packet.source, ICMP, message, ttl=packet.ttl, dont_fragment=True)
    return Frame.build(frame.source, frame.destination, IPV4, answer)


def flow(frame: Frame) -> bytes:
    """The key of a flow, the same in both directions (net/core/flow_dissector.c)."""
    packet = frame.payload
    if not isinstance(packet, Packet):
        return frame.ethertype.to_bytes(2, "big")
    ends = sorted((packet.source, packet.destination))
    ports: list[int] = []
    if isinstance(packet.payload, (Udp, Tcp)) and not packet.is_fragment:
        ports = sorted((packet.payload.source_port, packet.payload.destination_port))
    return repr((packet.protocol, *map(int, ends), *ports)).encode()
