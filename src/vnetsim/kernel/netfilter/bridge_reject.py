"""The answer of `reject` to a bridged packet (net/bridge/netfilter/nft_reject_bridge.c, nf_reject_skb_v4_unreach).

It comes from the address that the packet was for, in a frame back to the sender.
"""

from __future__ import annotations

from typing import Final

import attrs

from vnetsim.kernel.netfilter.reject import reset_of
from vnetsim.netfilter.nft.frame import NO_PACKET, packet_of
from vnetsim.wire import icmp, icmpv6, ipv4, ipv6
from vnetsim.wire.ethernet import HEADER_LENGTH, TAG_LENGTH, Frame, Tagged
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.icmpv6 import Icmpv6

_CODES: Final = {
    "icmp-net-unreachable": 0, "icmp-host-unreachable": 1, "icmp-proto-unreachable": 2, "icmp-port-unreachable": 3,
    "icmp-net-prohibited": 9, "icmp-host-prohibited": 10, "icmp-admin-prohibited": 13,
}  # fmt: skip
_CODES6: Final = {
    "icmp6-no-route": 0, "icmp6-adm-prohibited": 1, "icmp6-addr-unreachable": 3, "icmp6-port-unreachable": 4,
    "icmp6-policy-fail": 5, "icmp6-reject-route": 6,
}  # fmt: skip
_TTL: Final = 64
#: Messages of ICMP below it are errors, for ICMPv6; of ICMP those that are none.
_INFORMATION6: Final = 128
_INFORMATION: Final = (0, 8, 13, 14, 15, 16, 17, 18)


def answer_to(frame: Frame, kind: str) -> Frame | None:
    """None where nothing is answered: to frames for several stations, fragments and errors."""
    packet = packet_of(frame)
    if packet is NO_PACKET or frame.destination >> 40 & 1:
        return None
    reply = _answer4(packet, kind) if isinstance(packet, ipv4.Packet) else _answer6(packet, kind)
    if reply is None:
        return None
    payload = frame.payload
    if isinstance(payload, Tagged):
        tagged = attrs.evolve(payload, payload=reply, length=TAG_LENGTH + reply.length)
        return Frame(frame.source, frame.destination, frame.ethertype, tagged, HEADER_LENGTH + tagged.length)
    return Frame(frame.source, frame.destination, frame.ethertype, reply, HEADER_LENGTH + reply.length)


def _answer4(packet: ipv4.Packet, kind: str) -> ipv4.Packet | None:
    payload = packet.payload
    if packet.fragment_offset:
        return None
    if kind == "tcp-reset":
        reset = reset_of(payload)
        if reset is None:
            return None
        return ipv4.Packet.build(packet.destination, packet.source, ipv4.TCP, reset, ttl=_TTL, dont_fragment=True)
    if isinstance(payload, Icmp) and payload.type not in _INFORMATION:
        return None
    error = icmp.error(icmp.DESTINATION_UNREACHABLE, _CODES[kind], packet)
    return ipv4.Packet.build(packet.destination, packet.source, ipv4.ICMP, error, ttl=_TTL, dont_fragment=True)


def _answer6(packet: ipv6.Packet, kind: str) -> ipv6.Packet | None:
    payload = packet.payload
    if kind == "tcp-reset":
        reset = reset_of(payload)
        return None if reset is None else ipv6.Packet.build(packet.destination, packet.source, ipv4.TCP, reset)
    if isinstance(payload, Icmpv6) and payload.type < _INFORMATION6:
        return None
    error = icmpv6.error(icmpv6.DESTINATION_UNREACHABLE, _CODES6[kind], packet)
    return ipv6.Packet.build(packet.destination, packet.source, ipv6.ICMPV6, error)
