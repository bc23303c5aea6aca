"""Telling the sender that netfilter rejected a packet (net/ipv4/netfilter/nf_reject_ipv4.c, nf_reject_ipv6.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vnetsim.errors import KernelError
from vnetsim.kernel.fib.info import Transport
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.wire import icmp, icmpv6, ipv4, ipv6, tcp
from vnetsim.wire.ipv4 import TCP
from vnetsim.wire.tcp import Tcp

if TYPE_CHECKING:
    from vnetsim.kernel.netns import NetworkNamespace

_CODES: Final = {
    "icmp-net-unreachable": icmp.NET_UNREACHABLE,
    "icmp-host-unreachable": icmp.HOST_UNREACHABLE,
    "icmp-proto-unreachable": icmp.PROTOCOL_UNREACHABLE,
    "icmp-port-unreachable": icmp.PORT_UNREACHABLE,
    "icmp-net-prohibited": icmp.NET_PROHIBITED,
    "icmp-host-prohibited": icmp.HOST_PROHIBITED,
    "icmp-admin-prohibited": icmp.COMMUNICATION_PROHIBITED,
    "icmp6-no-route": icmpv6.NO_ROUTE,
    "icmp6-adm-prohibited": icmpv6.ADMINISTRATIVELY_PROHIBITED,
    "icmp6-addr-unreachable": icmpv6.ADDRESS_UNREACHABLE,
    "icmp6-port-unreachable": icmpv6.PORT_UNREACHABLE,
    "icmp6-policy-fail": icmpv6.POLICY_FAILED,
    "icmp6-reject-route": icmpv6.REJECT_ROUTE,
}


def reject(namespace: NetworkNamespace, skb: Skb, kind: str) -> None:
    """Answer with the ICMP error that `kind` names, or with a TCP reset."""
    packet = skb.frame.payload
    if isinstance(packet, ipv4.Packet):
        if kind == "tcp-reset":
            _reset(namespace, skb, packet)
        else:
            namespace.icmp.error(skb, packet, icmp.DESTINATION_UNREACHABLE, _CODES[kind])
        return
    assert isinstance(packet, ipv6.Packet)
    if kind == "tcp-reset":
        _reset6(namespace, skb, packet)
    else:
        namespace.icmp6.error(skb, packet, icmpv6.DESTINATION_UNREACHABLE, _CODES[kind])


def _answer(segment: object) -> Tcp | None:
    """nf_send_reset: what a closed port would have answered (RFC 9293, 3.10.7.1)."""
    if not isinstance(segment, Tcp) or segment.flags & tcp.RST:
        return None
    acknowledged = bool(segment.flags & tcp.ACK)
    size = len(segment.data) + bool(segment.flags & tcp.SYN) + bool(segment.flags & tcp.FIN)
    return Tcp.build(
        segment.destination_port, segment.source_port,
        sequence=segment.acknowledgement if acknowledged else 0,
        acknowledgement=0 if acknowledged else segment.sequence + size & 0xFFFFFFFF,
        flags=tcp.RST if acknowledged else tcp.RST | tcp.ACK, window=0,
    )  # fmt: skip


def _reset(namespace: NetworkNamespace, skb: Skb, packet: ipv4.Packet) -> None:
    answer, ip = _answer(packet.payload), namespace.ip
    if answer is None:
        return
    mark = namespace.icmp.reply_mark(skb)
    try:
        transport = Transport(TCP, answer.source_port, answer.destination_port)
        route = ip.route_output(packet.source, packet.destination, mark=mark, transport=transport)
    except KernelError:
        return
    reply = ipv4.Packet.build(packet.destination, packet.source, TCP, answer, ttl=ip.default_ttl, dont_fragment=True)
    ip.send(reply, route, mark, about=skb)


def _reset6(namespace: NetworkNamespace, skb: Skb, packet: ipv6.Packet) -> None:
    answer, ip6 = _answer(packet.payload), namespace.ip6
    if answer is None:
        return
    mark = namespace.icmp6.reply_mark(skb)
    try:
        transport = Transport(TCP, answer.source_port, answer.destination_port)
        route = ip6.route_output(packet.source, packet.destination, mark=mark, transport=transport)
    except KernelError:
        return
    reply = ipv6.Packet.build(packet.destination, packet.source, TCP, answer, hop_limit=ip6.hop_limit(route.device))
    ip6.send(reply, route, mark, about=skb)
