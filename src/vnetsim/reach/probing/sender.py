"""The sender's program: one real socket, what is sent from it, and what it hears."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import attrs

from vnetsim.clock import MILLISECOND
from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.process import Coroutine, Process, Resolved
from vnetsim.protocols.tcp import TcpState
from vnetsim.reach.endpoints.question import ReachQuestion
from vnetsim.reach.probing.flows import find_connection
from vnetsim.reach.probing.verdict import Outcome, socket_outcome
from vnetsim.sockets import IcmpMessage, TcpSocket
from vnetsim.values import define
from vnetsim.wire import icmp, icmpv6
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.icmpv6 import Icmpv6
from vnetsim.wire.inet import ANY4, ANY6, Address

#: After which the server has not reset the connection again.
_SETTLED: Final = 200 * MILLISECOND
_POLL: Final = 10 * MILLISECOND
#: The default size of an echo request (ping -s).
_ECHO_SIZE: Final = 56


@define
class SocketAnswer:
    """What the sender's program found out."""

    outcome: Outcome = Outcome.SILENT
    source: Address | None = None
    address: Address | None = None
    errno: Errno | None = None
    text: str = ""
    message: Icmp | Icmpv6 | None = None
    origin: Address | None = None
    packets: list[int] = attrs.field(factory=list)
    closed: bool = False

    def unknown(self, message: str) -> None:
        """No answer is not the same as none that can be known."""
        if self.outcome is Outcome.SILENT:
            self.outcome, self.text = Outcome.UNKNOWN, message


def is_redirect(message: Icmp | Icmpv6) -> bool:
    """Whether it tells of a better route, and of no loss: the packet went on."""
    return message.type == (icmp.REDIRECT if isinstance(message, Icmp) else icmpv6.REDIRECT)


def sender_program(
    question: ReachQuestion, answer: SocketAnswer, patience: int, newest: Callable[[], int], *, settle: bool
) -> Callable[[Process], Coroutine[int]]:
    """`newest` tells the identity of the newest packet of the machine: what a send makes has the next one."""

    def main(process: Process) -> Coroutine[int]:
        if question.target.kind == "name":
            resolved: Resolved = yield process.resolve(question.target.name)
            if resolved.error is not None or not resolved.addresses:
                answer.outcome, answer.text = Outcome.NO_NAME, resolved.error or "no address"
                return 1
            answer.address = resolved.addresses[0]
        assert answer.address is not None
        sender = _Sender(process, question, answer, answer.address, patience, newest)
        try:
            if question.probe.established:
                yield from sender.keepalive()
                return 0
            yield from {"icmp": sender.echo, "tcp": sender.connect, "udp": sender.datagram}[question.probe.protocol]()
            if settle and answer.outcome is Outcome.ANSWERED:
                yield from sender.settle()
        except KernelError as error:
            sender.failed(error.errno)
        except NotModelled as gap:
            answer.unknown(str(gap))
        finally:
            sender.close()
        return 0

    return main


