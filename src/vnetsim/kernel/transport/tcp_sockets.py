"""TCP sockets: implements process.TcpSocket (net/ipv4/tcp.c, inet_connection_sock.c).

Not modelled: options other than SO_REUSEADDR and SO_REUSEPORT, urgent data, binding to a device.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.fib.info import Transport
from vnetsim.kernel.ipv4.rtable import Rtable
from vnetsim.kernel.ipv6.route import Rt6Info
from vnetsim.kernel.transport.af_inet6 import check_own, link_of, mapped, unmapped
from vnetsim.kernel.transport.sock import discovers_path_mtu, may_bind
from vnetsim.kernel.transport.tcp import Bound, TcpTable
from vnetsim.kernel.transport.tcp_endpoint import TcpEndpoint
from vnetsim.kernel.transport.tcp_info import tcp_info
from vnetsim.observations import SocketEntry, TcpInfo
from vnetsim.protocols.tcp import TcpState
from vnetsim.protocols.tcp.congestion import ALGORITHMS
from vnetsim.wire.inet import ANY4, ANY6, LOOPBACK4, LOOPBACK6, Address, IPv4, IPv6
from vnetsim.wire.ipv4 import TCP

if TYPE_CHECKING:
    from vnetsim.engine.task import Signal
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.transport.owners import Owner
    from vnetsim.sockets import SocketHolder

#: The default size of a receive(2), in bytes.
_READ: Final = 65_536


class TcpSock:
    """A socket: new, bound, listening, connected or closed.  Of `version` 6 it may carry IPv4, too."""

    def __init__(self, tcp: TcpTable, version: int) -> None:
        namespace = self._namespace = tcp.namespace
        self._tcp = tcp
        self._engine = namespace.host.engine
        self.version = version
        self.owner: Owner | None = None
        self.address: Address = ANY4 if version == 4 else ANY6
        self.port = 0
        self.dual_stack = version == 6
        #: The only device that it goes by, once it has named an address that means something on one link only.
        self.device: Device | None = None
        self.reuse = self.reuse_port = False
        self.discovers_path_mtu = discovers_path_mtu(namespace)
        self.congestion_control: str | None = None
        self.listening = False
        self.endpoint: TcpEndpoint | None = None
        self.backlog = 0
        self._accepted: list[TcpEndpoint] = []
        self._error: Errno | None = None
        self._closed = False
        self._shut = False
        #: Waiting programs with the condition that they wait for, which may raise KernelError.
        self._waiters: list[tuple[Signal, Callable[[], Any]]] = []
        #: What `readable` answered last.
        self._awaited: Signal | None = None

    # --- names ------------------------------------------------------------------------------------------------------

    @property
    def local(self) -> tuple[Address, int]:
        if self.endpoint is not None:
            return self.endpoint.shown_local, self.port
        return self.address, self.port

    @property
    def remote(self) -> tuple[Address, int]:
        """KernelError(ENOTCONN) without a connection."""
        if self.endpoint is None:
            raise KernelError(Errno.ENOTCONN)
        return mapped(self.endpoint.key[2], self.version), self.endpoint.key[3]

    @property
    def bound(self) -> Bound:
        return Bound(self.address, self.dual_stack, self.reuse, self.reuse_port, self.listening, self.vrf)

    @property
    def vrf(self) -> Device | None:
        """The device that it is bound to, if that is a VRF or its slave."""
        return None if self.device is None or self.device.l3mdev is None else self.device

    # --- becoming something -----------------------------------------------------------------------------------------

    def bind(
        self, address: Address, port: int, *, reuse: bool = False, reuse_port: bool = False, only_v6: bool = False,
        zone: str | None = None,
    ) -> None:  # fmt: skip
        own = _plain(address)
        if isinstance(own, IPv6):
            device = link_of(self._namespace, own, zone, self.device)
            check_own(self._namespace, own, device)
            self.device = device
        elif own and not may_bind(self._namespace, own, self.device):
            raise KernelError(Errno.EADDRNOTAVAIL)
        self.address, self.reuse, self.reuse_port = address, reuse, reuse_port
        self.dual_stack = self.version == 6 and not only_v6 and not (own and own.version == 6)
        self.port = self._tcp.claim(self, port)

    def listen(self, backlog: int) -> None:
        if not self.port:
            self.port = self._tcp.claim(self, 0)
        others = [other for other in self._tcp.sockets[self.port] if other is not self and other.listening]
        if any(self.bound.overlaps(other.bound) and not self.bound.tolerates(other.bound) for other in others):
            raise KernelError(Errno.EADDRINUSE)
        self.listening = True
        self.backlog = min(backlog, self._namespace.sysctls.number("net/core/somaxconn"))

    def connect(self, address: Address, port: int, timeout: int | None = None, zone: str | None = None) -> Signal:
        destination, source = _plain(address), _plain(self.address) or None
        if self.version < destination.version or (source is not None and source.version != destination.version):
            raise KernelError(Errno.EAFNOSUPPORT if self.version < destination.version else Errno.ENETUNREACH)
        if not destination:
            destination = source or (LOOPBACK4 if destination.version == 4 else LOOPBACK6)
        if isinstance(destination, IPv6):
            self.device = link_of(self._namespace, destination, zone, self.device)
        route: Rtable | Rt6Info
        transport = Transport(TCP, self.port, port)
        if isinstance(destination, IPv6):
            route = self._tcp.af_ops(destination).route(destination, source, self.device, 0, transport)
        else:
            assert source is None or isinstance(source, IPv4)
            route = self._namespace.ip.routes.route_connect(IPv4(destination), source, self.device, transport=transport)
        if destination.is_multicast or (isinstance(route, Rtable) and route.is_broadcast):
            raise KernelError(Errno.ENETUNREACH)
        source = source or route.source
        if not self.port:
            self.port = self._tcp.claim_for_connection(self, source, destination, port)
        key = (source, self.port, destination, port)
        if key in self._tcp.connections:
            raise KernelError(Errno.EADDRNOTAVAIL)
        self.address = mapped(source, self.version)
        self.endpoint = TcpEndpoint.connecting(self._tcp, self, key, route)
        return self._when(self._connected, timeout)

    def _connected(self) -> bool | None:
        assert self.endpoint is not None
        connection = self.endpoint.connection
        if connection.state is TcpState.CLOSED:
            raise KernelError(connection.error or Errno.ECONNABORTED)
        return None if connection.state in (TcpState.SYN_SENT, TcpState.SYN_RECV) else True

    # --- a listener -------------------------------------------------------------------------------------------------

    def listens_to(self, address: Address, link: Device | None) -> int:
        """compute_score: how well it matches a connection to a local address; 0: not at all."""
        if not self.listening or (self.device is not None and self.device is not link and self.vrf is None):
            return 0
        own = _plain(self.address)
        if own:
            return 4 * (own == address and own.version == address.version)
        if self.version == address.version:
            return 2
        return int(self.version == 6 and self.dual_stack)

    @property
    def is_full(self) -> bool:
        """sk_acceptq_is_full."""
        return len(self._accepted) > self.backlog

    def established(self, endpoint: TcpEndpoint) -> None:
        """A handshake is complete: the connection can be accepted."""
        self._accepted.append(endpoint)
        self.wake()

    def accept(self, timeout: int | None = None) -> Signal:
        if not self.listening:
            raise KernelError(Errno.EINVAL)
        return self._when(self._take_connection, timeout)

    def _take_connection(self) -> TcpSock | None:
        if not self._accepted:
            return None
        endpoint = self._accepted.pop(0)
        socket = TcpSock(self._tcp, self.version)
        if self.owner is not None:
            socket.owner = self._tcp.owners.again(self.owner, socket)
        socket.address, socket.port, socket.device = endpoint.shown_local, self.port, endpoint.device
        socket.reuse, socket.reuse_port = self.reuse, self.reuse_port
        socket.discovers_path_mtu = self.discovers_path_mtu
        socket.endpoint = endpoint
        endpoint.listener, endpoint.socket = None, socket
        self._tcp.sockets.setdefault(self.port, []).append(socket)
        return socket

    # --- data -------------------------------------------------------------------------------------------------------

    def readable(self, timeout: int | None = None) -> Signal:
        if timeout is not None:
            return self._when(self._is_readable, timeout, False)
        # Who polls in a loop, and takes each time what else was there first, waits once.
        if self._awaited is None or self._awaited.is_set:
            self._awaited = self._when(self._is_readable, None)
        return self._awaited

    def _is_readable(self) -> bool | None:
        if self.listening:
            return True if self._accepted else None
        connection = self._opened().connection
        return True if connection.readable or connection.at_end else None

    def receive(self, timeout: int | None = None, size: int = _READ) -> Signal:
        self._opened()
        return self._when(lambda: self._take_data(size), timeout)

    def _take_data(self, size: int) -> bytes | None:
        endpoint = self._opened()
        if endpoint.connection.readable:
            data = endpoint.connection.read(size, self._engine.now())
            endpoint.settle()
            return data
        self._raise_error()
        return b"" if endpoint.connection.at_end else None

    def send(self, data: bytes, *, more: bool = False) -> Signal:
        self._check_sending()
        return self._when(_Writing(self, data, more).step, None)

    def write_some(self, data: bytes, *, more: bool) -> int:
        """How many bytes of `data` fit the send buffer; KernelError if the connection is closed."""
        self._check_sending()
        endpoint = self._opened()
        size = min(len(data), endpoint.connection.writable)
        if size:
            endpoint.connection.write(data[:size], self._engine.now(), more=more)
            endpoint.settle()
        return size

    def flush(self) -> None:
        endpoint = self._opened()
        endpoint.connection.flush(self._engine.now())
        endpoint.settle()

    def no_delay(self) -> None:
        self._opened().connection.sender.no_delay = True

    def info(self) -> TcpInfo:
        endpoint = self._opened()
        return tcp_info(endpoint.connection, self._engine.now())

    def choose_congestion_control(self, name: str) -> None:
        if name not in ALGORITHMS:
            raise KernelError(Errno.ENOENT)
        self.congestion_control = name

    def _check_sending(self) -> None:
        endpoint = self._opened()
        self._raise_error()
        if self._shut or not endpoint.connection.state.may_send:
            raise KernelError(Errno.EPIPE)

    def _opened(self) -> TcpEndpoint:
        if self.endpoint is None or self._closed:
            raise KernelError(Errno.EBADF if self._closed else Errno.ENOTCONN)
        return self.endpoint

    def _raise_error(self) -> None:
        """SO_ERROR: reading it clears it."""
        connection = self._opened().connection
        error, connection.error = connection.error, None
        if error is not None:
            raise KernelError(error)

    # --- the end ----------------------------------------------------------------------------------------------------

    def shutdown(self) -> None:
        endpoint = self._opened()
        if endpoint.connection.state is TcpState.CLOSED:
            raise KernelError(Errno.ENOTCONN)
        self._shut = True
        endpoint.connection.shutdown(self._engine.now())
        endpoint.settle()

    def give(self, process: SocketHolder, descriptor: int | None = None) -> None:
        owners = self._tcp.owners
        owners.close(self.owner)
        self.owner = owners.take(process, self, descriptor)

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        for signal, _ in self._waiters:
            signal.fail(KernelError(Errno.EBADF))
        self._waiters.clear()
        self._tcp.release(self)
        self._tcp.owners.close(self.owner)
        if self.listening:
            self._stop_listening()
        elif self.endpoint is not None:
            endpoint = self.endpoint
            endpoint.socket = None
            endpoint.connection.close(self._engine.now())
            endpoint.settle()

    def _stop_listening(self) -> None:
        """inet_csk_listen_stop: reset connections that were not accepted, and requests with their next segment."""
        self.listening = False
        for endpoint in self._accepted:
            endpoint.listener = None
            endpoint.abort()
        for endpoint in list(self._tcp.connections.values()):
            if endpoint.listener is self:
                endpoint.forget()

    # --- waiting ----------------------------------------------------------------------------------------------------

    def _when(self, attempt: Callable[[], Any], timeout: int | None, late: object = None) -> Signal:
        """A signal that is set with what `attempt` comes to, once that is not None, or with `late`."""
        signal = self._engine.signal()
        if not _try(signal, attempt):
            self._waiters.append((signal, attempt))
            if timeout is not None:
                self._engine.after(timeout, self._give_up, signal, late)
        return signal

    def _give_up(self, signal: Signal, late: object) -> None:
        self._waiters = [waiter for waiter in self._waiters if waiter[0] is not signal]
        signal.set(late)

    def wake(self) -> None:
        """Wake the programs whose condition holds."""
        if self._waiters:
            waiters, self._waiters = self._waiters, []
            self._waiters = [waiter for waiter in waiters if not _try(*waiter)] + self._waiters

    # --- dumps -----------------------------------------------------------------------------------------

    def entry(self) -> SocketEntry:
        """Of a listener; its connections have entries of their own."""
        owner = self.owner
        return SocketEntry(
            protocol="tcp", state="LISTEN", local=self.address, local_port=self.port,
            remote=ANY4 if self.version == 4 else ANY6, remote_port=0, receive_queue=len(self._accepted),
            send_queue=self.backlog, dual_stack=self.dual_stack,
            device=None if self.device is None else self.device.name, process=None if owner is None else owner.name,
            pid=None if owner is None else owner.pid, descriptor=None if owner is None else owner.descriptor,
            info=TcpInfo(congestion_control=self._tcp.settings().congestion_control, window=10, receive_buffer=131072,
                         send_buffer=16384),
        )  # fmt: skip


class _Writing:
    """Data of a blocking send(2), which goes into the send buffer in parts."""

    def __init__(self, socket: TcpSock, data: bytes, more: bool) -> None:
        self._socket, self._left, self._more = socket, data, more

    def step(self) -> bool | None:
        self._left = self._left[self._socket.write_some(self._left, more=self._more) :]
        return None if self._left else True


def _plain(address: Address) -> Address:
    """The IPv4 address of an IPv4-mapped one."""
    four = unmapped(address)
    return address if four is None else four


def _try(signal: Signal, attempt: Callable[[], Any]) -> bool:
    """Whether the wait has ended, with a result or an error."""
    if signal.is_set:
        return True
    try:
        answer = attempt()
    except KernelError as error:
        signal.fail(error)
        return True
    if answer is None:
        return False
    signal.set(answer)
    return True
