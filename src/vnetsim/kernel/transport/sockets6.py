"""IPv6 sockets: where IPv6 packets reach programs (net/ipv6/udp.c, raw.c, datagram.c).

Each class implements a protocol of `vnetsim.process`, as those of kernel.transport.sockets do.  A UDP socket that is
bound to `::` receives IPv4 as well, and may send it to addresses like ::ffff:10.0.0.1.

Not modelled: what kernel.transport.sockets leaves out, connecting a UDP socket to an IPv4 address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.kernel.fib.info import Transport
from vnetsim.kernel.ipv6.source import LINK_LOCAL, scope_of
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.transport.sockets import Inbox
from vnetsim.kernel.transport.tcp_addresses import mapped, unmapped
from vnetsim.observations import SocketEntry
from vnetsim.sockets import Datagram, IcmpMessage
from vnetsim.wire import icmpv6, ipv4
from vnetsim.wire.icmpv6 import PROTOCOL, Icmpv6
from vnetsim.wire.inet import ANY6, Address, IPv4, IPv6
from vnetsim.wire.ipv6 import UDP, Packet
from vnetsim.wire.udp import Udp

if TYPE_CHECKING:
    from collections.abc import Callable

    from vnetsim.kernel.ipv6.netns import InetNetns
    from vnetsim.kernel.ipv6.route import Routes6, Rt6Info
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.transport.owners import Owner
    from vnetsim.kernel.transport.sockets import SocketTable
    from vnetsim.process import Process

#: Bytes behind the IPv6 header, at most.
_LONGEST: Final = 0xFFFF
_HEADER: Final = 40
#: Errors that end what a connected socket waits for (icmpv6_err_convert, where it says fatal).
_FATAL: Final = {
    icmpv6.ADMINISTRATIVELY_PROHIBITED: Errno.EACCES,
    icmpv6.PORT_UNREACHABLE: Errno.ECONNREFUSED,
    icmpv6.POLICY_FAILED: Errno.EACCES,
    icmpv6.REJECT_ROUTE: Errno.EACCES,
}


class UdpSock6:
    """A UDP socket of IPv6."""

    def __init__(self, table: SocketTable6) -> None:
        namespace = self._namespace = table.namespace
        self._table = table
        self.owner: Owner | None = None
        self._inbox = Inbox(namespace.host.engine)
        self.address = ANY6
        self.port = 0
        self.remote: IPv6 | None = None
        self.remote_port = 0
        self.error: Errno | None = None
        self.hears_all = False
        #: Gets the errors about what this socket sent, instead of who calls next (IPV6_RECVERR).
        self.on_error: Callable[[Icmpv6, Packet, Udp, Device], None] | None = None
        self._only_v6 = False
        #: The only device that it sends and hears by, once it has named something that has a meaning on one link only.
        self.device: Device | None = None
        self._route: Rt6Info | None = None
        self._route_generation = -1

    @property
    def local(self) -> tuple[Address, int]:
        return self.address, self.port

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

    def receive(self, timeout: int | None = None) -> Any:
        self._raise_pending()
        return self._inbox.get(timeout)

    def give(self, process: Process, descriptor: int | None = None) -> None:
        owners = self._table.four.owners
        owners.close(self.owner)
        self.owner = owners.take(process, self, descriptor)

    def close(self) -> None:
        self._table.release(self)
        self._table.four.owners.close(self.owner)
        self.owner = None

    def fail(self, error: Errno) -> None:
        """An ICMP error is pending: the next call raises it, and who waits is woken with None."""
        self.error = error
        self._inbox.wake()

    def _autobind(self) -> None:
        if not self.port:
            self._table.claim(self, self.address, 0)

    def _raise_pending(self) -> None:
        error, self.error = self.error, None
        if error is not None:
            raise KernelError(error)

    def _transmit(self, data: bytes, route: Rt6Info, address: IPv6, port: int) -> None:
        self._raise_pending()
        datagram = Udp(self.port, port, data, 8 + len(data))
        if datagram.length > _LONGEST:
            raise KernelError(Errno.EMSGSIZE)
        ip6 = self._namespace.ip6
        limit = 1 if address.is_multicast else ip6.hop_limit(route.device)
        packet = Packet(
            self.address or route.source, address, UDP, datagram, limit, 0, 0, b"", None, _HEADER + datagram.length
        )
        failed = ip6.send(packet, route, loop=True)
        if failed is not None and failed is not Errno.ENOBUFS:
            raise KernelError(failed)

    def _transmit4(self, data: bytes, address: IPv4, port: int) -> None:
        """An answer to who spoke IPv4 to this socket."""
        ip = self._namespace.ip
        if self.address:
            raise KernelError(Errno.ENETUNREACH)
        route = ip.routes.route_output(address, transport=Transport(UDP, self.port, port))
        datagram = Udp(self.port, port, data, 8 + len(data))
        packet = ipv4.Packet.build(
            route.source, address, UDP, datagram, ttl=ip.default_ttl, identification=ip.next_identification()
        )
        failed = ip.send(packet, route)
        if failed is not None and failed is not Errno.ENOBUFS:
            raise KernelError(failed)

    @property
    def dual_stack(self) -> bool:
        """Whether it hears IPv4."""
        return not self._only_v6 and not self.address and self.remote is None

    def deliver(self, packet: Packet | ipv4.Packet, datagram: Udp, link: Device | None) -> bool:
        """False if there is no room for it."""
        if isinstance(packet, ipv4.Packet):
            source, destination = mapped(packet.source, 6), mapped(packet.destination, 6)
            return self._inbox.put(Datagram(datagram.data, source, datagram.source_port, destination, packet.ttl))
        zone = None if link is None or not packet.source.is_link_local else link.name
        return self._inbox.put(
            Datagram(datagram.data, packet.source, datagram.source_port, packet.destination, packet.hop_limit, zone)
        )

    def entry(self) -> SocketEntry:
        owner = self.owner
        return SocketEntry(
            protocol="udp", state="UNCONN" if self.remote is None else "ESTAB", local=self.address,
            local_port=self.port, remote=self.remote or ANY6, remote_port=self.remote_port,
            receive_queue=len(self._inbox), dual_stack=self.dual_stack,
            device=None if self.device is None else self.device.name, process=None if owner is None else owner.name,
            pid=None if owner is None else owner.pid, descriptor=None if owner is None else owner.descriptor,
        )  # fmt: skip


class PingSock6:
    """A raw ICMPv6 socket of ping(8), for one destination; `source` is :: where the kernel chooses for each packet."""

    def __init__(self, table: SocketTable6, destination: IPv6, identifier: int) -> None:
        namespace = self._namespace = table.namespace
        self._table = table
        self._inbox = Inbox(namespace.host.engine)
        self._destination = destination
        self.identifier = identifier
        self.source: Address = ANY6
        self._bound: IPv6 | None = None
        self._oif: Device | None = None
        self.ttl: int | None = None
        self.dont_fragment = False
        self.mark = 0
        self.traffic_class = 0

    def bind(self, source: IPv6 | None, device: Device | None) -> None:
        self._bound, self._oif = source, device

    def send(self, sequence: int, data: bytes) -> None:
        """rawv6_sendmsg."""
        ip6, destination = self._namespace.ip6, self._destination
        strict, transport = self._bound is None, Transport(PROTOCOL)
        route = ip6.routes.route_output(destination, self._bound, self._oif, self.mark, transport, strict=strict)
        message = Icmpv6.echo_request(self.identifier, sequence, data)
        source, length = self._bound or route.source, _HEADER + message.length
        mtu = ip6.routes.path_mtu(route, destination)
        if length > (mtu if self.dont_fragment else _HEADER + _LONGEST):
            self._inbox.put(IcmpMessage(message, None, source, sequence, error=True, local=True, info=mtu))
            raise KernelError(Errno.EMSGSIZE)
        packet = Packet(
            source, destination or route.source, PROTOCOL, message, self.ttl or self._default_limit(route),
            self.traffic_class, 0, b"", None, length,
        )  # fmt: skip
        failed = ip6.send(packet, route, self.mark, loop=True)
        if failed is not None:
            raise KernelError(failed)

    def _default_limit(self, route: Rt6Info) -> int:
        return 1 if self._destination.is_multicast else self._namespace.ip6.hop_limit(route.device)

    def receive(self, timeout: int | None = None) -> Any:
        return self._inbox.get(timeout)

    def deliver(self, message: IcmpMessage) -> None:
        self._inbox.put(message)

    def close(self) -> None:
        self._table.close_ping(self)


class SocketTable6:
    """The IPv6 sockets of one namespace."""

    def __init__(self, four: SocketTable) -> None:
        self.namespace = four.namespace
        self.four = four
        four.six = self
        self._udp: dict[int, list[UdpSock6]] = {}
        self._pings: dict[int, PingSock6] = {}

    # --- UDP ----------------------------------------------------------------------------------------------------

    def claim(self, socket: UdpSock6, address: IPv6, port: int) -> None:
        """Give a socket a port: KernelError(EADDRINUSE) if it is taken, any free one of the range for 0."""
        four = self.four
        if port == 0:
            port = four.free_port()
        elif any(_overlap(address, other.address) for other in self._udp.get(port, ())) or (
            socket.dual_stack and not address and four.is_bound(port)
        ):
            raise KernelError(Errno.EADDRINUSE)
        socket.address, socket.port = address, port
        self._udp.setdefault(port, []).append(socket)

    def is_bound(self, port: int) -> bool:
        return port in self._udp

    def dual_stack(self, port: int) -> UdpSock6 | None:
        """The socket that hears IPv4 at this port if no IPv4 socket does."""
        return next((socket for socket in self._udp.get(port, ()) if socket.dual_stack), None)

    def release(self, socket: UdpSock6) -> None:
        bound = self._udp.get(socket.port, [])
        if socket in bound:
            bound.remove(socket)
            if not bound:
                del self._udp[socket.port]

    def udp_receive(self, skb: Skb, packet: Packet) -> None:
        """udpv6_rcv: for the socket that fits best."""
        namespace = self.namespace
        datagram = packet.payload
        if not isinstance(datagram, Udp):
            namespace.drop(skb, skb.device, DropReason.IP_INHDR)
            return
        link = namespace.ip6.routes.link(skb.device, packet.destination)
        socket = self._lookup(packet.source, datagram.source_port, packet.destination, datagram.destination_port, link)
        if socket is None:
            namespace.drop(skb, skb.device, DropReason.NO_SOCKET, f"udp port {datagram.destination_port}")
            skb.untrack()
            namespace.icmp6.error(skb, packet, icmpv6.DESTINATION_UNREACHABLE, icmpv6.PORT_UNREACHABLE)
        elif socket.deliver(packet, datagram, link):
            namespace.delivered(skb, f"udp port {datagram.destination_port}")
        else:
            namespace.drop(skb, skb.device, DropReason.SOCKET_RCVBUFF)

    def _lookup(
        self, source: IPv6, source_port: int, destination: IPv6, port: int, link: Device | None
    ) -> UdpSock6 | None:
        best, best_score = None, -1
        for socket in self._udp.get(port, ()):
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

    # --- ICMPv6 -------------------------------------------------------------------------------------------------

    def open_ping(self, destination: IPv6) -> PingSock6:
        """KernelError(EAGAIN) once all identifiers are taken."""
        random = self.namespace.host.random
        for _ in range(0x20000):
            identifier = random.randrange(1, 0x10000)
            if identifier not in self._pings:
                socket = self._pings[identifier] = PingSock6(self, destination, identifier)
                return socket
        raise KernelError(Errno.EAGAIN)

    def close_ping(self, socket: PingSock6) -> None:
        self._pings.pop(socket.identifier, None)

    def raw_icmp(self, packet: Packet, message: Icmpv6, device: Device) -> None:
        """raw6_local_deliver: ping's filter keeps echo replies."""
        if message.type == icmpv6.ECHO_REPLY:
            socket = self._pings.get(message.identifier)
            if socket is not None:
                zone = zone_of(self.namespace.ip6.routes, packet.source, device)
                socket.deliver(IcmpMessage(message, packet, packet.source, message.sequence, zone=zone))

    def ping_err(self, packet: Packet, message: Icmpv6, about: Packet, device: Device) -> None:
        """An ICMPv6 error about an echo request of this host."""
        inner = about.payload
        if isinstance(inner, Icmpv6) and inner.type == icmpv6.ECHO_REQUEST:
            socket = self._pings.get(inner.identifier)
            if socket is not None:
                zone = zone_of(self.namespace.ip6.routes, packet.source, device)
                socket.deliver(IcmpMessage(message, packet, packet.source, inner.sequence, error=True, zone=zone))

    def udp_err(self, packet: Packet, message: Icmpv6, about: Packet, device: Device) -> None:
        """__udp6_lib_err."""
        inner = about.payload
        if not isinstance(inner, Udp):
            return
        link = self.namespace.ip6.routes.link(device, packet.destination)
        socket = self._lookup(about.destination, inner.destination_port, about.source, inner.source_port, link)
        if socket is not None and socket.on_error is not None:
            socket.on_error(message, packet, inner, device)
            return
        if socket is not None and socket.remote is not None and message.type == icmpv6.DESTINATION_UNREACHABLE:
            error = _FATAL.get(message.code)
            if error is not None:
                socket.fail(error)

    def entries(self) -> list[SocketEntry]:
        return [socket.entry() for port in sorted(self._udp) for socket in self._udp[port]]


