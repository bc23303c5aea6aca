"""Sockets of traceroute(8) and tracepath(8): datagrams and echo requests with a TTL of their own, and an error queue.

They implement `process.ProbeSocket`; the datagrams of IPv6 are in kernel.transport.probes6.  Errors come from
ip_icmp_error, local ones from ip_local_error (IP_RECVERR).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.fib.info import Transport
from vnetsim.kernel.transport.ping import PingSock
from vnetsim.kernel.transport.sock import ProbeSock, check_sent, discovers_path_mtu
from vnetsim.kernel.transport.udp import UdpSock, UdpTable
from vnetsim.sockets import IcmpMessage
from vnetsim.wire import icmp
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.inet import IPv4
from vnetsim.wire.ipv4 import UDP, Packet
from vnetsim.wire.udp import Udp

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.transport.ping6 import PingSock6

_LONGEST: Final = 0xFFFF


class UdpProbes(ProbeSock[IPv4]):
    """Datagrams to many ports of one host."""

    def __init__(
        self, table: UdpTable, destination: IPv4, source: IPv4 | None, device: Device | None, *,
        dont_fragment: bool, mark: int, tos: int,
    ) -> None:  # fmt: skip
        super().__init__(table.namespace, destination, source, device, mark, tos)
        self._dont_fragment = dont_fragment
        self._discovers = discovers_path_mtu(table.namespace)
        self._socket = UdpSock(table)
        table.claim(self._socket, source or IPv4(0), 0)
        self._socket.on_error = self._heard

    def send(self, number: int, data: bytes, ttl: int) -> None:
        ip = self._namespace.ip
        transport = Transport(UDP, self._socket.port, number)
        route = ip.routes.route_output(self._destination, self._bound, self._device, self._mark, self._tos, transport)
        source = self._bound or route.source
        length = 28 + len(data)
        mtu = ip.routes.mtu(route, self._destination)
        if length > _LONGEST or (self._dont_fragment and length > mtu):
            empty = Icmp.build(icmp.ECHO_REQUEST, 0, 0, b"")
            self._queue.put(IcmpMessage(empty, None, source, number, error=True, local=True, info=mtu))
            raise KernelError(Errno.EMSGSIZE)
        packet = Packet(
            source, self._destination, UDP, Udp(self._socket.port, number, data, length - 20), ttl,
            ip.next_identification(), self._dont_fragment or (self._discovers and length <= mtu), False, 0,
            self._tos, b"", length,
        )  # fmt: skip
        check_sent(ip.send(packet, route, self._mark))

    def _heard(self, message: Icmp, packet: Packet, inner: Udp) -> None:
        self._queue.put(IcmpMessage(message, packet, packet.source, inner.destination_port, error=True))

    def close(self) -> None:
        self._socket.close()


class EchoProbes:
    """Echo requests."""

    def __init__(self, socket: PingSock | PingSock6) -> None:
        self._socket = socket

    def send(self, number: int, data: bytes, ttl: int) -> None:
        self._socket.ttl = ttl
        self._socket.send(number, data)

    def receive(self, timeout: int | None = None) -> Any:
        return self._socket.receive(timeout)

    def close(self) -> None:
        self._socket.close()
