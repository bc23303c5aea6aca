"""One question and its answer on a socket of their own: UDP, or TCP with lengths before messages (RFC 1035, 4.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vnetsim.clock import SECOND
from vnetsim.errors import Errno, KernelError, NotModelled, VnetsimError
from vnetsim.process import Coroutine, Process
from vnetsim.sockets import Datagram, TcpSocket, UdpSocket
from vnetsim.values import frozen
from vnetsim.wire import dns
from vnetsim.wire.dns import DnsMessage
from vnetsim.wire.inet import Address

_UDP_SECONDS: Final = 5
_TCP_SECONDS: Final = 10
_SILENCE: Final = "timed out"
#: isc_result_totext() of what the kernel refused (isc__uverr2result).
_RESULTS: Final = {
    Errno.EADDRNOTAVAIL: "address not available", Errno.EADDRINUSE: "address in use", Errno.EPERM: "permission denied",
    Errno.EACCES: "permission denied", Errno.ENETUNREACH: "network unreachable", Errno.ENETDOWN: "network down",
    Errno.EHOSTUNREACH: "host unreachable", Errno.EHOSTDOWN: "host down", Errno.ECONNREFUSED: "connection refused",
    Errno.EINVAL: "invalid file", Errno.ECONNRESET: "connection reset", Errno.EPIPE: "connection reset",
    Errno.ETIMEDOUT: _SILENCE, Errno.EAFNOSUPPORT: "address family not supported",
}  # fmt: skip


class QueryFailed(VnetsimError):
    """No answer from a server; `refused`: the socket could not be connected."""

    def __init__(self, text: str, *, refused: bool = False) -> None:
        super().__init__(text)
        self.refused = refused


@frozen
class DigReply:
    """`sent` and `received` in nanoseconds, `size` in bytes."""

    message: DnsMessage
    size: int
    sent: int
    received: int


@frozen(kw_only=True)
class DigQuery:
    """Sends `data` to a server.

    `accept` gives the message of the bytes that came, None for what is no answer to this; `connected` is called once
    there is a socket, `sending` with the time at which the question leaves; `seconds` is the time-out, 0 the usual one.
    """

    process: Process
    port: int
    source: tuple[Address, int] | None
    seconds: int
    accept: Callable[[bytes], DnsMessage | None]
    connected: Callable[[], None]
    sending: Callable[[int], None]

    def over_udp(self, address: Address, data: bytes) -> Coroutine[DigReply]:
        """QueryFailed after the timeout, or as soon as an ICMP error arrives."""
        socket: UdpSocket = self.process.network.udp_socket(address.version, owner=self.process)
        try:
            try:
                if self.source is not None:
                    socket.bind(*self.source)
                socket.connect(address, self.port)
            except KernelError as error:
                raise QueryFailed(_result_text(error), refused=True) from None
            self.connected()
            sent = self.process.now()
            _send(socket, data)
            self.sending(sent)
            return (yield from self._await(socket, sent))
        finally:
            socket.close()

    def _await(self, socket: UdpSocket, sent: int) -> Coroutine[DigReply]:
        deadline = sent + (self.seconds or _UDP_SECONDS) * SECOND
        while (left := deadline - self.process.now()) > 0:
            try:
                # None: the time is over, or an ICMP error is there, which the next call raises.
                datagram: Datagram | None = yield socket.receive(left)
            except KernelError as error:
                raise QueryFailed(_result_text(error)) from None
            message = None if datagram is None else self.accept(datagram.data)
            if datagram is not None and message is not None:
                return DigReply(message, len(datagram.data), sent, self.process.now())
        raise QueryFailed(_SILENCE)

    def over_tcp(self, address: Address, data: bytes) -> Coroutine[DigReply]:
        seconds = self.seconds or _TCP_SECONDS
        socket: TcpSocket = self.process.network.tcp_socket(address.version, owner=self.process)
        try:
            yield from self._connect(socket, address, seconds)
            self.connected()
            sent = self.process.now()
            try:
                yield socket.send(dns.with_length(data))
                self.sending(sent)
                answer = yield from self._read(socket, sent + seconds * SECOND)
            except KernelError as error:
                raise QueryFailed(_result_text(error)) from None
            message = self.accept(answer)
            if message is None:
                raise NotModelled("another answer over TCP than to the question")
            return DigReply(message, len(answer), sent, self.process.now())
        finally:
            socket.close()

    def _connect(self, socket: TcpSocket, address: Address, seconds: int) -> Coroutine[None]:
        try:
            if self.source is not None:
                socket.bind(*self.source)
            connected = yield socket.connect(address, self.port, seconds * SECOND)
        except KernelError as error:
            raise QueryFailed(_result_text(error), refused=True) from None
        if connected is None:
            raise QueryFailed(_SILENCE, refused=True)

    def _read(self, socket: TcpSocket, deadline: int) -> Coroutine[bytes]:
        message, data = dns.split_stream(b"")
        while message is None:
            more: bytes | None = yield socket.receive(max(0, deadline - self.process.now()))
            if more is None:
                raise QueryFailed(_SILENCE)
            if not more:
                raise QueryFailed("end of file")
            message, data = dns.split_stream(data + more)
        return message


def _send(socket: UdpSocket, data: bytes) -> None:
    """That a rule drops it or the device refuses it is not noticed: there will be no answer."""
    try:
        socket.send(data)
    except KernelError:
        return


def _result_text(error: KernelError) -> str:
    return _RESULTS.get(error.errno, "unexpected error")
