"""What netfilter needs of IPv4 (net/ipv4/netfilter.c, net/ipv4/netfilter/nf_reject_ipv4.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from vnetsim.errors import KernelError
from vnetsim.kernel.fib.info import LINK, FibResult, Flowi, Transport
from vnetsim.kernel.ipv4.rtable import Rtable
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.netfilter.reject import reset_of
from vnetsim.wire import icmp
from vnetsim.wire.ethernet import IPV4, Frame
from vnetsim.wire.inet import LOOPBACK4, Address, IPv4
from vnetsim.wire.ipv4 import TCP, Packet
from vnetsim.wire.mac import UNKNOWN

if TYPE_CHECKING:
    from vnetsim.kernel.fib.tables import Fib
    from vnetsim.kernel.ipv4.icmp import Icmp4
    from vnetsim.kernel.ipv4.ip import Ip4
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.netfilter.packet import IpPacket

_CODES: Final = {
    "icmp-net-unreachable": icmp.NET_UNREACHABLE,
    "icmp-host-unreachable": icmp.HOST_UNREACHABLE,
    "icmp-proto-unreachable": icmp.PROTOCOL_UNREACHABLE,
    "icmp-port-unreachable": icmp.PORT_UNREACHABLE,
    "icmp-net-prohibited": icmp.NET_PROHIBITED,
    "icmp-host-prohibited": icmp.HOST_PROHIBITED,
    "icmp-admin-prohibited": icmp.COMMUNICATION_PROHIBITED,
}
_NO_LIMIT: Final = 0xFFFFFFFF


class NfIpv4:
    """Implements kernel.netfilter.ip_ops.NfIpOps."""

    def __init__(self, ip: Ip4, icmp: Icmp4) -> None:
        self._ip = ip
        self._icmp = icmp

    def defrag(self, skb: Skb) -> Packet | None:
        packet = skb.frame.payload
        assert isinstance(packet, Packet)
        whole = self._ip.reassembly.add(skb, packet)
        # It may be fragmented again even with DF.
        skb.frag_max_size = 1
        return whole

    def route_me_harder(self, skb: Skb) -> bool:
        return self._ip.route_me_harder(skb)

    def address_type(self, address: Address, device: str) -> str:
        assert isinstance(address, IPv4)
        return self._ip.routes.address_type(address, device)

    @property
    def fib(self) -> Fib:
        return self._ip.routes.fib

    def path_mtu(self, address: Address) -> int:
        routes, address = self._ip.routes, IPv4(address)
        try:
            return routes.mtu(routes.route_output(address), address)
        except KernelError:
            return _NO_LIMIT

    def masquerade_address(self, out: Device, towards: Address) -> Address | None:
        return self._ip.routes.select_source(out.index, towards, LINK) or None

    def redirect_address(self, device: Device | None) -> Address | None:
        if device is None:
            return LOOPBACK4
        return device.ip.addresses[0].local if device.ip.addresses else None

    def duplicate(self, packet: IpPacket, gateway: Address, device: Device | None, *, arrived: bool) -> None:
        assert isinstance(packet, Packet)
        try:
            found = self._ip.routes.route_output(IPv4(gateway), None, device, tos=packet.tos)
        except KernelError:
            return
        route = Rtable(found.device, found.gateway or gateway, found.source, found.text)
        copy = attrs.evolve(packet, dont_fragment=True, ttl=packet.ttl - arrived)
        host = self._ip.namespace.host
        host.packets += 1
        assert found.device is not None
        skb = Skb(Frame(UNKNOWN, UNKNOWN, IPV4, copy, 14 + copy.length), host.packets, found.device)
        skb.ctstate, skb.dirty = "UNTRACKED", True
        self._ip.send_skb(skb, route)

    def flow_route(self, address: Address, mark: int) -> Rtable:
        return self._ip.routes.route_output(IPv4(address), mark=mark)

    def flow_lookup(self, flow: Flowi) -> FibResult:
        return self._ip.routes.fib.lookup(flow)

    def flow_send(self, skb: Skb, packet: IpPacket, route: Any) -> None:
        assert isinstance(packet, Packet)
        self._ip.forward_fast(skb, packet, route)

    def reject(self, skb: Skb, kind: str) -> None:
        packet = skb.frame.payload
        assert isinstance(packet, Packet)
        if kind == "tcp-reset":
            self._send_reset(skb, packet)
        else:
            self._icmp.error(skb, packet, icmp.DESTINATION_UNREACHABLE, _CODES[kind])

    def _send_reset(self, skb: Skb, packet: Packet) -> None:
        """nf_send_reset."""
        answer, ip = reset_of(packet.payload), self._ip
        if answer is None:
            return
        mark = self._icmp.reply_mark(skb)
        transport = Transport(TCP, answer.source_port, answer.destination_port)
        try:
            route = ip.routes.route_output(packet.source, packet.destination, mark=mark, transport=transport)
        except KernelError:
            return
        ttl = route.hoplimit or ip.default_ttl
        reply = Packet.build(packet.destination, packet.source, TCP, answer, ttl=ttl, dont_fragment=True)
        ip.send(reply, route, mark, about=skb)
