"""The UDP sockets of a WireGuard device, which stay in the namespace it was made in (wireguard/socket.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.ipv6.netns import InetNetns
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.transport.udp import UdpSock, UdpTable
from vnetsim.kernel.transport.udp6 import UdpSock6, UdpTable6
from vnetsim.values import define
from vnetsim.wire import ipv4, ipv6
from vnetsim.wire.ethernet import HEADER_LENGTH, IPV4, IPV6, Frame
from vnetsim.wire.inet import ANY4, ANY6, Address, IPv4, IPv6
from vnetsim.wire.mac import UNKNOWN
from vnetsim.wire.udp import Udp

if TYPE_CHECKING:
    from collections.abc import Callable

    from vnetsim.kernel.netdev.device import Device

Packet: TypeAlias = ipv4.Packet | ipv6.Packet
Receive: TypeAlias = "Callable[[Skb, Packet, Udp], None]"


class WireguardNetns(InetNetns):
    """A namespace with UDP; kernel.netns sets these."""

    udp: UdpTable
    udp6: UdpTable6


@define(eq=False)
class WgEndpoint:
    """Where a peer is, and from which address and by which device this host was reached by it, once it was."""

    address: Address
    port: int
    source: Address | None = None
    via: Device | None = None

    def clear_source(self) -> None:
        self.source = self.via = None


class WgSockets:
    """One socket of each family, at the same port."""

    def __init__(self, underlay: WireguardNetns, receive: Receive, port: int) -> None:
        """wg_socket_init: KernelError(EADDRINUSE); any free port for 0."""
        self._underlay = underlay
        self._four, self._six = UdpSock(underlay.udp), UdpSock6(underlay.udp6)
        self._four.bind(ANY4, port)
        try:
            self._six.bind(ANY6, self._four.port, only_v6=True)
        except KernelError:
            self._four.close()
            raise
        self._four.on_datagram = self._six.on_datagram = receive
        self.port = self._four.port

    def close(self) -> None:
        self._four.close()
        self._six.close()

    def send(self, skb: Skb, data: bytes, to: WgEndpoint, tos: int, mark: int) -> Errno | None:
        """Send the bytes as the packet `skb`: an error if they cannot leave."""
        datagram = Udp.build(self.port, to.port, data)
        skb.mark = mark
        try:
            if isinstance(to.address, IPv4):
                return self._send4(skb, datagram, to, to.address, tos)
            return self._send6(skb, datagram, to, to.address, tos)
        except KernelError as error:
            self._underlay.drop(skb, skb.device, DropReason.IP_INNOROUTES, str(to.address))
            return error.errno

    def _send4(self, skb: Skb, datagram: Udp, to: WgEndpoint, address: IPv4, tos: int) -> Errno | None:
        ip = self._underlay.ip
        if to.source is not None and not ip.routes.is_local(IPv4(to.source)):
            to.clear_source()
        source = None if to.source is None else IPv4(to.source)
        try:
            route = ip.routes.route_output(address, source, None, skb.mark)
        except KernelError:
            route = None
        if to.via is not None and (route is None or route.device is not to.via):
            to.clear_source()
            source = route = None
        if route is None:
            route = ip.routes.route_output(address, None, None, skb.mark)
        packet = ipv4.Packet.build(
            source or route.source, address, ipv4.UDP, datagram, ttl=route.hoplimit or ip.default_ttl, tos=tos,
            identification=ip.next_identification(), dont_fragment=False,
        )  # fmt: skip
        assert route.device is not None
        skb.device = route.device
        skb.frame = Frame(UNKNOWN, UNKNOWN, IPV4, packet, HEADER_LENGTH + packet.length)
        return ip.send_skb(skb, route)

    def _send6(self, skb: Skb, datagram: Udp, to: WgEndpoint, address: IPv6, tos: int) -> Errno | None:
        ip6 = self._underlay.ip6
        if to.source is not None and not ip6.routes.is_local(IPv6(to.source)):
            to.clear_source()
        source = None if to.source is None else IPv6(to.source)
        route = ip6.routes.route_output(address, source, None, skb.mark)
        length = ipv6.HEADER_LENGTH + datagram.length
        packet = ipv6.Packet(
            source or route.source, address, ipv6.UDP, datagram, ip6.hop_limit(route), tos, 0, b"", None, length
        )
        assert route.device is not None
        skb.device = route.device
        skb.frame = Frame(UNKNOWN, UNKNOWN, IPV6, packet, HEADER_LENGTH + packet.length)
        return ip6.send_skb(skb, route)
