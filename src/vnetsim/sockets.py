"""Protocols of sockets: the calls of a program, and the values that it gets.

Calls that wait return a `Wait` that the program yields (`vnetsim.clock`).  Refusals are KernelError with Linux's
number.  A `timeout` is in nanoseconds; None waits for ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from vnetsim.clock import Wait
from vnetsim.observations import TcpInfo
from vnetsim.values import frozen
from vnetsim.wire import ipv6
from vnetsim.wire.ethernet import Frame
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.icmpv6 import Icmpv6
from vnetsim.wire.inet import Address
from vnetsim.wire.ipv4 import Packet


class SocketHolder(Protocol):
    """What the holder of a socket is known by (task_struct)."""

    @property
    def title(self) -> Sequence[str]:
        """Its arguments, unless it has given itself others (setproctitle)."""

    @property
    def pid(self) -> int: ...


@frozen
class Datagram:
    """A UDP datagram as recvmsg(2) returns it; `zone` is the link of a link-local source."""

    data: bytes
    source: Address
    source_port: int
    destination: Address
    ttl: int
    zone: str | None = None


@frozen
class IcmpMessage:
    """An ICMP message as a ping socket gets it: replies to its echo requests, errors and redirects about them.

    `error` is set for what arrived in the error queue (IP_RECVERR): `packet` is then the error's own packet, or
    None when this host's kernel made the error, `origin` the address it came from and `sequence` the ICMP sequence
    number of the echo request that it is about.  `local`: no message at all, but a send(2) that was too long for the
    path; `info` is its MTU.  A redirect is not an error here; its `sequence` is that of the request, too.  `zone` is
    the device of a link-local `origin`.
    """

    message: Icmp | Icmpv6
    packet: Packet | ipv6.Packet | None
    origin: Address
    sequence: int
    error: bool = False
    local: bool = False
    info: int = 0
    zone: str | None = None


class UdpSocket(Protocol):
    """A datagram socket.  A pending ICMP error is raised by the next call as KernelError (ECONNREFUSED, ...).

    With `recverr` that is every error (IP_RECVERR), else the fatal ones.
    """

    recverr: bool

    @property
    def local(self) -> tuple[Address, int]: ...
    def bind(self, address: Address, port: int, *, only_v6: bool = False, zone: str | None = None) -> None:
        """EADDRNOTAVAIL, EADDRINUSE, EINVAL (bound already, a link-local address without its `zone`); port 0 is any.

        A socket of IPv6 at `::` receives IPv4 too, unless `only_v6`.
        """

    def connect(self, address: Address, port: int, zone: str | None = None) -> None: ...
    def send(self, data: bytes) -> None: ...
    def send_to(self, data: bytes, address: Address, port: int, zone: str | None = None) -> None: ...
    def receive(self, timeout: int | None = None) -> Wait:
        """Yields a Datagram, or None when `timeout` nanoseconds passed."""

    def give(self, process: SocketHolder, descriptor: int | None = None) -> None:
        """Another process holds it from now on, as after fork(2); by the first free descriptor, or this one."""

    def close(self) -> None: ...


class TcpSocket(Protocol):
    """A stream socket: bind and listen and accept, or connect; then send, receive and close.

    What went wrong meanwhile (ECONNREFUSED, ECONNRESET, ETIMEDOUT, EHOSTUNREACH, EPIPE ...) is raised as KernelError
    where the program waits.  Its maker must close it.
    """

    @property
    def local(self) -> tuple[Address, int]: ...
    @property
    def remote(self) -> tuple[Address, int]: ...
    def bind(
        self, address: Address, port: int, *, reuse: bool = False, reuse_port: bool = False, only_v6: bool = False,
        zone: str | None = None,
    ) -> None:  # fmt: skip
        """EADDRNOTAVAIL, EADDRINUSE; port 0 is any.  `reuse` and `reuse_port` are SO_REUSEADDR and SO_REUSEPORT.

        A link-local address needs its `zone`, else EINVAL, as it does for `connect`.
        """

    def listen(self, backlog: int) -> None: ...
    def accept(self, timeout: int | None = None) -> Wait:
        """Yields the TcpSocket of a new connection, or None when `timeout` nanoseconds passed."""

    def connect(self, address: Address, port: int, timeout: int | None = None, zone: str | None = None) -> Wait:
        """Yields True once connected, None when `timeout` passed (EINPROGRESS); no route raises at once."""

    def readable(self, timeout: int | None = None) -> Wait:
        """Yields True once `accept` or `receive` need not wait, False when `timeout` passed.  It takes nothing."""

    def receive(self, timeout: int | None = None, size: int = 65536) -> Wait:
        """Yields what arrived, at most `size` bytes; b"" at the end, None when `timeout` passed.

        Of several waits at once (`any_of`) use `readable`: an abandoned receive still takes data.
        """

    def send(self, data: bytes, *, more: bool = False) -> Wait:
        """Yields True once all of it is in the send buffer; `more` will follow at once (MSG_MORE)."""

    def flush(self) -> None:
        """Send what was held back because more was to follow."""

    def no_delay(self) -> None:
        """setsockopt(2) with TCP_NODELAY: a small segment never waits for an acknowledgement (Nagle)."""

    def info(self) -> TcpInfo:
        """getsockopt(2) with TCP_INFO; KernelError(ENOTCONN) without a connection."""

    def choose_congestion_control(self, name: str) -> None:
        """setsockopt(2) with TCP_CONGESTION, before it is connected: ENOENT for one that there is not."""

    def shutdown(self) -> None:
        """Send no more (SHUT_WR): the other end reads the end."""

    def give(self, process: SocketHolder, descriptor: int | None = None) -> None:
        """Another process holds it from now on, as after fork(2); by the first free descriptor, or this one."""

    def close(self) -> None:
        """Twice changes nothing."""


class PingSocket(Protocol):
    """A raw ICMP socket as ping(8) uses it, for one destination."""

    @property
    def identifier(self) -> int: ...
    @property
    def source(self) -> Address: ...
    def send(self, sequence: int, data: bytes) -> None:
        """KernelError: EPERM (dropped by OUTPUT), ENOBUFS (the device refused), ENETUNREACH ... (no route any more).

        EMSGSIZE (longer than the path's MTU with dont_fragment, or than 65535) leaves a `local` message behind.
        """

    def receive(self, timeout: int | None = None) -> Wait:
        """Yields an IcmpMessage, or None when `timeout` nanoseconds passed."""

    def close(self) -> None: ...


class ProbeSocket(Protocol):
    """A socket of traceroute(8) and tracepath(8), for one destination, with an error queue (IP_RECVERR)."""

    def send(self, number: int, data: bytes, ttl: int) -> None:
        """A UDP datagram to port `number`, an echo request with that sequence number, or a SYN.

        Refusals as of PingSocket.
        """

    def receive(self, timeout: int | None = None) -> Wait:
        """Yields an IcmpMessage, whose `sequence` is the `number` of the probe, or None after `timeout` nanoseconds."""

    def close(self) -> None: ...


class PacketSocket(Protocol):
    """AF_PACKET: sees every frame of a device (or of all devices), in both directions."""

    @property
    def gone(self) -> bool:
        """The device is no more."""

    def send(self, frame: Frame) -> None: ...
    def receive(self, timeout: int | None = None) -> Wait:
        """Yields a Captured, or None when `timeout` nanoseconds passed or the device has gone."""

    def close(self) -> None: ...


class NetworkWatch(Protocol):
    """A netlink socket with the changes of a network namespace."""

    def receive(self, timeout: int | None = None) -> Wait:
        """Yields an observations.monitor.NetworkEvent."""

    def close(self) -> None: ...


class RulesetWatch(Protocol):
    """A netlink socket with the changes of the tables of nft; `heard` are all of them, None is one by iptables."""

    heard: list[Any]

    def receive(self, timeout: int | None = None) -> Wait:
        """Yields one of them in a tuple."""

    def close(self) -> None: ...


class ConnectionWatch(Protocol):
    """A netlink socket with the events of tracked connections."""

    def receive(self, timeout: int | None = None) -> Wait:
        """Yields an observations.ConnectionEvent, or None when `timeout` nanoseconds passed."""

    def close(self) -> None: ...


@frozen
class Captured:
    """A frame seen on `device` at `at` nanoseconds; `outgoing` when this machine sent it."""

    at: int
    device: str
    frame: Frame
    outgoing: bool
    #: As `ip link` calls it: `ether`, `gre` ...
    link_type: str = "ether"
