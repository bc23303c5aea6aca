"""Sockets: where packets reach programs (net/ipv4/udp.c, raw.c, ping.c, net/packet/af_packet.c).

Each class keeps a promise of `vnetsim.process`.  TCP has modules of its own.  Not modelled: socket buffers by bytes
(a socket holds `_RECEIVE_LIMIT` messages), multicast group membership, SO_REUSEPORT balancing.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Final

from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.fib.info import Transport
from vnetsim.kernel.ipv4.ip_options import recorded
from vnetsim.kernel.netdev.notifier import NetdevEvent
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.transport.owners import Owner, Owners
from vnetsim.kernel.transport.send_buffer import holds
from vnetsim.observations import SocketEntry
from vnetsim.sockets import Captured, Datagram, IcmpMessage
from vnetsim.wire import icmp
from vnetsim.wire.ethernet import Frame
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.inet import ANY4, Address, IPv4, IPv6
from vnetsim.wire.ipv4 import ICMP, UDP, Packet
from vnetsim.wire.udp import Udp

if TYPE_CHECKING:
    from collections.abc import Callable

    from vnetsim.engine import Engine, Scheduled, Signal
    from vnetsim.kernel.ipv4.route import Rtable
    from vnetsim.kernel.ipv6.netns import InetNetns
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netdev.notifier import Before
    from vnetsim.kernel.transport.sockets6 import SocketTable6
    from vnetsim.process import Process

#: Messages that wait in one socket before more are lost (about 212992 bytes of small datagrams).
_RECEIVE_LIMIT: Final = 277

#: Flows whose socket is remembered.
_REMEMBERED: Final = 4096
#: Bytes of an IPv4 packet.
_LONGEST: Final = 0xFFFF

#: What an ICMP error means to a socket: errno and whether it ends a connected socket (icmp_err_convert).
UNREACHABLE: Final = {
    icmp.NET_UNREACHABLE: Errno.ENETUNREACH,
    icmp.HOST_UNREACHABLE: Errno.EHOSTUNREACH,
    icmp.PROTOCOL_UNREACHABLE: Errno.ENOPROTOOPT,
    icmp.PORT_UNREACHABLE: Errno.ECONNREFUSED,
    icmp.FRAGMENTATION_NEEDED: Errno.EMSGSIZE,
    icmp.SOURCE_ROUTE_FAILED: Errno.EOPNOTSUPP,
    icmp.NET_UNKNOWN: Errno.ENETUNREACH,
    icmp.HOST_UNKNOWN: Errno.EHOSTDOWN,
    icmp.NET_PROHIBITED: Errno.ENETUNREACH,
    icmp.HOST_PROHIBITED: Errno.EHOSTUNREACH,
    icmp.COMMUNICATION_PROHIBITED: Errno.EHOSTUNREACH,
}
#: Codes that may pass over, and that a UDP socket without IP_RECVERR is not told (icmp_err_convert: not fatal).
PASSING: Final = frozenset((icmp.NET_UNREACHABLE, icmp.HOST_UNREACHABLE, icmp.SOURCE_ROUTE_FAILED, 11, 12))


def discovers_path_mtu(namespace: InetNetns) -> bool:
    """Whether packets of a new socket say that they must not be cut (inet_create, ip_no_pmtu_disc)."""
    return not namespace.sysctls.number("net/ipv4/ip_no_pmtu_disc")


class Inbox:
    """Messages for one reader, who may wait for the next one."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._messages: deque[object] = deque()
        self._reader: Signal | None = None
        self._timer: Scheduled | None = None

    def put(self, message: object) -> bool:
        """False if there is no room."""
        reader, self._reader = self._reader, None
        if reader is not None and not reader.is_set:
            reader.set(message)
            self._stop_timer()
            return True
        if len(self._messages) >= _RECEIVE_LIMIT:
            return False
        self._messages.append(message)
        return True

    def get(self, timeout: int | None) -> Signal:
        """A signal that is set with the next message, or with None after `timeout` nanoseconds."""
        signal = self._engine.signal()
        if self._messages:
            signal.set(self._messages.popleft())
            return signal
        self._reader = signal
        self._timer = None if timeout is None else self._engine.after(timeout, signal.set, None)
        return signal

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def wake(self) -> None:
        """Let a waiting reader look again: there is an error to be told."""
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.set(None)
            self._stop_timer()

    def __len__(self) -> int:
        return len(self._messages)


