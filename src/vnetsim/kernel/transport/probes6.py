"""Sockets of traceroute(8) and tracepath(8) for IPv6, as kernel.transport.probes has those for IPv4 (IPV6_RECVERR)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.fib.info import Transport
from vnetsim.kernel.transport.af_inet6 import zone_of
from vnetsim.kernel.transport.sock import ProbeSock, check_sent
from vnetsim.kernel.transport.udp6 import UdpSock6
from vnetsim.sockets import IcmpMessage
from vnetsim.wire.icmpv6 import Icmpv6
from vnetsim.wire.inet import ANY6, IPv6
from vnetsim.wire.ipv6 import HEADER_LENGTH, UDP, Packet
from vnetsim.wire.udp import Udp

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.transport.udp6 import UdpTable6

_LONGEST: Final = 0xFFFF


class UdpProbes6(ProbeSock[IPv6]):
    """Datagrams to many ports of one host."""

    def __init__(
        self, table: UdpTable6, destination: IPv6, source: IPv6 | None, device: Device | None, *,
        dont_fragment: bool, mark: int, tos: int,
    ) -> None:  # fmt: skip
        super().__init__(table.namespace, destination, source, device, mark, tos)
        self._dont_fragment = dont_fragment
        self._socket = UdpSock6(table)
        table.claim(self._socket, source or ANY6, 0)
        self._socket.on_error = self._heard

    def send(self, number: int, data: bytes, ttl: int) -> None:
        ip6, destination = self._namespace.ip6, self._destination
        strict, transport = self._bound is None, Transport(UDP, self._socket.port, number)
        route = ip6.routes.route_output(destination, self._bound, self._device, self._mark, transport, strict=strict)
        source = self._bound or route.source
        datagram = Udp(self._socket.port, number, data, 8 + len(data))
        length = HEADER_LENGTH + datagram.length
        mtu = ip6.routes.path_mtu(route, destination)
        if datagram.length > _LONGEST or (self._dont_fragment and length > mtu):
            empty = Icmpv6.echo_request(0, 0, b"")
            self._queue.put(IcmpMessage(empty, None, source, number, error=True, local=True, info=mtu))
            raise KernelError(Errno.EMSGSIZE)
        packet = Packet(source, destination, UDP, datagram, ttl, self._tos, 0, b"", None, length)
        check_sent(ip6.send(packet, route, self._mark, loop=True))

    def _heard(self, message: Icmpv6, packet: Packet, inner: Udp, device: Device) -> None:
        zone = zone_of(self._namespace.ip6.routes, packet.source, device)
        self._queue.put(IcmpMessage(message, packet, packet.source, inner.destination_port, error=True, zone=zone))

    def close(self) -> None:
        self._socket.close()
