"""Telling the sender that netfilter rejected a packet (net/ipv4/netfilter/nf_reject_ipv4.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vnetsim.errors import KernelError
from vnetsim.kernel.buffer import Skb
from vnetsim.wire import icmp, tcp
from vnetsim.wire.ipv4 import TCP, Packet
from vnetsim.wire.tcp import Tcp

if TYPE_CHECKING:
    from vnetsim.kernel.namespace import NetworkNamespace

_CODES: Final = {
    "icmp-net-unreachable": icmp.NET_UNREACHABLE,
    "icmp-host-unreachable": icmp.HOST_UNREACHABLE,
    "icmp-proto-unreachable": icmp.PROTOCOL_UNREACHABLE,
    "icmp-port-unreachable": icmp.PORT_UNREACHABLE,
    "icmp-net-prohibited": icmp.NET_PROHIBITED,
    "icmp-host-prohibited": icmp.HOST_PROHIBITED,
    "icmp-admin-prohibited": icmp.COMMUNICATION_PROHIBITED,
}


def reject(namespace: NetworkNamespace, skb: Skb, kind: str) -> None:
    """Answer with the ICMP error that `kind` names, or with a TCP reset."""
    packet = skb.frame.payload
    assert isinstance(packet, Packet)
    if kind == "tcp-reset":
        _reset(namespace, packet)
    else:
        namespace.icmp.error(skb, packet, icmp.DESTINATION_UNREACHABLE, _CODES[kind])


def _reset(namespace: NetworkNamespace, packet: Packet) -> None:
    """nf_send_reset: what a closed port would have answered (RFC 9293, 3.10.7.1)."""
    segment = packet.payload
    if not isinstance(segment, Tcp) or segment.flags & tcp.RST:
        return
    acknowledged = bool(segment.flags & tcp.ACK)
    size = len(segment.data) + bool(segment.flags & tcp.SYN) + bool(segment.flags & tcp.FIN)
    answer = Tcp.build(
        segment.destination_port, segment.source_port,
        sequence=segment.acknowledgement if acknowledged else 0,
        acknowledgement=0 if acknowledged else segment.sequence + size & 0xFFFFFFFF,
        flags=tcp.RST if acknowledged else tcp.RST | tcp.ACK, window=0,
    )  # fmt: skip
    try:
        route = namespace.ip.route_output(packet.source, packet.destination)
    except KernelError:
        return
    reply = Packet.build(
        packet.destination, packet.source, TCP, answer, ttl=namespace.ip.default_ttl, dont_fragment=True
    )
    namespace.ip.send(reply, route)
