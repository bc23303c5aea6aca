"""What sockets of all families and protocols have in common (net/core/sock.c, net/ipv4/af_inet.c).

Not modelled: socket buffers by bytes (a socket holds `_RECEIVE_LIMIT` messages), multicast group membership,
SO_REUSEPORT balancing.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.transport.owners import Owner, Owners
from vnetsim.observations import SocketEntry
from vnetsim.wire import icmp
from vnetsim.wire.inet import Address, IPv4, IPv6

if TYPE_CHECKING:
    from vnetsim.engine import Engine, Scheduled
    from vnetsim.engine.task import Signal
    from vnetsim.kernel.ipv6.netns import InetNetns
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.sockets import SocketHolder

AddressT = TypeVar("AddressT", IPv4, IPv6)

#: Messages that wait in one socket before more are lost (about 212992 bytes of small datagrams).
_RECEIVE_LIMIT: Final = 277
#: icmp_err_convert: the errno of an ICMP error.
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
#: Codes that are not fatal (icmp_err_convert): a UDP socket without IP_RECVERR does not get them.
NOT_FATAL: Final = frozenset((icmp.NET_UNREACHABLE, icmp.HOST_UNREACHABLE, icmp.SOURCE_ROUTE_FAILED, 11, 12))


def discovers_path_mtu(namespace: InetNetns) -> bool:
    """Whether packets of a new socket have DF set (inet_create, ip_no_pmtu_disc)."""
    return not namespace.sysctls.number("net/ipv4/ip_no_pmtu_disc")


def may_bind(namespace: InetNetns, address: Address, device: Device | None = None) -> bool:
    """Whether a socket of `device` may have an address: one of this host, or any with ip_nonlocal_bind."""
    number = namespace.sysctls.number
    if isinstance(address, IPv6):
        return bool(number("net/ipv6/ip_nonlocal_bind")) or namespace.ip6.routes.is_local(address)
    assert isinstance(address, IPv4)
    return bool(number("net/ipv4/ip_nonlocal_bind")) or namespace.ip.routes.is_local(address, device)


def check_sent(failed: Errno | None) -> None:
    """net_xmit_errno: KernelError for a packet that was refused, but not for one that a queue dropped."""
    if failed is not None and failed is not Errno.ENOBUFS:
        raise KernelError(failed)


class ReceiveQueue:
    """sk_receive_queue: messages for one reader, which may wait for the next one."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        #: None until the first message has to wait.
        self._messages: deque[object] | None = None
        self._reader: Signal | None = None
        self._timer: Scheduled | None = None

    def put(self, message: object) -> bool:
        """False if the queue is full."""
        reader, self._reader = self._reader, None
        if reader is not None and not reader.is_set:
            reader.set(message)
            self._stop_timer()
            return True
        if self._messages is None:
            self._messages = deque()
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
        """Wake the reader with None: there is an error to report."""
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.set(None)
            self._stop_timer()

    def __len__(self) -> int:
        return 0 if self._messages is None else len(self._messages)


class InetSock(Generic[AddressT]):
    """struct inet_sock: a socket with a local and perhaps a remote end, and its owner."""

    #: Whether every ICMP error is reported, also those that are not fatal (IP_RECVERR).
    recverr: bool = False
    error: Errno | None = None
    owner: Owner | None = None
    remote: AddressT | None = None
    port: int = 0
    remote_port: int = 0

    def __init__(self, namespace: InetNetns, owners: Owners, any_address: AddressT) -> None:
        self._namespace = namespace
        self._owners = owners
        self._queue = ReceiveQueue(namespace.host.engine)
        self._any: AddressT = any_address
        self.address: AddressT = any_address

    @property
    def local(self) -> tuple[Address, int]:
        return self.address, self.port

    def receive(self, timeout: int | None = None) -> Any:
        self._raise_pending()
        return self._queue.get(timeout)

    def give(self, process: SocketHolder, descriptor: int | None = None) -> None:
        self._owners.close(self.owner)
        self.owner = self._owners.take(process, self, descriptor)

    def close(self) -> None:
        self._unhash()
        self._owners.close(self.owner)
        self.owner = None

    def _unhash(self) -> None:
        """sk_prot->unhash: give the port back."""
        raise NotImplementedError

    def fail(self, error: Errno) -> None:
        """sk_err: the next call raises it, and a waiting reader is woken with None."""
        self.error = error
        self._queue.wake()

    def _raise_pending(self) -> None:
        error, self.error = self.error, None
        if error is not None:
            raise KernelError(error)

    def _entry(self, *, dual_stack: bool = False, device: str | None = None) -> SocketEntry:
        owner = self.owner
        return SocketEntry(
            protocol="udp", state="UNCONN" if self.remote is None else "ESTAB", local=self.address,
            local_port=self.port, remote=self.remote or self._any, remote_port=self.remote_port,
            receive_queue=len(self._queue), dual_stack=dual_stack, device=device,
            process=None if owner is None else owner.name, pid=None if owner is None else owner.pid,
            descriptor=None if owner is None else owner.descriptor,
        )  # fmt: skip


class ProbeSock(Generic[AddressT]):
    """What a socket of traceroute(8) sends to and from, and its error queue."""

    def __init__(
        self, namespace: InetNetns, destination: AddressT, source: AddressT | None, device: Device | None, mark: int,
        tos: int,
    ) -> None:  # fmt: skip
        self._namespace = namespace
        self._destination: AddressT = destination
        self._bound: AddressT | None = source
        self._device = device
        self._mark = mark
        self._tos = tos
        self._queue = ReceiveQueue(namespace.host.engine)

    def receive(self, timeout: int | None = None) -> Any:
        return self._queue.get(timeout)
