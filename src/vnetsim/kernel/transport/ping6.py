"""Raw ICMPv6 sockets of ping(8) (net/ipv6/raw.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.fib.info import Transport
from vnetsim.kernel.transport.af_inet6 import zone_of
from vnetsim.kernel.transport.ping import RawPing, RawPingTable
from vnetsim.sockets import IcmpMessage
from vnetsim.wire import icmpv6
from vnetsim.wire.icmpv6 import PROTOCOL, Icmpv6
from vnetsim.wire.inet import ANY6, Address, IPv6
from vnetsim.wire.ipv6 import HEADER_LENGTH, Packet

if TYPE_CHECKING:
    from vnetsim.kernel.ipv6.route import Rt6Info
    from vnetsim.kernel.netdev.device import Device

#: Bytes behind the IPv6 header, at most.
_LONGEST: Final = 0xFFFF


class PingSock6(RawPing):
    """A raw ICMPv6 socket of ping(8), for one destination; `source` is :: where the kernel chooses for each packet."""

    def __init__(self, table: PingTable6, destination: IPv6, identifier: int) -> None:
        super().__init__(table, identifier)
        self._destination = destination
        self.source: Address = ANY6
        self._bound: IPv6 | None = None
        self.dont_fragment = False
        self.traffic_class = 0

    def bind(self, source: IPv6 | None, device: Device | None) -> None:
        self._bound, self._oif = source, device

    def send(self, sequence: int, data: bytes) -> None:
        """rawv6_sendmsg."""
        ip6, destination = self._namespace.ip6, self._destination
        strict, transport = self._bound is None, Transport(PROTOCOL)
        route = ip6.routes.route_output(destination, self._bound, self._oif, self.mark, transport, strict=strict)
        message = Icmpv6.echo_request(self.identifier, sequence, data)
        source, length = self._bound or route.source, HEADER_LENGTH + message.length
        mtu = ip6.routes.path_mtu(route, destination)
        if length > (mtu if self.dont_fragment else HEADER_LENGTH + _LONGEST):
            self._queue.put(IcmpMessage(message, None, source, sequence, error=True, local=True, info=mtu))
            raise KernelError(Errno.EMSGSIZE)
        packet = Packet(
            source, destination or route.source, PROTOCOL, message, self.ttl or self._default_limit(route),
            self.traffic_class, 0, b"", None, length,
        )  # fmt: skip
        failed = ip6.send(packet, route, self.mark, loop=True)
        if failed is not None:
            raise KernelError(failed)

    def _default_limit(self, route: Rt6Info) -> int:
        return 1 if self._destination.is_multicast else self._namespace.ip6.hop_limit(route)


class PingTable6(RawPingTable[PingSock6]):
    def open(self, destination: IPv6) -> PingSock6:
        socket = PingSock6(self, destination, self._free_identifier())
        self._sockets[socket.identifier] = socket
        return socket

    def raw_local_deliver(self, packet: Packet, message: Icmpv6, device: Device) -> None:
        """raw6_local_deliver: the filter of ping(8) keeps echo replies."""
        if message.type == icmpv6.ECHO_REPLY:
            self._deliver(message.identifier, packet, message, message.sequence, device, error=False)

    def err(self, packet: Packet, message: Icmpv6, about: Packet, device: Device) -> None:
        """An ICMPv6 error about an echo request of this host."""
        inner = about.payload
        if isinstance(inner, Icmpv6) and inner.type == icmpv6.ECHO_REQUEST:
            self._deliver(inner.identifier, packet, message, inner.sequence, device, error=True)

    def _deliver(
        self, identifier: int, packet: Packet, message: Icmpv6, sequence: int, device: Device, *, error: bool
    ) -> None:
        socket = self._sockets.get(identifier)
        if socket is not None:
            zone = zone_of(self.namespace.ip6.routes, packet.source, device)
            socket.deliver(IcmpMessage(message, packet, packet.source, sequence, error=error, zone=zone))
