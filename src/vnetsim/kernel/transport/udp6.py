"""UDP of IPv6 (net/ipv6/udp.c).

A socket that is bound to `::` receives IPv4 as well, and may send it to addresses like ::ffff:10.0.0.1.
Not modelled: connecting a socket to an IPv4 address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.kernel.fib.info import Transport
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.transport.af_inet6 import check_own, link_of, mapped, needs_link, unmapped
from vnetsim.kernel.transport.sock import InetSock, check_sent
from vnetsim.observations import SocketEntry
from vnetsim.sockets import Datagram
from vnetsim.wire import icmpv6, ipv4
from vnetsim.wire.icmpv6 import Icmpv6
from vnetsim.wire.inet import ANY6, Address, IPv4, IPv6
from vnetsim.wire.ipv6 import HEADER_LENGTH, UDP, Packet
from vnetsim.wire.udp import Udp

if TYPE_CHECKING:
    from collections.abc import Callable

    from vnetsim.kernel.ipv6.route import Rt6Info
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.transport.udp import UdpTable

#: Bytes behind the IPv6 header, at most.
_LONGEST: Final = 0xFFFF
#: Fatal errors of icmpv6_err_convert.
_FATAL: Final = {
    icmpv6.ADMINISTRATIVELY_PROHIBITED: Errno.EACCES,
    icmpv6.PORT_UNREACHABLE: Errno.ECONNREFUSED,
    icmpv6.POLICY_FAILED: Errno.EACCES,
    icmpv6.REJECT_ROUTE: Errno.EACCES,
}


class UdpSock6(InetSock[IPv6]):
    """A UDP socket of IPv6; `on_datagram`, if set, gets datagrams instead of the reader (encap_rcv)."""

    def __init__(self, table: UdpTable6) -> None:
        super().__init__(table.namespace, table.four.owners, ANY6)
        self._table = table
        #: Gets the errors about what this socket sent (IPV6_RECVERR).
        self.on_error: Callable[[Icmpv6, Packet, Udp, Device], None] | None = None
        self.on_datagram: Callable[[Skb, Packet, Udp], None] | None = None
        self._only_v6 = False
        #: The only device that it uses, once it has used an address that belongs to one link.
        self.device: Device | None = None
        self._route: Rt6Info | None = None
        self._route_generation = -1

    def bind(self, address: Address, port: int, *, only_v6: bool = False, zone: str | None = None) -> None:
        address = _as_ipv6(address)
        device = link_of(self._namespace, address, zone, self.device)
        check_own(self._namespace, address, device)
        self._only_v6, self.device = only_v6, device
        self._table.claim(self, address, port)

    def connect(self, address: Address, port: int, zone: str | None = None) -> None:
        address = _as_ipv6(address)
        self.device = link_of(self._namespace, address, zone, self.device)
        self._autobind()
        transport = Transport(UDP, self.port, port)
        route = self._namespace.ip6.routes.route_output(address, self.address or None, self.device, transport=transport)
        self.address = self.address or route.source
        self.remote, self.remote_port = address, port

    def send(self, data: bytes) -> None:
        if self.remote is None:
            raise KernelError(Errno.EDESTADDRREQ)
        ip6 = self._namespace.ip6
        if self._route is None or self._route_generation != ip6.routes.generation:
            transport = Transport(UDP, self.port, self.remote_port)
            self._route = ip6.routes.route_output(self.remote, self.address or None, self.device, transport=transport)
            self._route_generation = ip6.routes.generation
        self._transmit(data, self._route, self.remote, self.remote_port)

    def send_to(self, data: bytes, address: Address, port: int, zone: str | None = None) -> None:
        if not self.port:
            self._autobind()
        four = unmapped(address)
        if four is not None:
            self._transmit4(data, four, port)
            return
        address, device = IPv6(address), self.device
        if zone is not None and needs_link(address):
            device = self._namespace.device(zone)
        transport = Transport(UDP, self.port, port)
        route = self._namespace.ip6.routes.route_output(address, self.address or None, device, transport=transport)
        self._transmit(data, route, address, port)

    def _unhash(self) -> None:
        self._table.release(self)

    def _autobind(self) -> None:
        if not self.port:
            self._table.claim(self, self.address, 0)

    def _transmit(self, data: bytes, route: Rt6Info, address: IPv6, port: int) -> None:
        self._raise_pending()
        datagram = Udp(self.port, port, data, 8 + len(data))
        if datagram.length > _LONGEST:
            raise KernelError(Errno.EMSGSIZE)
        ip6 = self._namespace.ip6
        limit = 1 if address.is_multicast else ip6.hop_limit(route)
        source, length = self.address or route.source, HEADER_LENGTH + datagram.length
        packet = Packet(source, address, UDP, datagram, limit, 0, 0, b"", None, length)
        check_sent(ip6.send(packet, route, loop=True))

    def _transmit4(self, data: bytes, address: IPv4, port: int) -> None:
        """To an address like ::ffff:10.0.0.1."""
        ip = self._namespace.ip
        if self.address:
            raise KernelError(Errno.ENETUNREACH)
        route = ip.routes.route_output(address, transport=Transport(UDP, self.port, port))
        datagram = Udp(self.port, port, data, 8 + len(data))
        packet = ipv4.Packet.build(
            route.source,
            address,
            UDP,
            datagram,
            ttl=route.hoplimit or ip.default_ttl,
            identification=ip.next_identification(),
        )
        check_sent(ip.send(packet, route))

    @property
    def dual_stack(self) -> bool:
        """Whether it receives IPv4 too."""
        return not self._only_v6 and not self.address and self.remote is None

    def deliver(self, packet: Packet | ipv4.Packet, datagram: Udp, link: Device | None) -> bool:
        """False if its queue is full."""
        if isinstance(packet, ipv4.Packet):
            source, destination = mapped(packet.source, 6), mapped(packet.destination, 6)
            return self._queue.put(Datagram(datagram.data, source, datagram.source_port, destination, packet.ttl))
        zone = None if link is None or not packet.source.is_link_local else link.name
        return self._queue.put(
            Datagram(datagram.data, packet.source, datagram.source_port, packet.destination, packet.hop_limit, zone)
        )

    def entry(self) -> SocketEntry:
        return self._entry(dual_stack=self.dual_stack, device=None if self.device is None else self.device.name)


class UdpTable6:
    """The IPv6 sockets of one namespace by port; `four` has those of IPv4."""

    def __init__(self, four: UdpTable) -> None:
        self.namespace = four.namespace
        self.four = four
        four.six = self
        self._sockets: dict[int, list[UdpSock6]] = {}

    def claim(self, socket: UdpSock6, address: IPv6, port: int) -> None:
        """Give a socket a port: KernelError(EADDRINUSE) if it is taken, any free one of the range for 0."""
        four = self.four
        if port == 0:
            port = four.free_port()
        elif any(_overlap(address, other.address) for other in self._sockets.get(port, ())) or (
            socket.dual_stack and not address and four.is_bound(port)
        ):
            raise KernelError(Errno.EADDRINUSE)
        socket.address, socket.port = address, port
        self._sockets.setdefault(port, []).append(socket)

    def is_bound(self, port: int) -> bool:
        return port in self._sockets

    def dual_stack(self, port: int) -> UdpSock6 | None:
        """The socket that receives IPv4 at this port if no IPv4 socket does."""
        return next((socket for socket in self._sockets.get(port, ()) if socket.dual_stack), None)

    def release(self, socket: UdpSock6) -> None:
        bound = self._sockets.get(socket.port, [])
        if socket in bound:
            bound.remove(socket)
            if not bound:
                del self._sockets[socket.port]

    def receive(self, skb: Skb, packet: Packet) -> None:
        """udpv6_rcv: for the socket that fits best."""
        namespace = self.namespace
        datagram = packet.payload
        if not isinstance(datagram, Udp):
            namespace.drop(skb, skb.device, DropReason.IP_INHDR)
            return
        link = namespace.ip6.routes.link(skb.device, packet.destination)
        ports = datagram.source_port, datagram.destination_port
        hidden = skb.device.l3mdev is not None and not namespace.sysctls.number("net/ipv4/udp_l3mdev_accept")
        socket = None if hidden else self.lookup(packet.source, ports[0], packet.destination, ports[1], link)
        if socket is None:
            namespace.drop(skb, skb.device, DropReason.NO_SOCKET, f"udp port {datagram.destination_port}")
            skb.untrack()
            namespace.icmp6.error(skb, packet, icmpv6.DESTINATION_UNREACHABLE, icmpv6.PORT_UNREACHABLE)
        elif socket.on_datagram is not None:
            socket.on_datagram(skb, packet, datagram)
        elif socket.deliver(packet, datagram, link):
            namespace.delivered(skb, f"udp port {datagram.destination_port}")
        else:
            namespace.drop(skb, skb.device, DropReason.SOCKET_RCVBUFF)

    def lookup(
        self, source: IPv6, source_port: int, destination: IPv6, port: int, link: Device | None
    ) -> UdpSock6 | None:
        """__udp6_lib_lookup: the socket that fits best."""
        best, best_score = None, -1
        for socket in self._sockets.get(port, ()):
            if socket.address and socket.address != destination:
                continue
            if socket.remote is not None and (socket.remote, socket.remote_port) != (source, source_port):
                continue
            if socket.device is not None and socket.device is not link:
                continue
            score = bool(socket.address) + 2 * (socket.remote is not None) + (socket.device is not None)
            if score > best_score:
                best, best_score = socket, score
        return best

    def err(self, packet: Packet, message: Icmpv6, about: Packet, device: Device) -> None:
        """__udp6_lib_err."""
        inner = about.payload
        if not isinstance(inner, Udp):
            return
        link = self.namespace.ip6.routes.link(device, packet.destination)
        socket = self.lookup(about.destination, inner.destination_port, about.source, inner.source_port, link)
        if socket is not None and socket.on_error is not None:
            socket.on_error(message, packet, inner, device)
            return
        if socket is not None and socket.remote is not None and message.type == icmpv6.DESTINATION_UNREACHABLE:
            error = _FATAL.get(message.code)
            if error is not None:
                socket.fail(error)

    def entries(self, port: int | None = None) -> list[SocketEntry]:
        ports = sorted(self._sockets) if port is None else [port]
        return [socket.entry() for each in ports for socket in self._sockets.get(each, ())]


def _as_ipv6(address: Address) -> IPv6:
    if not isinstance(address, IPv6) or unmapped(address) is not None:
        raise NotModelled("an IPv6 socket of UDP that is bound or connected to an IPv4 address")
    return address


def _overlap(one: IPv6, other: IPv6) -> bool:
    return not one or not other or one == other
