"""One TCP connection in its namespace: drives protocols.tcp with segments, timers and system calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import attrs

from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.fib.info import Transport
from vnetsim.kernel.transport.af_inet6 import mapped
from vnetsim.kernel.transport.tcp_info import tcp_info
from vnetsim.observations import SocketEntry
from vnetsim.operations.route import NO_METRICS
from vnetsim.protocols.tcp import Outgoing, TcpConnection, TcpPath, TcpPorts, TcpSettings, TcpState
from vnetsim.wire.inet import Address
from vnetsim.wire.ipv4 import TCP
from vnetsim.wire.tcp import ACK, RST, Tcp

if TYPE_CHECKING:
    from vnetsim.engine import Scheduled
    from vnetsim.kernel.ipv6.netns import InetNetns
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.transport.af_ops import AnyRoute
    from vnetsim.kernel.transport.tcp import AnyPacket, TcpTable
    from vnetsim.kernel.transport.tcp_sockets import TcpSock

#: Local address and port, remote address and port.
Key: TypeAlias = tuple[Address, int, Address, int]


class TcpEndpoint:
    """A connection, with or without a socket: it outlasts the close() of its program.

    `listener` is where it waits to be accepted, until it is.
    """

    def __init__(
        self, tcp: TcpTable, key: Key, connection: TcpConnection, version: int, *, reuse: bool, device: Device | None
    ) -> None:
        self.tcp = tcp
        self.key = key
        self.connection = connection
        self.version = version
        self.reuse = reuse
        #: Whether its packets must not be cut: as the socket had it when it came into being.
        self.whole = True
        #: Of all that it sends (sk_mark): that of the SYN, with tcp_fwmark_accept.
        self.mark = 0
        #: The only one that it goes by, if its addresses mean something on one link only.
        self.device = device
        self.vrf: Device | None = None if device is None else device.l3mdev
        self.socket: TcpSock | None = None
        self.listener: TcpSock | None = None
        self._af_ops = tcp.af_ops(key[2])
        self._route: AnyRoute | None = None
        self._generation = -1
        self._timer: Scheduled | None = None
        self._timer_at = 0
        self._resuming = False
        self._identification = tcp.namespace.host.random.getrandbits(16)
        tcp.connections[key] = self

    @classmethod
    def connecting(cls, tcp: TcpTable, socket: TcpSock, key: Key, route: AnyRoute) -> TcpEndpoint:
        """connect(2): the first SYN leaves."""
        connection = TcpConnection(
            _settings(tcp, route, socket.congestion_control),
            TcpPorts(key[1], key[3]),
            tcp.af_ops(key[2]).path(route, key[2]),
            number=_random32(tcp),
            clock=_random32(tcp),
            answering=False,
        )
        endpoint = cls(tcp, key, connection, socket.version, reuse=socket.reuse, device=socket.device)
        endpoint.socket, endpoint.whole = socket, socket.discovers_path_mtu
        connection.connect(endpoint.now())
        endpoint.settle()
        return endpoint

    @classmethod
    def answering(
        cls, tcp: TcpTable, listener: TcpSock, packet: AnyPacket, syn: Tcp, link: Device | None, *, mark: int, ecn: int
    ) -> None:
        """A SYN reached a listener by the `link` of its sender: send the SYN-ACK, if there is a route back."""
        try:
            transport = Transport(TCP, syn.destination_port, syn.source_port)
            route = tcp.af_ops(packet.source).route(packet.source, packet.destination, link, mark, transport)
        except KernelError:
            return
        key = (packet.destination, syn.destination_port, packet.source, syn.source_port)
        now = tcp.namespace.host.engine.now()
        connection = TcpConnection.answering(
            syn, _settings(tcp, route, listener.congestion_control), TcpPorts(key[1], key[3]),
            tcp.af_ops(packet.source).path(route, packet.source), now,
            number=_random32(tcp), clock=_random32(tcp), ecn=ecn,
        )  # fmt: skip
        endpoint = cls(tcp, key, connection, listener.version, reuse=listener.reuse, device=listener.device or link)
        endpoint.listener, endpoint.mark, endpoint.whole = listener, mark, listener.discovers_path_mtu
        endpoint.settle()

    def now(self) -> int:
        return self.tcp.namespace.host.engine.now()

    # --- what happens to it -----------------------------------------------------------------------------------------

    def receive(self, segment: Tcp, ecn: int) -> None:
        """`ecn` is the ECN field of its packet."""
        connection, listener = self.connection, self.listener
        embryonic = connection.state is TcpState.SYN_RECV
        if embryonic and listener is not None and listener.is_full and segment.flags & ACK and not segment.flags & RST:
            return
        connection.receive(segment, self.now(), ecn)
        if embryonic and listener is not None and connection.state not in (TcpState.SYN_RECV, TcpState.CLOSED):
            listener.established(self)
        self.settle()

    def path_changed(self) -> None:
        """The path MTU has become smaller; the route has it already."""
        route = self._current_route()
        if route is not None:
            self.connection.new_path(self._af_ops.path(route, self.key[2]), self.now())
            self.settle()

    def unreachable(self, errno: Errno, number: int) -> None:
        self.connection.unreachable(errno, number)
        self.settle()

    def abort(self) -> None:
        self.connection.abort(self.now())
        self.settle()

    def keepalive(self) -> None:
        """Probe whether the peer still is there, as SO_KEEPALIVE does after hours without a segment."""
        self.connection.keepalive(self.now())
        self.settle()

    def forget(self) -> None:
        """Nothing of it is left."""
        if self.tcp.connections.get(self.key) is self:
            del self.tcp.connections[self.key]
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # --- driving the machine ----------------------------------------------------------------------------------------

    def settle(self) -> None:
        """After each event: send segments, set the timer, wake waiting programs."""
        connection = self.connection
        while outgoing := connection.take():
            for index, segment in enumerate(outgoing):
                if self._send(segment) is Errno.ENOBUFS and segment.segment.data:
                    for unsent in reversed(outgoing[index:]):
                        connection.take_back(unsent.segment, self.now())
                    break
        self._set_timer()
        if connection.state is TcpState.CLOSED:
            self.forget()
        if self.socket is not None:
            self.socket.wake()

    @property
    def namespace(self) -> InetNetns:
        return self.tcp.namespace

    def holds(self, size: int) -> None:
        """Frames entered or left a queue of this host (tcp_wfree)."""
        bursts = self.connection.sender.bursts
        bursts.queued += size
        if size < 0 and bursts.throttled and not self._resuming:
            self._resuming = True
            self.tcp.namespace.host.engine.after(0, self._resume)

    def _resume(self) -> None:
        """tcp_tsq_handler."""
        self._resuming = False
        self.connection.resume(self.now())
        self.settle()

    def _send(self, outgoing: Outgoing) -> Errno | None:
        if outgoing.answer:
            identification = 0
        else:
            identification = self._identification = self._identification + 1 & 0xFFFF
        route = self._current_route()
        if route is None:
            return None
        source, _, destination, _ = self.key
        if self.connection.progress:
            self.connection.progress = False
            self._af_ops.confirm(route, destination, self.now())
        return self._af_ops.send(
            outgoing.segment,
            source,
            destination,
            route,
            identification,
            outgoing.gso,
            self,
            self.mark,
            ecn=outgoing.ecn,
            whole=self.whole,
        )

    def _current_route(self) -> AnyRoute | None:
        """None if there is no route at the moment."""
        af_ops = self._af_ops
        if self._route is None or self._generation != af_ops.generation:
            try:
                source, sport, destination, dport = self.key
                self._route = af_ops.route(destination, source, self.device, self.mark, Transport(TCP, sport, dport))
            except KernelError:
                self._route = None
            self._generation = af_ops.generation
            if self._route is not None:
                self._follow(af_ops.path(self._route, self.key[2]))
        return self._route

    def _follow(self, path: TcpPath) -> None:
        """The route is another one than before: so may be the MTU, while the MSS that was announced stays."""
        if path.mtu != self.connection.path.mtu:
            self.connection.new_path(path, self.now())

    def _set_timer(self) -> None:
        """One timer, set anew only where it would come too late."""
        due = self.connection.deadline
        if due is None or (self._timer is not None and self._timer_at <= due):
            return
        if self._timer is not None:
            self._timer.cancel()
        now = self.now()
        self._timer_at = max(due, now)
        self._timer = self.tcp.namespace.host.engine.after(self._timer_at - now, self._expire)

    def _expire(self) -> None:
        self._timer = None
        due = self.connection.deadline
        if due is not None and due <= self.now():
            self.connection.expire(self.now())
            self.settle()
        else:
            self._set_timer()

    # --- dumps -----------------------------------------------------------------------------------------

    @property
    def shown_local(self) -> Address:
        return mapped(self.key[0], self.version)

    def entry(self) -> SocketEntry:
        connection, owner = self.connection, None if self.socket is None else self.socket.owner
        waits = connection.state in (TcpState.TIME_WAIT, TcpState.SYN_RECV)
        return SocketEntry(
            protocol="tcp", state=connection.state.value, local=self.shown_local, local_port=self.key[1],
            remote=mapped(self.key[2], self.version), remote_port=self.key[3],
            receive_queue=0 if waits else connection.receive_queue,
            send_queue=0 if waits else connection.send_queue, device=None if self.device is None else self.device.name,
            process=None if owner is None else owner.name, pid=None if owner is None else owner.pid,
            descriptor=None if owner is None else owner.descriptor, info=tcp_info(connection, self.now()),
        )  # fmt: skip


def _settings(tcp: TcpTable, route: AnyRoute, congestion_control: str | None) -> TcpSettings:
    """`congestion_control` is the choice of the socket."""
    settings, entry = tcp.settings(), None if route.match is None else route.match.entry
    if congestion_control is not None:
        settings = attrs.evolve(settings, congestion_control=congestion_control)
    if entry is None or entry.metrics is NO_METRICS:
        return settings
    from vnetsim.kernel.transport.dst_metrics import settings_by  # noqa: PLC0415 -- few routes have metrics

    return settings_by(settings, entry.metrics)


def _random32(tcp: TcpTable) -> int:
    return tcp.namespace.host.random.getrandbits(32)