def _as_ipv6(address: Address) -> IPv6:
    if not isinstance(address, IPv6) or unmapped(address) is not None:
        raise NotModelled("an IPv6 socket of UDP that is bound or connected to an IPv4 address")
    return address


def _overlap(one: IPv6, other: IPv6) -> bool:
    return not one or not other or one == other


def needs_link(address: IPv6) -> bool:
    """Whether an address means something on one link only (__ipv6_addr_needs_scope_id)."""
    return scope_of(address) <= LINK_LOCAL and not address.is_loopback and bool(address)


def link_of(namespace: InetNetns, address: IPv6, zone: str | None, bound: Device | None) -> Device | None:
    """The device of a socket that names an address: KernelError(EINVAL) if it must be told and is not."""
    if not needs_link(address):
        return bound
    device = bound if zone is None else namespace.device(zone)
    if device is None or bound not in (None, device):
        raise KernelError(Errno.EINVAL)
    return device


def check_own(namespace: InetNetns, address: IPv6, device: Device | None) -> None:
    """KernelError(EADDRNOTAVAIL) unless it is this host's, on that device if it has to be, or any will do."""
    routes = namespace.ip6.routes
    if not address or address.is_multicast or namespace.sysctls.number("net/ipv6/ip_nonlocal_bind"):
        return
    if not (routes.is_local(address) if device is None else routes.has_on(device, address)):
        raise KernelError(Errno.EADDRNOTAVAIL)


def zone_of(routes: Routes6, address: IPv6, device: Device) -> str | None:
    """Link-local addresses have a meaning only together with their link; this host's own come by lo."""
    if not address.is_link_local:
        return None
    owner = routes.owner(address) if device.link_type == "loopback" else device
    return None if owner is None else owner.name
