"""Raw ICMP sockets of ping(8) (net/ipv4/raw.c, ping.c); those of IPv6 are in kernel.transport.ping6."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.fib.info import Transport
from vnetsim.kernel.ipv4.ip_options import recorded
from vnetsim.kernel.transport.send_buffer import holds
from vnetsim.kernel.transport.sock import ReceiveQueue, discovers_path_mtu
from vnetsim.sockets import IcmpMessage
from vnetsim.wire import icmp
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.inet import ANY4, Address, IPv4
from vnetsim.wire.ipv4 import ICMP, Packet

if TYPE_CHECKING:
    from vnetsim.kernel.ipv6.netns import InetNetns
    from vnetsim.kernel.netdev.device import Device

#: Bytes of an IPv4 packet.
_LONGEST: Final = 0xFFFF
_IDENTIFIERS: Final = 0x10000


class RawPing:
    """What the sockets of both families share: the identifier of their echo requests, and the queue of replies."""

    ttl: int | None = None
    mark: int = 0
    _oif: Device | None = None

    def __init__(self, table: RawPingTable[Any], identifier: int) -> None:
        self._namespace = table.namespace
        self._table = table
        self.identifier = identifier
        self._queue = ReceiveQueue(table.namespace.host.engine)

    def receive(self, timeout: int | None = None) -> Any:
        return self._queue.get(timeout)

    def deliver(self, message: IcmpMessage) -> None:
        self._queue.put(message)

    def close(self) -> None:
        self._table.close(self)


RawPingT = TypeVar("RawPingT", bound=RawPing)


class RawPingTable(Generic[RawPingT]):
    """The sockets of one namespace and family, by identifier."""

    def __init__(self, namespace: InetNetns) -> None:
        self.namespace = namespace
        self._sockets: dict[int, RawPingT] = {}

    def _free_identifier(self) -> int:
        """KernelError(EAGAIN) once all identifiers are taken."""
        random = self.namespace.host.random
        for _ in range(2 * _IDENTIFIERS):
            identifier = random.randrange(1, _IDENTIFIERS)
            if identifier not in self._sockets:
                return identifier
        raise KernelError(Errno.EAGAIN)

    def close(self, socket: RawPingT) -> None:
        self._sockets.pop(socket.identifier, None)


class PingSock(RawPing):
    """A raw ICMP socket of ping(8): its echo requests carry an identifier that only it has."""

    def __init__(self, table: PingTable, destination: IPv4, identifier: int) -> None:
        super().__init__(table, identifier)
        self._destination = destination
        self.source: Address = ANY4
        self._bound: IPv4 | None = None
        #: None: up to the path MTU (IP_PMTUDISC_WANT), unless this host does no path MTU discovery by default.
        self.dont_fragment: bool | None = None
        self.discovers = discovers_path_mtu(table.namespace)
        self.options = b""
        self.tos = 0
        #: Bytes of memory that fragments may wait in (sk->sk_sndbuf); None: a default that never fails.
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
            self._queue.put(IcmpMessage(message, None, source, sequence, error=True, local=True, info=mtu))
            raise KernelError(Errno.EMSGSIZE)
        if length > mtu and self.buffer is not None and not holds(self.buffer, length, length - message.length, mtu):
            raise KernelError(Errno.ENOBUFS)
        ttl = self.ttl
        if ttl is None:
            ttl = 1 if self._destination.is_multicast else route.hoplimit or ip.default_ttl
        packet = Packet(
            source, self._destination, ICMP, message, ttl, ip.next_identification(),
            self.discovers and ip.routes.dont_fragment(route, self._destination, length)
            if self.dont_fragment is None else self.dont_fragment, False, 0, self.tos, self.options, length,
        )  # fmt: skip
        whole = recorded(packet, source) if self.options else packet
        failed = ip.send(whole, route, self.mark, bound=self._oif)
        if failed is not None:
            raise KernelError(failed)

    def matches(self, device: Device) -> bool:
        """raw_v4_match: a socket that is bound to a device gets nothing by another one, nor from this host itself."""
        return self._oif in (None, device) or self._oif is device.l3mdev


class PingTable(RawPingTable[PingSock]):
    def open(self, destination: IPv4) -> PingSock:
        socket = PingSock(self, destination, self._free_identifier())
        self._sockets[socket.identifier] = socket
        return socket

    def raw_local_deliver(self, packet: Packet, message: Icmp, device: Device) -> None:
        """Raw sockets get every ICMP message; the filter of ping(8) keeps its echo replies."""
        if message.type == icmp.ECHO_REPLY:
            socket = self._sockets.get(message.identifier)
            if socket is not None and socket.matches(self._rt_iif(device, packet.destination)):
                socket.deliver(IcmpMessage(message, packet, packet.source, message.sequence))

    def _rt_iif(self, device: Device, address: IPv4) -> Device:
        """A packet of this host to itself comes in by the device that has the address, except an error."""
        owner = self.namespace.ip.routes.owner(address) if device.link_type == "loopback" else None
        return owner or device

    def err(self, packet: Packet, message: Icmp, about: Packet, device: Device) -> None:
        """ping_err: an ICMP error about an echo request of this host, by `device`."""
        inner = about.payload
        if isinstance(inner, Icmp) and inner.type == icmp.ECHO_REQUEST:
            socket = self._sockets.get(inner.identifier)
            if socket is not None and socket.matches(device):
                error = message.type != icmp.REDIRECT
                socket.deliver(IcmpMessage(message, packet, packet.source, inner.sequence, error=error))
