"""What netfilter needs of IPv6 (net/ipv6/netfilter.c, net/ipv6/netfilter/nf_reject_ipv6.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from vnetsim.errors import KernelError
from vnetsim.kernel.fib.info import FibResult, Flowi, Transport
from vnetsim.kernel.ipv6.route import Rt6Info
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.netfilter.reject import reset_of
from vnetsim.wire import icmpv6
from vnetsim.wire.ethernet import IPV6, Frame
from vnetsim.wire.inet import LOOPBACK6, Address, IPv6
from vnetsim.wire.ipv4 import TCP
from vnetsim.wire.ipv6 import Packet
from vnetsim.wire.mac import UNKNOWN

if TYPE_CHECKING:
    from vnetsim.kernel.fib.tables import Fib
    from vnetsim.kernel.ipv6.icmp import Icmp6
    from vnetsim.kernel.ipv6.ip6 import Ip6
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.netfilter.packet import IpPacket

_CODES: Final = {
    "icmp6-no-route": icmpv6.NO_ROUTE,
    "icmp6-adm-prohibited": icmpv6.ADMINISTRATIVELY_PROHIBITED,
    "icmp6-addr-unreachable": icmpv6.ADDRESS_UNREACHABLE,
    "icmp6-port-unreachable": icmpv6.PORT_UNREACHABLE,
    "icmp6-policy-fail": icmpv6.POLICY_FAILED,
    "icmp6-reject-route": icmpv6.REJECT_ROUTE,
}
_NO_LIMIT: Final = 0xFFFFFFFF


class NfIpv6:
    """Implements kernel.netfilter.ip_ops.NfIpOps."""

    def __init__(self, ip6: Ip6, icmp6: Icmp6) -> None:
        self._ip6 = ip6
        self._icmp6 = icmp6

    def defrag(self, skb: Skb) -> Packet | None:
        packet = skb.frame.payload
        assert isinstance(packet, Packet)
        return self._ip6.reassembly.add(skb, packet)

    def route_me_harder(self, skb: Skb) -> bool:
        return self._ip6.route_me_harder(skb)

    def address_type(self, address: Address, device: str) -> str:
        assert isinstance(address, IPv6)
        return self._ip6.routes.address_type(address, device)

    @property
    def fib(self) -> Fib:
        return self._ip6.routes.fib

    def path_mtu(self, address: Address) -> int:
        routes, address = self._ip6.routes, IPv6(address)
        try:
            return routes.path_mtu(routes.route_output(address), address)
        except KernelError:
            return _NO_LIMIT

    def masquerade_address(self, out: Device, towards: Address) -> Address | None:
        return self._ip6.routes.select_source(out, IPv6(towards))

    def redirect_address(self, device: Device | None) -> Address | None:
        if device is None:
            return LOOPBACK6
        return next((ifa.address for ifa in device.ip6.addresses if not ifa.tentative), None)

    def duplicate(self, packet: IpPacket, gateway: Address, device: Device | None, *, arrived: bool) -> None:
        assert isinstance(packet, Packet)
        try:
            found = self._ip6.routes.route_output(IPv6(gateway), None, device)
        except KernelError:
            return
        route = Rt6Info(found.device, found.gateway or IPv6(gateway), found.source, found.text)
        copy = attrs.evolve(packet, hop_limit=packet.hop_limit - arrived)
        host = self._ip6.namespace.host
        host.packets += 1
        assert found.device is not None
        skb = Skb(Frame(UNKNOWN, UNKNOWN, IPV6, copy, 14 + copy.length), host.packets, found.device)
        skb.ctstate, skb.dirty = "UNTRACKED", True
        self._ip6.send_skb(skb, route)

    def flow_route(self, address: Address, mark: int) -> Rt6Info:
        return self._ip6.routes.route_output(IPv6(address), mark=mark)

    def flow_lookup(self, flow: Flowi) -> FibResult:
        return self._ip6.routes.fib.lookup(flow)

    def flow_send(self, skb: Skb, packet: IpPacket, route: Any) -> None:
        assert isinstance(packet, Packet)
        self._ip6.forward_fast(skb, packet, route)

    def reject(self, skb: Skb, kind: str) -> None:
        packet = skb.frame.payload
        assert isinstance(packet, Packet)
        if kind == "tcp-reset":
            self._send_reset(skb, packet)
        else:
            self._icmp6.error(skb, packet, icmpv6.DESTINATION_UNREACHABLE, _CODES[kind])

    def _send_reset(self, skb: Skb, packet: Packet) -> None:
        """nf_send_reset6."""
        answer, ip6 = reset_of(packet.payload), self._ip6
        if answer is None:
            return
        mark = self._icmp6.reply_mark(skb)
        transport = Transport(TCP, answer.source_port, answer.destination_port)
        try:
            route = ip6.routes.route_output(packet.source, packet.destination, mark=mark, transport=transport)
        except KernelError:
            return
        limit = ip6.hop_limit(route)
        reply = Packet.build(packet.destination, packet.source, TCP, answer, hop_limit=limit)
        ip6.send(reply, route, mark, about=skb)
