"""UDP (net/ipv4/udp.c); that of IPv6 is in kernel.transport.udp6."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.fib.info import Transport
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.transport.bound_dev import bound_dev_eq, slave_of
from vnetsim.kernel.transport.sock import NOT_FATAL, UNREACHABLE, InetSock, discovers_path_mtu, may_bind
from vnetsim.observations import SocketEntry
from vnetsim.sockets import Datagram
from vnetsim.wire import icmp
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.inet import ANY4, Address, IPv4
from vnetsim.wire.ipv4 import UDP, Packet
from vnetsim.wire.udp import Udp

if TYPE_CHECKING:
    from collections.abc import Callable

    from vnetsim.kernel.ipv4.joined_hops import JoinedHops
    from vnetsim.kernel.ipv4.rtable import Rtable
    from vnetsim.kernel.ipv6.netns import InetNetns
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.transport.owners import Owners
    from vnetsim.kernel.transport.udp6 import UdpTable6

#: Flows whose socket is cached.
_CACHED: Final = 4096
#: Most datagrams between two attempts to join the hops of one.
_PATIENCE: Final = 64
#: Bytes of an IPv4 packet.
_LONGEST: Final = 0xFFFF


class UdpSock(InetSock[IPv4]):
    """A UDP socket; `on_datagram`, if set, gets datagrams instead of the reader (encap_rcv)."""

    def __init__(self, table: UdpTable) -> None:
        super().__init__(table.namespace, table.owners, ANY4)
        self._table = table
        self._df = discovers_path_mtu(table.namespace)
        #: The only device that it uses (sk_bound_dev_if).
        self.device: Device | None = None
        self.on_datagram: Callable[[Skb, Packet, Udp], None] | None = None
        #: Gets ICMP errors, each with its packet and the datagram that it is about (IP_RECVERR).
        self.on_error: Callable[[Icmp, Packet, Udp], None] | None = None
        self._route: Rtable | None = None
        self._route_generation = -1
        #: What sends datagrams to others by joined hops, by address and port.
        self._joined: dict[tuple[int, int], JoinedHops] = {}
        #: So many datagrams are sent before the next one is looked at, and so many would be after it.
        self._unjoined, self._patience = 2, 1

    def bind(self, address: Address, port: int, *, only_v6: bool = False, zone: str | None = None) -> None:
        del only_v6, zone
        assert isinstance(address, IPv4)
        if self.port:
            raise KernelError(Errno.EINVAL)
        if address and not may_bind(self._namespace, address, self.device):
            raise KernelError(Errno.EADDRNOTAVAIL)
        self._table.claim(self, address, port)

    def connect(self, address: Address, port: int, zone: str | None = None) -> None:
        del zone
        assert isinstance(address, IPv4)
        self._autobind()
        route = self._namespace.ip.routes.route_connect(
            address, self.address or None, self.device, transport=Transport(UDP, self.port, port)
        )
        if route.is_broadcast:
            raise KernelError(Errno.EACCES)
        self._autobind()
        self.address = self.address or route.source
        self.remote, self.remote_port = address, port
        self.forget_hops()
        self._table.flush_flows()

    def send(self, data: bytes) -> None:
        if self.remote is None:
            raise KernelError(Errno.EDESTADDRREQ)
        joined = self._joined.get((self.remote, self.remote_port))
        if joined is not None and joined(Udp(self.port, self.remote_port, data, 8 + len(data)), 28 + len(data)):
            return
        ip = self._namespace.ip
        if self._route is None or self._route_generation != ip.routes.generation:
            transport = Transport(UDP, self.port, self.remote_port)
            self._route = ip.routes.route_output(self.remote, self.address or None, self.device, transport=transport)
            self._route_generation = ip.routes.generation
        self._transmit(data, self._route, self.remote, self.remote_port)

    def send_to(self, data: bytes, address: Address, port: int, zone: str | None = None) -> None:
        del zone
        assert isinstance(address, IPv4)
        joined = self._joined.get((address, port))
        if joined is not None and joined(Udp(self.port, port, data, 8 + len(data)), 28 + len(data)):
            return
        if not self.port:
            self._autobind()
        ip = self._namespace.ip
        if ip.routes.needs_transport:
            transport = Transport(UDP, self.port, port)
            route = ip.routes.route_output(address, self.address or None, self.device, transport=transport)
        else:
            route = ip.routes.route_output(address, self.address or None, self.device)
        self._transmit(data, route, address, port)

    def forget_hops(self) -> None:
        """Its address or port is another one, or the next call raises an error."""
        self._joined.clear()

    def fail(self, error: Errno) -> None:
        self.forget_hops()
        super().fail(error)

    def _unhash(self) -> None:
        self._table.release(self)

    def _autobind(self) -> None:
        if not self.port:
            self._table.claim(self, self.address, 0)

    def _transmit(self, data: bytes, route: Rtable, address: IPv4, port: int) -> None:
        if self.error is not None:
            self._raise_pending()
        ip = self._namespace.ip
        length = 8 + len(data)
        if length + 20 > _LONGEST:
            raise KernelError(Errno.EMSGSIZE)
        identification = ip.identification = ip.identification + 1 & 0xFFFF
        packet = Packet(
            self.address or route.source, address, UDP, Udp(self.port, port, data, length),
            route.hoplimit or ip.default_ttl,
            identification, self._df and (
                length + 20 <= route.fits or ip.routes.dont_fragment(route, address, length + 20)
            ), False, 0,
            0, b"", 20 + length,
        )  # fmt: skip
        failed = ip.send(packet, route, bound=self.device)
        if failed is not None and failed is not Errno.ENOBUFS:
            raise KernelError(failed)
        self._unjoined -= 1
        if not self._unjoined:
            self._join(route, packet, port)

    def _join(self, route: Rtable, packet: Packet, port: int) -> None:
        """Join the hops of a datagram that was sent, if they are recorded; if not, try with a later one."""
        from vnetsim.kernel.ipv4.joined_hops import join  # noqa: PLC0415 -- only where a flow lasts

        joined = join(route, packet) if self.device is None else None
        if joined is None:
            self._patience = min(2 * self._patience, _PATIENCE)
        else:
            if len(self._joined) >= _CACHED:
                self._joined.clear()
            self._joined[packet.destination, port] = joined
            self._patience = 1
        self._unjoined = self._patience

    def deliver(self, skb: Skb, packet: Packet, datagram: Udp) -> bool:
        if self.on_datagram is not None:
            self.on_datagram(skb, packet, datagram)
            return True
        return self._queue.put(
            Datagram(datagram.data, packet.source, datagram.source_port, packet.destination, packet.ttl)
        )

    def entry(self) -> SocketEntry:
        return self._entry(device=None if self.device is None else self.device.name)


class UdpTable:
    """struct udp_table: the sockets of one namespace by port; UdpTable6 sets `six`."""

    six: UdpTable6

    def __init__(self, namespace: InetNetns, owners: Owners) -> None:
        self.namespace = namespace
        self.owners = owners
        self._sockets: dict[int, list[UdpSock]] = {}
        #: The sockets of earlier datagrams, by both ends.
        self._flows: dict[tuple[int, int, int, int], UdpSock] = {}
        #: Changes when those may be others.
        self._generation = 0

    def claim(self, socket: UdpSock, address: IPv4, port: int) -> None:
        """Give a socket a port: KernelError(EADDRINUSE) if it is taken, any free one of the range for 0."""
        if port == 0:
            port = self.free_port()
        elif any(
            (not address or not other.address or other.address == address)
            and (socket.device is None or other.device in (None, socket.device))
            for other in self._sockets.get(port, ())
        ) or (not address and self.six.dual_stack(port) is not None):
            raise KernelError(Errno.EADDRINUSE)
        socket.address, socket.port = address, port
        socket.forget_hops()
        self.flush_flows()
        self._sockets.setdefault(port, []).append(socket)

    def is_bound(self, port: int) -> bool:
        return port in self._sockets

    def free_port(self) -> int:
        """Any one of the ephemeral ports; KernelError(EADDRINUSE) if all are taken."""
        low, high = self.namespace.sysctls.port_range()
        reserved = self.namespace.sysctls.reserved_ports()
        start = low + self.namespace.host.random.randrange(high - low + 1)
        for offset in range(high - low + 1):
            port = low + (start - low + offset) % (high - low + 1)
            if port not in self._sockets and port not in reserved and not self.six.is_bound(port):
                return port
        raise KernelError(Errno.EADDRINUSE)

    def release(self, socket: UdpSock) -> None:
        bound = self._sockets.get(socket.port, [])
        if socket in bound:
            bound.remove(socket)
            self.flush_flows()
            if not bound:
                del self._sockets[socket.port]

    def flush_flows(self) -> None:
        """A socket came, went or has another address: cached lookups are stale."""
        self._flows.clear()
        self._generation += 1

    def early_demux(self, packet: Packet, device: Device) -> Callable[[Skb, Packet], None]:
        """udp_v4_early_demux: `receive` of packets like this one, which does not look for their socket again."""
        datagram: Any = packet.payload
        socket = self.lookup(packet.source, datagram.source_port, packet.destination, datagram.destination_port, None)
        if socket is None or device.l3mdev is not None or self.namespace.nit_active:
            return self.receive
        found, generation = socket, self._generation

        def receive(skb: Skb, packet: Packet) -> None:
            if generation != self._generation or found.on_datagram is None:
                self.receive(skb, packet)
            else:
                found.on_datagram(skb, packet, packet.payload)  # type: ignore[arg-type]

        return receive

    def receive(self, skb: Skb, packet: Packet) -> None:
        """udp_rcv: for the socket that fits best."""
        datagram = packet.payload
        if not isinstance(datagram, Udp):
            self.namespace.drop(skb, skb.device, DropReason.IP_INHDR)
            return
        flow = (packet.source, datagram.source_port, packet.destination, datagram.destination_port)
        slave = slave_of(skb)
        socket = self._flows.get(flow) if slave is None else None
        if socket is None:
            socket = self.lookup(*flow, slave)
            if socket is not None and slave is None and len(self._flows) < _CACHED:
                self._flows[flow] = socket
        if socket is not None and socket.on_datagram is not None and not self.namespace.nit_active:
            socket.on_datagram(skb, packet, datagram)
        else:
            self._deliver(skb, packet, datagram, socket)

    def _deliver(self, skb: Skb, packet: Packet, datagram: Udp, socket: UdpSock | None) -> None:
        namespace = self.namespace
        if socket is None:
            in_vrf = skb.device.l3mdev is not None and not self._accepts_vrfs
            six = None if in_vrf else self.six.dual_stack(datagram.destination_port)
            if six is not None and six.deliver(packet, datagram, None):
                namespace.delivered(skb, f"udp port {datagram.destination_port}")
                return
            namespace.drop(skb, skb.device, DropReason.NO_SOCKET, f"udp port {datagram.destination_port}")
            skb.untrack()
            namespace.icmp.error(skb, packet, icmp.DESTINATION_UNREACHABLE, icmp.PORT_UNREACHABLE)
        elif socket.deliver(skb, packet, datagram):
            if namespace.host.tracer is not None:
                namespace.delivered(skb, f"udp port {datagram.destination_port}")
        else:
            namespace.drop(skb, skb.device, DropReason.SOCKET_RCVBUFF)

    @property
    def _accepts_vrfs(self) -> bool:
        return bool(self.namespace.sysctls.number("net/ipv4/udp_l3mdev_accept"))

    def lookup(
        self, source: IPv4, source_port: int, destination: IPv4, port: int, slave: Device | None
    ) -> UdpSock | None:
        """__udp4_lib_lookup: the socket that fits best."""
        best, best_score = None, -1
        accepts = slave is not None and self._accepts_vrfs
        for socket in self._sockets.get(port, ()):
            if not bound_dev_eq(socket.device, slave, accepts=accepts):
                continue
            score = 0 if socket.device is None else 1
            if socket.address:
                if socket.address != destination:
                    continue
                score += 1
            if socket.remote is not None:
                if socket.remote != source or socket.remote_port != source_port:
                    continue
                score += 2
            if score > best_score:
                best, best_score = socket, score
        return best

    def err(self, packet: Packet, message: Icmp, about: Packet, device: Device) -> None:
        """__udp4_lib_err."""
        inner = about.payload
        if not isinstance(inner, Udp):
            return
        socket = self.lookup(about.destination, inner.destination_port, about.source, inner.source_port,
                              device if device.l3mdev else None)  # fmt: skip
        if socket is not None and socket.on_error is not None:
            socket.on_error(message, packet, inner)
            return
        if socket is None or socket.remote is None:
            return
        unreachable = message.type == icmp.DESTINATION_UNREACHABLE
        if unreachable and (socket.recverr or message.code not in NOT_FATAL):
            socket.fail(UNREACHABLE.get(message.code, Errno.EHOSTUNREACH))
        elif socket.recverr and message.type == icmp.TIME_EXCEEDED:
            socket.fail(Errno.EHOSTUNREACH)

    def entries(self, port: int | None = None) -> list[SocketEntry]:
        ports = sorted(self._sockets) if port is None else [port]
        return [socket.entry() for each in ports for socket in self._sockets.get(each, ())]
