"""Which of several cables a frame takes: the hash of its headers (bond_main.c: bond_xmit_hash, bond_flow_dissect).

Policies: layer2, layer2+3, layer3+4, vlan+srcmac.  Numbers are combined as a little-endian machine does.  Not
modelled: encap2+3 and encap3+4, which look into tunnels; ports of ESP, AH, SCTP and DCCP.
"""

from __future__ import annotations

from typing import Final

from vnetsim.wire import icmp, ipv4, ipv6
from vnetsim.wire.ethernet import Frame, Tagged
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.icmpv6 import Icmpv6
from vnetsim.wire.inet import Address
from vnetsim.wire.tcp import Tcp
from vnetsim.wire.udp import Udp

POLICIES: Final = ("layer2", "layer2+3", "layer3+4", "encap2+3", "encap3+4", "vlan+srcmac")
_WORD: Final = 0xFFFFFFFF
#: ICMP messages with an identifier (icmp_has_id), and those about another packet (icmp_is_err).
_WITH_ID: Final = frozenset({icmp.ECHO_REPLY, icmp.ECHO_REQUEST, 13, 14, 128, 129})


def xmit_hash(policy: str, frame: Frame) -> int:
    """bond_xmit_hash"""
    inner, payload = frame.ethertype, frame.payload
    vlan = 0
    if isinstance(payload, Tagged):
        # The tag is beside the frame as long as the bond has it (vlan_tci).
        vlan, inner, payload = payload.priority << 13 | payload.vlan, payload.ethertype, payload.payload
    if policy == "vlan+srcmac":
        return vlan ^ (frame.source >> 24) ^ (frame.source & 0xFFFFFF)
    by_address = (frame.destination & 0xFF) ^ (frame.source & 0xFF) ^ inner
    if policy == "layer2" or not isinstance(payload, (ipv4.Packet, ipv6.Packet)):
        return by_address
    if policy == "layer3+4":
        return _of_ip(_of_transport(payload), payload.source, payload.destination) >> 1
    return _of_ip(by_address, payload.source, payload.destination)


def _of_ip(value: int, source: Address, destination: Address) -> int:
    """bond_ip_hash"""
    value ^= _word(source) ^ _word(destination)
    value ^= value >> 16
    return value ^ value >> 8


def _word(address: Address) -> int:
    """flow_get_u32_src: an IPv6 address is folded (ipv6_addr_hash)."""
    folded, rest = 0, int(address)
    while rest:
        folded, rest = folded ^ rest & _WORD, rest >> 32
    return int.from_bytes(folded.to_bytes(4, "big"), "little")


def _of_transport(packet: ipv4.Packet | ipv6.Packet) -> int:
    """Ports, or type, code and identifier of ICMP; 0 for a fragment and for other protocols."""
    payload = packet.payload
    if isinstance(payload, (Tcp, Udp)):
        return _swapped(payload.source_port) | _swapped(payload.destination_port) << 16
    if isinstance(payload, (Icmp, Icmpv6)) and payload.type in _WITH_ID:
        return payload.type | payload.code << 8 | (payload.rest >> 16 or 1) << 16
    return 0


def _swapped(port: int) -> int:
    return (port & 0xFF) << 8 | port >> 8