class UdpSock:
    """A UDP socket; `on_datagram`, if set, gets what arrives instead of the reader (as encap_rcv in the kernel)."""

    def __init__(self, table: SocketTable) -> None:
        namespace = self._namespace = table.namespace
        self._table = table
        self.owner: Owner | None = None
        self._inbox = Inbox(namespace.host.engine)
        self.address = ANY4
        self.port = 0
        self.remote: IPv4 | None = None
        self.remote_port = 0
        self.error: Errno | None = None
        self.hears_all = False
        self._keeps_whole = discovers_path_mtu(namespace)
        self.on_datagram: Callable[[Skb, Packet, Udp], None] | None = None
        #: Gets ICMP errors, each with its packet and the datagram it is about (IP_RECVERR).
        self.on_error: Callable[[Icmp, Packet, Udp], None] | None = None
        self._route: Rtable | None = None
        self._route_generation = -1

    @property
    def local(self) -> tuple[Address, int]:
        return self.address, self.port

    def bind(self, address: Address, port: int, *, only_v6: bool = False, zone: str | None = None) -> None:
        del only_v6, zone
        assert isinstance(address, IPv4)
        if self.port:
            raise KernelError(Errno.EINVAL)
        if address and not self._table.may_bind(address):
            raise KernelError(Errno.EADDRNOTAVAIL)
        self._table.claim(self, address, port)

    def connect(self, address: Address, port: int, zone: str | None = None) -> None:
        del zone
        assert isinstance(address, IPv4)
        self._autobind()
        route = self._namespace.ip.routes.route_connect(
            address, self.address or None, transport=Transport(UDP, self.port, port)
        )
        if route.is_broadcast:
            raise KernelError(Errno.EACCES)
        self._autobind()
        self.address = self.address or route.source
        self.remote, self.remote_port = address, port
        self._table.forget_flows()

    def send(self, data: bytes) -> None:
        if self.remote is None:
            raise KernelError(Errno.EDESTADDRREQ)
        ip = self._namespace.ip
        if self._route is None or self._route_generation != ip.routes.generation:
            transport = Transport(UDP, self.port, self.remote_port)
            self._route = ip.routes.route_output(self.remote, self.address or None, transport=transport)
            self._route_generation = ip.routes.generation
        self._transmit(data, self._route, self.remote, self.remote_port)

    def send_to(self, data: bytes, address: Address, port: int, zone: str | None = None) -> None:
        del zone
        assert isinstance(address, IPv4)
        if not self.port:
            self._autobind()
        ip = self._namespace.ip
        if ip.routes.needs_transport:
            transport = Transport(UDP, self.port, port)
            route = ip.routes.route_output(address, self.address or None, transport=transport)
        else:
            route = ip.routes.route_output(address, self.address or None)
        self._transmit(data, route, address, port)

    def receive(self, timeout: int | None = None) -> Any:
        self._raise_pending()
        return self._inbox.get(timeout)

    def give(self, process: Process, descriptor: int | None = None) -> None:
        owners = self._table.owners
        owners.close(self.owner)
        self.owner = owners.take(process, self, descriptor)

    def close(self) -> None:
        self._table.release(self)
        self._table.owners.close(self.owner)
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

    def _transmit(self, data: bytes, route: Rtable, address: IPv4, port: int) -> None:
        if self.error is not None:
            self._raise_pending()
        ip = self._namespace.ip
        length = 8 + len(data)
        if length + 20 > _LONGEST:
            raise KernelError(Errno.EMSGSIZE)
        identification = ip.identification = ip.identification + 1 & 0xFFFF
        packet = Packet(
            self.address or route.source, address, UDP, Udp(self.port, port, data, length), ip.default_ttl,
            identification, self._keeps_whole and (
                length + 20 <= route.fits or ip.routes.keeps_whole(route, address, length + 20)
            ), False, 0,
            0, b"", 20 + length,
        )  # fmt: skip
        failed = ip.send(packet, route)
        if failed is not None and failed is not Errno.ENOBUFS:
            raise KernelError(failed)

    def deliver(self, skb: Skb, packet: Packet, datagram: Udp) -> bool:
        if self.on_datagram is not None:
            self.on_datagram(skb, packet, datagram)
            return True
        return self._inbox.put(
            Datagram(datagram.data, packet.source, datagram.source_port, packet.destination, packet.ttl)
        )

    def entry(self) -> SocketEntry:
        owner = self.owner
        return SocketEntry(
            protocol="udp", state="UNCONN" if self.remote is None else "ESTAB", local=self.address,
            local_port=self.port, remote=self.remote or ANY4, remote_port=self.remote_port,
            receive_queue=len(self._inbox), process=None if owner is None else owner.name,
            pid=None if owner is None else owner.pid, descriptor=None if owner is None else owner.descriptor,
        )  # fmt: skip


