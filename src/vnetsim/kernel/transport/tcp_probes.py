"""The raw socket of `traceroute -T`: SYNs with a given TTL, each from another port, and their answers.

They implement `process.ProbeSocket`; a segment that answers a probe is reported like an echo reply.  TCP does not know
these connections, and resets those that are accepted.  Not modelled: IPv6.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vnetsim.kernel.fib.info import Transport
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.transport.sock import ProbeSock, check_sent
from vnetsim.sockets import IcmpMessage
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.inet import IPv4
from vnetsim.wire.ipv4 import TCP, Packet
from vnetsim.wire.tcp import MSS, NOP, SACK_PERMITTED, SYN, TIMESTAMPS, WINDOW_SCALE, Tcp

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.transport.tcp import TcpTable

_WINDOW: Final = 5840
_SCALE: Final = 2
_HEADERS: Final = 40
_PORTS: Final = (32768, 61000)


class TcpProbes(ProbeSock[IPv4]):
    """Connection requests to one port of one host."""

    def __init__(
        self, raw: RawTcp, destination: IPv4, source: IPv4 | None, device: Device | None, *,
        port: int, mark: int, tos: int,
    ) -> None:  # fmt: skip
        super().__init__(raw.namespace, destination, source, device, mark, tos)
        self._raw = raw
        self._port = port
        self._clock = raw.namespace.host.random.getrandbits(32)
        #: Which probe left from which port.
        self._numbers: dict[int, int] = {}
        raw.add(self)

    def send(self, number: int, data: bytes, ttl: int) -> None:
        del data  # a connection request has none
        namespace, ip = self._namespace, self._namespace.ip
        transport = Transport(TCP)
        route = ip.routes.route_output(self._destination, self._bound, self._device, self._mark, self._tos, transport)
        source = self._bound or route.source
        mtu = ip.routes.mtu(route, self._destination)
        options = (
            (MSS, mtu - _HEADERS),
            (SACK_PERMITTED, None),
            (TIMESTAMPS, (self._clock, 0)),
            (NOP, None),
            (WINDOW_SCALE, _SCALE),
        )
        sequence = namespace.host.random.getrandbits(32)
        segment = Tcp.build(self._free_port(number), self._port, sequence, 0, SYN, _WINDOW, options)
        packet = Packet.build(
            source, self._destination, TCP, segment, ttl=ttl, identification=ip.next_identification(),
            dont_fragment=True, tos=self._tos,
        )  # fmt: skip
        check_sent(ip.send(packet, route, self._mark))

    def _free_port(self, number: int) -> int:
        port = self._namespace.host.random.randrange(*_PORTS)
        while port in self._numbers:
            port = self._namespace.host.random.randrange(*_PORTS)
        self._numbers[port] = number
        return port

    def saw(self, packet: Packet) -> None:
        """A segment arrived here."""
        segment = packet.payload
        if not isinstance(segment, Tcp) or (packet.source, segment.source_port) != (self._destination, self._port):
            return
        number = self._numbers.get(segment.destination_port)
        if number is not None:
            answer = Icmp.echo_request(0, 0, b"").echo_reply()
            self._queue.put(IcmpMessage(answer, packet, packet.source, number))

    def icmp_error(self, packet: Packet, message: Icmp, inner: Tcp) -> None:
        number = self._numbers.get(inner.source_port)
        if number is not None and inner.destination_port == self._port:
            self._queue.put(IcmpMessage(message, packet, packet.source, number, error=True))

    def close(self) -> None:
        self._raw.remove(self)


class RawTcp:
    """The raw sockets of one namespace, which get a segment before TCP does (raw_local_deliver).

    Without raw sockets the input of TCP costs nothing more.
    """

    def __init__(self, tcp: TcpTable) -> None:
        self.namespace = tcp.namespace
        self._tcp = tcp
        self._sockets: tuple[TcpProbes, ...] = ()

    def add(self, socket: TcpProbes) -> None:
        self._sockets = (*self._sockets, socket)
        self.namespace.ip.protocols[TCP] = self._receive

    def remove(self, socket: TcpProbes) -> None:
        if socket in self._sockets:
            self._sockets = tuple(known for known in self._sockets if known is not socket)
        if not self._sockets:
            self.namespace.ip.protocols[TCP] = self._tcp.receive

    def _receive(self, skb: Skb, packet: Packet) -> None:
        for socket in self._sockets:
            socket.saw(packet)
        self._tcp.receive(skb, packet)

    def err(self, packet: Packet, message: Icmp, about: Packet, _device: Device) -> None:
        """raw_icmp_error, then tcp_v4_err."""
        inner = about.payload
        if isinstance(inner, Tcp):
            for socket in self._sockets:
                socket.icmp_error(packet, message, inner)
            self._tcp.icmp_error(message, about, inner)