class _Sender:
    """One probe at work."""

    def __init__(
        self, process: Process, question: ReachQuestion, answer: SocketAnswer, address: Address, patience: int,
        newest: Callable[[], int],
    ) -> None:  # fmt: skip
        self._process, self._question, self._answer = process, question, answer
        self._address, self._patience, self._newest = address, patience, newest
        self._socket: Any = None

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()

    def failed(self, errno: Errno) -> None:
        """A refusal of the socket: by its own kernel, if no packet was made; else because of what was heard."""
        answer = self._answer
        answer.errno, answer.text = errno, errno.strerror
        answer.outcome = socket_outcome(errno, made=bool(answer.packets))

    def _note_packet(self, before: int) -> None:
        """A packet was made, if the count went on."""
        if self._newest() > before:
            self._answer.packets.append(before + 1)

    def _bind(self, socket: Any) -> None:
        """Bind to the address and the port that were given."""
        source, port = self._answer.source, self._question.probe.source_port
        if source is not None or port:
            socket.bind(source or (ANY4 if self._address.version == 4 else ANY6), port)

    def keepalive(self) -> Coroutine[None]:
        """An acknowledgement is an answer; a reset tells that the other side knows no such connection."""
        process, probe = self._process, self._question.probe
        connection = find_connection(process.network, self._address, probe)
        before, heard = self._newest(), connection.connection.counters.segments_in
        connection.keepalive()
        self._note_packet(before)
        deadline = process.now() + self._patience
        while process.now() < deadline:
            yield process.sleep(_POLL)
            if connection.connection.state is TcpState.CLOSED:
                raise KernelError(Errno.ECONNRESET)
            if connection.connection.counters.segments_in > heard:
                self._answer.outcome = Outcome.ANSWERED
                yield process.sleep(_SETTLED)
                return

    def echo(self) -> Coroutine[None]:
        probe = self._question.probe
        network = self._process.network
        socket = self._socket = network.ping_socket(
            self._address, source=self._answer.source, dont_fragment=True if probe.df else None
        )
        before = self._newest()
        try:
            socket.send(1, bytes(_ECHO_SIZE if probe.size is None else probe.size))
        finally:
            self._note_packet(before)
        deadline = self._process.now() + self._patience
        while self._answer.outcome is Outcome.SILENT and (left := deadline - self._process.now()) > 0:
            heard: IcmpMessage | None = yield socket.receive(left)
            if heard is not None and not is_redirect(heard.message):
                self._hear(heard)

    def _hear(self, heard: IcmpMessage) -> None:
        answer, kind = self._answer, heard.message.type
        if heard.local:
            answer.outcome, answer.errno = Outcome.NOT_SENT, Errno.EMSGSIZE
        elif heard.error:
            answer.outcome, answer.message, answer.origin = Outcome.ERROR, heard.message, heard.origin
        elif kind in (icmp.ECHO_REPLY, icmpv6.ECHO_REPLY) and not heard.message.is_error:
            answer.outcome, answer.origin = Outcome.ANSWERED, heard.origin

    def datagram(self) -> Coroutine[None]:
        probe, process = self._question.probe, self._process
        socket = self._socket = process.network.udp_socket(self._address.version)
        self._bind(socket)
        socket.connect(self._address, probe.port)
        before = self._newest()
        try:
            socket.send(bytes(probe.size or 0))
        finally:
            self._note_packet(before)
        heard = yield socket.receive(self._patience)
        if heard is None:
            yield socket.receive(0)  # raises what is pending
        else:
            self._answer.outcome = Outcome.ANSWERED

    def connect(self) -> Coroutine[None]:
        probe, process = self._question.probe, self._process
        socket: TcpSocket = process.network.tcp_socket(self._address.version)
        self._socket = socket
        self._bind(socket)
        before = self._newest()
        try:
            waiting = socket.connect(self._address, probe.port, self._patience)
        finally:
            self._note_packet(before)
        if not (yield waiting):
            return
        if probe.size:
            yield from self._fill(socket, probe.size)
        else:
            self._answer.outcome = Outcome.ANSWERED

    def _fill(self, socket: TcpSocket, size: int) -> Coroutine[None]:
        """Send so much, and wait until all of it is acknowledged."""
        before = self._newest()
        yield socket.send(bytes(size))
        self._answer.packets.insert(0, before + 1)
        own = socket.local
        deadline = self._process.now() + self._patience
        while self._process.now() < deadline:
            left = [e for e in self._process.network.sockets() if (e.local, e.local_port) == own and e.send_queue]
            if not left:
                self._answer.outcome = Outcome.ANSWERED
                return
            yield self._process.sleep(_POLL)

    def settle(self) -> Coroutine[None]:
        """Wait whether a connection is thrown away as soon as it was accepted."""
        if self._question.probe.protocol != "tcp":
            return
        try:
            data = yield self._socket.receive(_SETTLED)
        except KernelError:
            data = b""
        self._answer.closed = data == b""