class PingSock:
    """A raw ICMP socket of ping(8): its echo requests carry an identifier that only it has."""

    def __init__(self, table: SocketTable, destination: IPv4, identifier: int) -> None:
        namespace = self._namespace = table.namespace
        self._table = table
        self._inbox = Inbox(namespace.host.engine)
        self._destination = destination
        self.identifier = identifier
        self.source: Address = ANY4
        self._oif: Device | None = None
        self._bound: IPv4 | None = None
        self.ttl: int | None = None
        #: None: as long as the path takes it (IP_PMTUDISC_WANT), unless this host discovers no path MTUs.
        self.dont_fragment: bool | None = None
        self._discovers = discovers_path_mtu(namespace)
        self.options = b""
        self.mark = 0
        self.tos = 0
        #: Bytes of memory that may wait in pieces (sk->sk_sndbuf); no program is told of a default that never fails.
        self.buffer: int | None = None

    def bind(self, source: IPv4 | None, device: Device | None) -> None:
        self._bound, self._oif = source, device
        if source is not None:
            self.source = source

    def send(self, sequence: int, data: bytes) -> None:
        ip = self._namespace.ip
        route = ip.routes.route_output(self._destination, self._bound, self._oif, self.mark, self.tos, Transport(ICMP))
        message = Icmp.echo_request(self.identifier, sequence, data)
        source = self._bound or route.source
        length = 20 + len(self.options) + message.length
        if length > _LONGEST:
            raise KernelError(Errno.EMSGSIZE)
        mtu = ip.routes.mtu(route, self._destination)
        if self.dont_fragment and length > mtu:
            self._inbox.put(IcmpMessage(message, None, source, sequence, error=True, local=True, info=mtu))
            raise KernelError(Errno.EMSGSIZE)
        if length > mtu and self.buffer is not None and not holds(self.buffer, length, length - message.length, mtu):
            raise KernelError(Errno.ENOBUFS)
        ttl = self.ttl if self.ttl is not None else 1 if self._destination.is_multicast else ip.default_ttl
        packet = Packet(
            source, self._destination, ICMP, message, ttl, ip.next_identification(),
            self._discovers and ip.routes.keeps_whole(route, self._destination, length)
            if self.dont_fragment is None else self.dont_fragment, False, 0, self.tos, self.options, length,
        )  # fmt: skip
        whole = recorded(packet, source) if self.options else packet
        failed = ip.send(whole, route, self.mark, bound=self._oif)
        if failed is not None:
            raise KernelError(failed)

    def receive(self, timeout: int | None = None) -> Any:
        return self._inbox.get(timeout)

    def matches(self, device: Device) -> bool:
        """Who is bound to a device hears nothing by another one, not even from this host itself (raw_v4_match)."""
        return self._oif is None or self._oif is device

    def deliver(self, message: IcmpMessage) -> None:
        self._inbox.put(message)

    def close(self) -> None:
        self._table.close_ping(self)


