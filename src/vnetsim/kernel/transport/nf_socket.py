"""The socket that a packet would reach, for rules that ask (nf_socket_ipv4.c, nf_socket_ipv6.c).

An ICMP error counts for the socket of the packet that it is about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vnetsim.wire.icmp import Icmp
from vnetsim.wire.icmpv6 import Icmpv6
from vnetsim.wire.inet import Address, IPv4, IPv6
from vnetsim.wire.tcp import Tcp
from vnetsim.wire.udp import Udp

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.transport.tcp import TcpTable
    from vnetsim.kernel.transport.udp import UdpTable
    from vnetsim.kernel.transport.udp6 import UdpTable6
    from vnetsim.netfilter.packet import IpPacket


class SocketLookup:
    """nf_sk_lookup_slow_v4, nf_sk_lookup_slow_v6."""

    def __init__(self, tcp: TcpTable, udp: UdpTable, udp6: UdpTable6) -> None:
        self._tcp, self._udp, self._udp6 = tcp, udp, udp6

    def find(self, packet: IpPacket, device: Device | None) -> str:
        """`address`, or `wildcard` for a socket that is bound to no address; "" if there is none."""
        payload = packet.payload
        source, destination = packet.source, packet.destination
        if isinstance(payload, (Icmp, Icmpv6)) and payload.is_error:
            about = payload.quoted()
            if about is None or not isinstance(about.payload, (Tcp, Udp)):
                return ""
            payload, source, destination = about.payload, about.destination, about.source
            ports = payload.destination_port, payload.source_port
        elif isinstance(payload, (Tcp, Udp)):
            ports = payload.source_port, payload.destination_port
        else:
            return ""
        if isinstance(payload, Tcp):
            return self._tcp_socket(source, ports[0], destination, ports[1], device)
        return self._udp_socket(source, ports[0], destination, ports[1], device)

    def _tcp_socket(
        self, source: Address, source_port: int, destination: Address, port: int, device: Device | None
    ) -> str:
        if (destination, port, source, source_port) in self._tcp.connections:
            return "address"
        listener = self._tcp.listener(destination, port, device)
        if listener is None:
            return ""
        return "address" if listener.address else "wildcard"

    def _udp_socket(
        self, source: Address, source_port: int, destination: Address, port: int, device: Device | None
    ) -> str:
        found = (
            self._udp.lookup(IPv4(source), source_port, IPv4(destination), port, None)
            if destination.version == 4
            else self._udp6.lookup(IPv6(source), source_port, IPv6(destination), port, device)
        )
        if found is None:
            return ""
        return "address" if found.address else "wildcard"