class PacketSock:
    """AF_PACKET: sees what passes one device, or all of the namespace."""

    def __init__(self, table: SocketTable, device: Device | None) -> None:
        namespace = self._namespace = table.namespace
        self._table = table
        self.device = device
        self.gone = False
        self._inbox = Inbox(namespace.host.engine)
        self.seen: Callable[[Captured], None] | None = None

    def saw(self, frame: Frame, device: Device, *, outgoing: bool) -> None:
        captured = Captured(self._namespace.host.engine.now(), device.name, frame, outgoing)
        if self.seen is not None:
            self.seen(captured)
        else:
            self._inbox.put(captured)

    def send(self, frame: Frame) -> None:
        if self.device is None:
            raise KernelError(Errno.ENXIO)
        if not self.device.up:
            raise KernelError(Errno.ENETDOWN)
        failed = self.device.transmit(self.device.new_skb(frame))
        if failed is not None:
            raise KernelError(failed)

    def receive(self, timeout: int | None = None) -> Any:
        return self._inbox.get(timeout)

    def lose(self, device: Device) -> None:
        """A device is no more; who waits for packets of that one alone is told."""
        if device is self.device:
            self.gone = True
            self._inbox.wake()

    def close(self) -> None:
        self._table.close_tap(self)


class SocketTable:
    """The sockets of one namespace; SocketTable6 sets `six`."""

    six: SocketTable6

    def __init__(self, namespace: InetNetns) -> None:
        self.namespace = namespace
        self._udp: dict[int, list[UdpSock]] = {}
        #: The sockets of datagrams that came before, by both ends.
        self._flows: dict[tuple[int, int, int, int], UdpSock] = {}
        self._pings: dict[int, PingSock] = {}
        self._taps: list[PacketSock] = []
        self.owners = Owners(namespace.host.descriptors)

    # --- UDP ----------------------------------------------------------------------------------------------------

    def claim(self, socket: UdpSock, address: IPv4, port: int) -> None:
        """Give a socket a port: KernelError(EADDRINUSE) if it is taken, any free one of the range for 0."""
        if port == 0:
            port = self.free_port()
        elif any(not address or not other.address or other.address == address for other in self._udp.get(port, ())) or (
            not address and self.six.dual_stack(port) is not None
        ):
            raise KernelError(Errno.EADDRINUSE)
        socket.address, socket.port = address, port
        self.forget_flows()
        self._udp.setdefault(port, []).append(socket)

    def may_bind(self, address: Address) -> bool:
        """Whether a socket may have an address: one of this host, or any with ip_nonlocal_bind."""
        namespace = self.namespace
        if isinstance(address, IPv6):
            return bool(namespace.sysctls.number("net/ipv6/ip_nonlocal_bind")) or namespace.ip6.routes.is_local(address)
        assert isinstance(address, IPv4)
        return bool(namespace.sysctls.number("net/ipv4/ip_nonlocal_bind")) or namespace.ip.routes.is_local(address)

    def is_bound(self, port: int) -> bool:
        return port in self._udp

    def free_port(self) -> int:
        """Any one of the ephemeral ports; KernelError(EADDRINUSE) if all are taken."""
        low, high = (int(word) for word in self.namespace.sysctls.read("net/ipv4/ip_local_port_range").split())
        reserved = self.namespace.sysctls.reserved_ports()
        start = self.namespace.host.random.randint(low, high)
        for offset in range(high - low + 1):
            port = low + (start - low + offset) % (high - low + 1)
            if port not in self._udp and port not in reserved and not self.six.is_bound(port):
                return port
        raise KernelError(Errno.EADDRINUSE)

    def release(self, socket: UdpSock) -> None:
        bound = self._udp.get(socket.port, [])
        if socket in bound:
            bound.remove(socket)
            self.forget_flows()
            if not bound:
                del self._udp[socket.port]

    def forget_flows(self) -> None:
        """A socket came, went or has another address: which one is meant has to be found out anew."""
        self._flows.clear()

    def udp_receive(self, skb: Skb, packet: Packet) -> None:
        """udp_rcv: for the socket that fits best."""
        datagram = packet.payload
        if not isinstance(datagram, Udp):
            self.namespace.drop(skb, skb.device, DropReason.IP_INHDR)
            return
        flow = (packet.source, datagram.source_port, packet.destination, datagram.destination_port)
        socket = self._flows.get(flow)
        if socket is None:
            socket = self._udp_lookup(*flow)
            if socket is not None and len(self._flows) < _REMEMBERED:
                self._flows[flow] = socket
        if socket is not None and socket.on_datagram is not None and not self.namespace.nit_active:
            socket.on_datagram(skb, packet, datagram)
        else:
            self._udp_deliver(skb, packet, datagram, socket)

    def _udp_deliver(self, skb: Skb, packet: Packet, datagram: Udp, socket: UdpSock | None) -> None:
        namespace = self.namespace
        if socket is None:
            six = self.six.dual_stack(datagram.destination_port)
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

    def _udp_lookup(self, source: IPv4, source_port: int, destination: IPv4, port: int) -> UdpSock | None:
        best, best_score = None, -1
        for socket in self._udp.get(port, ()):
            score = 0
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

    # --- ICMP ---------------------------------------------------------------------------------------------------

    def open_ping(self, destination: IPv4) -> PingSock:
        """KernelError(EAGAIN) once all identifiers are taken."""
        random = self.namespace.host.random
        for _ in range(0x20000):
            identifier = random.randrange(1, 0x10000)
            if identifier not in self._pings:
                socket = PingSock(self, destination, identifier)
                self._pings[identifier] = socket
                return socket
        raise KernelError(Errno.EAGAIN)

    def close_ping(self, socket: PingSock) -> None:
        self._pings.pop(socket.identifier, None)

    def raw_icmp(self, packet: Packet, message: Icmp, device: Device) -> None:
        """raw_local_deliver: raw sockets see every ICMP message; ping's filter keeps its echo replies."""
        if message.type == icmp.ECHO_REPLY:
            socket = self._pings.get(message.identifier)
            if socket is not None and socket.matches(self._came_by(device, packet.destination)):
                socket.deliver(IcmpMessage(message, packet, packet.source, message.sequence))

    def _came_by(self, device: Device, address: IPv4) -> Device:
        """What this host sends to itself came in by the device that has the address (rt_iif), except an error."""
        owner = self.namespace.ip.routes.owner(address) if device.link_type == "loopback" else None
        return owner or device

    def ping_err(self, packet: Packet, message: Icmp, about: Packet, device: Device) -> None:
        """An ICMP error about an echo request of this host, by `device`."""
        inner = about.payload
        if isinstance(inner, Icmp) and inner.type == icmp.ECHO_REQUEST:
            socket = self._pings.get(inner.identifier)
            if socket is not None and socket.matches(device):
                error = message.type != icmp.REDIRECT
                socket.deliver(IcmpMessage(message, packet, packet.source, inner.sequence, error=error))

    def udp_err(self, packet: Packet, message: Icmp, about: Packet, _device: Device) -> None:
        """__udp4_lib_err."""
        inner = about.payload
        if not isinstance(inner, Udp):
            return
        socket = self._udp_lookup(about.destination, inner.destination_port, about.source, inner.source_port)
        if socket is not None and socket.on_error is not None:
            socket.on_error(message, packet, inner)
            return
        if socket is None or socket.remote is None:
            return
        unreachable = message.type == icmp.DESTINATION_UNREACHABLE
        if unreachable and (socket.hears_all or message.code not in PASSING):
            socket.fail(UNREACHABLE.get(message.code, Errno.EHOSTUNREACH))
        elif socket.hears_all and message.type == icmp.TIME_EXCEEDED:
            socket.fail(Errno.EHOSTUNREACH)

    # --- packet sockets -----------------------------------------------------------------------------------------

    def open_tap(self, device: Device | None) -> PacketSock:
        tap = PacketSock(self, device)
        self._taps.append(tap)
        for target in [device] if device is not None else self.namespace.devices():
            target.taps.append(tap)
        self._count_taps()
        return tap

    def close_tap(self, tap: PacketSock) -> None:
        if tap not in self._taps:
            return
        self._taps.remove(tap)
        for device in self.namespace.devices():
            if tap in device.taps:
                device.taps.remove(tap)
        self._count_taps()

    def netdev_event(self, event: NetdevEvent, device: Device, _before: Before) -> None:
        """packet_notifier: a socket of all devices sees a new one too."""
        if event is NetdevEvent.REGISTER:
            device.taps += [tap for tap in self._taps if tap.device is None]
        elif event is NetdevEvent.UNREGISTER:
            for tap in self._taps:
                if tap in device.taps:
                    tap.lose(device)
            device.taps.clear()

    def _count_taps(self) -> None:
        self.namespace.taps = len(self._taps)
        self.namespace.update_fast_path()

    def entries(self) -> list[SocketEntry]:
        return [socket.entry() for port in sorted(self._udp) for socket in self._udp[port]]
