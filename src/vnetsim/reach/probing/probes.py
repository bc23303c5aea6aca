"""Asking a question: real packets of a real socket in the sender's namespace, and what became of them.

    verdict = ask(lab, Question.parse(lab, "web", "db:5432"))
    verdict.arrives, verdict.outcome, verdict.request, verdict.reply

The socket tells whether there was an answer, the trace how far each packet came; nothing is concluded from how the
lab is built.  An echo request arrives if it is answered, a connection if it is established (and takes `size` bytes,
if so many are asked for), a datagram if a socket gets it.  A question changes the lab as the packet of a program
does (neighbours, connections, counters, time), so `ask` is mostly used on a fork.

Not modelled: answers of UDP servers are not waited for; a datagram that a socket took has arrived.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Generator, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

import attrs

from vnetsim.clock import MILLISECOND, SECOND
from vnetsim.engine import FrameStorm
from vnetsim.errors import Errno, KernelError, NotModelled, UsageError
from vnetsim.process import Context, Process, Resolved
from vnetsim.protocols.tcp import State
from vnetsim.reach.endpoints.endpoints import Endpoint, Question, addresses_of, context_of, state_of
from vnetsim.reach.probing.flows import connected, find_connection
from vnetsim.sockets import IcmpMessage, TcpSocket
from vnetsim.trace import Delivered, Dropped, Event, Made
from vnetsim.wire import icmp, icmpv6
from vnetsim.wire.arp import Arp
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.icmpv6 import Icmpv6
from vnetsim.wire.inet import ANY4, ANY6, LOOPBACK4, LOOPBACK6, Address
from vnetsim.wire.tcp import Tcp
from vnetsim.wire.udp import Udp

if TYPE_CHECKING:
    from vnetsim.lab import Lab

#: Simulated seconds that an answer may take: longer than an unanswered ARP request is repeated (three seconds).
PATIENCE_SECONDS: Final = 5.0
#: After which it is clear that nobody throws the connection away again.
_SETTLED: Final = 200 * MILLISECOND
_POLL: Final = 10 * MILLISECOND
#: What a question may make travel, answers, retransmissions and floods included: more than that is a storm.
_FRAMES: Final = 2000
#: Exit status of a program that has a fault of vnetsim's (kernel.proc.machine).
_INTERNAL: Final = 70
#: An echo request carries so much unless said (ping -s).
_ECHO_SIZE: Final = 56


class Outcome(enum.Enum):
    """How a question was answered; the value is the word for people."""

    ANSWERED = "answered"
    DELIVERED = "delivered"  #: a datagram reached a socket, which need not answer
    REFUSED = "refused"  #: RST
    ERROR = "ICMP error"
    SILENT = "no answer"
    NOT_SENT = "not sent"  #: the sender's own kernel refused
    NO_NAME = "name not resolved"
    UNKNOWN = "not known"  #: the packet, or what it meets, is not modelled, or frames circled
    NOBODY = "nobody to send it to"  #: or from: a container that does not run, or has no address


@attrs.frozen(kw_only=True)
class Verdict:
    """What became of a question.

    `address` is where it was sent; `errno` what the sender's socket said; `message` the ICMP error that it heard of,
    from `origin`.  `packets` are the identities of what was sent, `events` all that happened meanwhile (none if
    nobody watched).  `closed`: a connection was accepted, and closed again at once without a word.
    """

    question: Question
    outcome: Outcome
    source: Address | None = None
    address: Address | None = None
    errno: Errno | None = None
    words: str = ""
    message: Icmp | Icmpv6 | None = None
    origin: Address | None = None
    packets: tuple[int, ...] = ()
    closed: bool = False
    seconds: float = 0.0
    events: tuple[Event, ...] = attrs.field(default=(), repr=False)

    @property
    def arrives(self) -> bool:
        return self.outcome in (Outcome.ANSWERED, Outcome.DELIVERED)

    def __bool__(self) -> bool:
        return self.arrives

    @property
    def request(self) -> int | None:
        """The identity of the packet that the verdict is about: the first that was sent; None if none was."""
        return self.packets[0] if self.packets else None

    def journey(self, packet: int) -> list[Event]:
        """What happened to one packet, in order."""
        return [event for event in self.events if event.packet == packet]

    def ending(self, packet: int) -> Dropped | Delivered | None:
        """The last thing known of a packet, if that is its end."""
        own = [event for event in self.journey(packet) if isinstance(event, Dropped | Delivered)]
        return own[-1] if own else None

    def replies(self) -> list[Made]:
        """Packets that the end of a request, or its death, gave rise to: answers, resets, ICMP errors; in order."""
        return [event for packet in self.packets for event in _replies(self.events, packet)]

    @property
    def reply(self) -> int | None:
        """The identity of the answer; None if none was made."""
        made = self.replies()
        return made[0].packet if made else None

    @property
    def died(self) -> str | None:
        """Which packet did not arrive: `request`, `reply`, or None where both did or nothing was sent."""
        for name, packet in (("request", self.request), ("reply", self.reply)):
            if packet is not None and not isinstance(self.ending(packet), Delivered):
                return name
        return None


@attrs.define
class _Answer:
    """What the sender's program found out."""

    outcome: Outcome = Outcome.SILENT
    source: Address | None = None
    address: Address | None = None
    errno: Errno | None = None
    words: str = ""
    message: Icmp | Icmpv6 | None = None
    origin: Address | None = None
    packets: list[int] = attrs.field(factory=list)
    closed: bool = False


def ask(
    lab: Lab, question: Question, *, patience_seconds: float = PATIENCE_SECONDS, watch: bool = True,
    settle: bool = False,
) -> Verdict:  # fmt: skip
    """Send it, here and now, and wait for what comes of it.

    `watch` collects the trace, which costs time; without it, `packets` and `events` are empty.  `settle` waits whether
    an accepted connection is closed again.  UsageError if the sender cannot send.
    """
    return ask_all(lab, [question], patience_seconds=patience_seconds, watch=watch, settle=settle)[0]


def ask_all(
    lab: Lab, questions: Sequence[Question], *, patience_seconds: float = PATIENCE_SECONDS, watch: bool = False,
    settle: bool = False,
) -> list[Verdict]:  # fmt: skip
    """Ask several questions at the same simulated time, in order; what one of them changes the others see."""
    with lab.journal.record(Asked(tuple(questions), patience_seconds, settle)):
        return _Round(lab, questions, int(patience_seconds * SECOND), watch=watch, settle=settle).verdicts()


@attrs.frozen
class Asked:
    """Questions in a lab's journal."""

    questions: tuple[Question, ...]
    patience_seconds: float
    settle: bool

    def replay(self, lab: Lab) -> None:
        ask_all(lab, self.questions, patience_seconds=self.patience_seconds, settle=self.settle)

    def session(self) -> list[str]:
        raise UsageError("a session holds commands, and a question was asked by the Python API")


class _Round:
    """Questions that are asked together."""

    def __init__(self, lab: Lab, questions: Sequence[Question], patience: int, *, watch: bool, settle: bool) -> None:
        self._lab, self._questions, self._patience, self._settle = lab, questions, patience, settle
        self._watch = watch
        self._events: list[Event] = []
        self._contexts: dict[Endpoint, Context | None] = {}

    def verdicts(self) -> list[Verdict]:
        began = self._lab.now()
        answers = self._watched() if self._watch else self._run()
        seconds = (self._lab.now() - began) / SECOND
        events = tuple(self._events)
        return [
            _verdict(question, answer, events, seconds)
            for question, answer in zip(self._questions, answers, strict=True)
        ]

    def _watched(self) -> list[_Answer]:
        with self._lab.listening(self._events.append):
            return self._run()

    def _run(self) -> list[_Answer]:
        machine = self._lab.machine
        answers = [_Answer() for _ in self._questions]
        children = []
        for question, answer in zip(self._questions, answers, strict=True):
            context = self._prepare(question, answer)
            if context is not None:
                main = _program(question, answer, self._patience, lambda: machine.kernel.packets, settle=self._settle)
                children.append((machine.run(main, ["why"], context), answer))
        for child, answer in children:
            try:
                machine.engine.run(child.wait(), 4 * self._patience + 20 * SECOND, _FRAMES * (len(children) + 10))
            except FrameStorm as storm:
                machine.engine.drop_backlog()
                _unknown(answer, str(storm))
            if child.status is None:
                _unknown(answer, "the question was not over in time")
            elif child.status == _INTERNAL:
                _unknown(answer, machine.complaint.strip())
        return answers

    def _prepare(self, question: Question, answer: _Answer) -> Context | None:
        """Where to send it from; None, and the reason in `answer`, if there is nobody to send it, or to send it to."""
        context = self._context(question.sender)
        if context is None:
            answer.outcome, answer.words = Outcome.NOBODY, f"{_absence(self._lab, question.sender)}: it cannot send"
            return None
        answer.source = question.sender.address
        if question.target.kind == "name":
            if question.probe.established:
                raise UsageError(f"{question.target}: ask for a container or an address, of a connection that exists")
            return context
        addresses = addresses_of(self._lab, question.target, question.sender)
        if not addresses:
            answer.outcome, answer.words = Outcome.NOBODY, _absence(self._lab, question.target)
            return None
        if question.probe.established:
            addresses = [connected(context.network, addresses, question.probe), *addresses]
        answer.address = addresses[0] or (LOOPBACK4 if addresses[0].version == 4 else LOOPBACK6)
        return context

    def _context(self, sender: Endpoint) -> Context | None:
        """Where a sender's programs run; None if it does not run."""
        if sender not in self._contexts:
            runs = state_of(self._lab, sender) == "running"
            self._contexts[sender] = context_of(self._lab, sender) if runs else None
        return self._contexts[sender]


def _unknown(answer: _Answer, words: str) -> None:
    """No answer is not the same as none that can be known."""
    if answer.outcome is Outcome.SILENT:
        answer.outcome, answer.words = Outcome.UNKNOWN, words


def _absence(lab: Lab, endpoint: Endpoint) -> str:
    state = state_of(lab, endpoint)
    return f"{endpoint} has no address" if state == "running" else f"{endpoint} is {state}, not running"


def is_redirect(message: Icmp | Icmpv6) -> bool:
    """Whether it tells of a better route, and of no loss: the packet went on."""
    return message.type == (icmp.REDIRECT if isinstance(message, Icmp) else icmpv6.REDIRECT)


# --- the sender's program --------------------------------------------------------------------------------------------


def _program(
    question: Question, answer: _Answer, patience: int, newest: Callable[[], int], *, settle: bool
) -> Callable[[Process], Generator[Any, Any, int]]:
    """`newest` tells the identity of the newest packet of the machine: what a send makes has the next one."""

    def main(process: Process) -> Generator[Any, Any, int]:
        if question.target.kind == "name":
            told: Resolved = yield process.resolve(question.target.name)
            if told.error is not None or not told.addresses:
                answer.outcome, answer.words = Outcome.NO_NAME, told.error or "no address"
                return 1
            answer.address = told.addresses[0]
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
            _unknown(answer, str(gap))
        finally:
            sender.close()
        return 0

    return main


class _Sender:
    """One probe at work."""

    def __init__(
        self, process: Process, question: Question, answer: _Answer, address: Address, patience: int,
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
        answer.errno, answer.words = errno, errno.words
        if not answer.packets or errno in (Errno.EPERM, Errno.EMSGSIZE):
            answer.outcome = Outcome.NOT_SENT
        elif errno in (Errno.ECONNREFUSED, Errno.ECONNRESET):
            answer.outcome = Outcome.REFUSED
        elif errno is not Errno.ETIMEDOUT:
            answer.outcome = Outcome.ERROR

    def _note_packet(self, before: int) -> None:
        """A packet was made, if the count went on."""
        if self._newest() > before:
            self._answer.packets.append(before + 1)

    def _bind(self, socket: Any) -> None:
        """Speak from the address and the port that were asked for."""
        source, port = self._answer.source, self._question.probe.source_port
        if source is not None or port:
            socket.bind(source or (ANY4 if self._address.version == 4 else ANY6), port)

    def keepalive(self) -> Generator[Any, Any, None]:
        """An acknowledgement is an answer; a reset tells that the other side knows no such connection."""
        process, probe = self._process, self._question.probe
        connection = find_connection(process.network, self._address, probe)
        before, heard = self._newest(), connection.connection.counters.segments_in
        connection.keepalive()
        self._note_packet(before)
        deadline = process.now() + self._patience
        while process.now() < deadline:
            yield process.sleep(_POLL)
            if connection.connection.state is State.CLOSED:
                raise KernelError(Errno.ECONNRESET)
            if connection.connection.counters.segments_in > heard:
                self._answer.outcome = Outcome.ANSWERED
                yield process.sleep(_SETTLED)
                return

    # --- ICMP --------------------------------------------------------------------------------------------------------

    def echo(self) -> Generator[Any, Any, None]:
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

    # --- UDP ---------------------------------------------------------------------------------------------------------

    def datagram(self) -> Generator[Any, Any, None]:
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

    # --- TCP ---------------------------------------------------------------------------------------------------------

    def connect(self) -> Generator[Any, Any, None]:
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

    def _fill(self, socket: TcpSocket, size: int) -> Generator[Any, Any, None]:
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

    def settle(self) -> Generator[Any, Any, None]:
        """Wait whether a connection is thrown away as soon as it was accepted."""
        if self._question.probe.protocol != "tcp":
            return
        try:
            data = yield self._socket.receive(_SETTLED)
        except KernelError:
            data = b""
        self._answer.closed = data == b""


# --- what became of it -----------------------------------------------------------------------------------------------


def _verdict(question: Question, answer: _Answer, events: tuple[Event, ...], seconds: float) -> Verdict:
    verdict = Verdict(
        question=question, outcome=answer.outcome, source=answer.source, address=answer.address, errno=answer.errno,
        words=answer.words, message=answer.message, origin=answer.origin, packets=tuple(answer.packets),
        closed=answer.closed, seconds=seconds, events=events,
    )  # fmt: skip
    if question.probe.protocol == "udp" and verdict.outcome is Outcome.SILENT and _reached_socket(verdict):
        return attrs.evolve(verdict, outcome=Outcome.DELIVERED)
    if question.probe.established and events and verdict.arrives and not _is_acknowledged(verdict):
        return attrs.evolve(verdict, outcome=Outcome.SILENT)  # the other side said something of its own
    heard = _heard_error(verdict) if verdict.message is None and verdict.errno is not None else None
    if heard is not None:
        return attrs.evolve(verdict, outcome=Outcome.ERROR, message=heard[0], origin=heard[1])
    return verdict


def _is_acknowledged(verdict: Verdict) -> bool:
    """Whether the answer to the request arrived."""
    return verdict.reply is not None and isinstance(verdict.ending(verdict.reply), Delivered)


def _reached_socket(verdict: Verdict) -> bool:
    return any(
        isinstance(event, Delivered) and event.packet in verdict.packets and event.to.startswith("udp")
        for event in verdict.events
    )


def _heard_error(verdict: Verdict) -> tuple[Icmp | Icmpv6, Address] | None:
    """The ICMP error because of which the socket gave up, and who sent it."""
    for made in verdict.replies():
        packet = made.content
        if not isinstance(packet, Arp) and isinstance(packet.payload, Icmp | Icmpv6) and packet.payload.is_error:
            return packet.payload, packet.source
    return None


def _replies(events: Iterable[Event], request: int) -> list[Made]:
    """What was made because of `request`: reports on it, and what its receiver said at once to its sender."""
    found: list[Made] = []
    end: Event | None = None
    talks = None
    for event in events:
        if event.packet == request:
            if isinstance(event, Made):
                talks = event.content
            elif isinstance(event, Delivered | Dropped):
                end = event
        elif isinstance(event, Made) and (event.about == request or _answers(event, end, talks)):
            found.append(event)
    return found


def _answers(made: Made, end: Event | None, request: Any) -> bool:
    """Whether a packet is what the receiver of `request` says: from its namespace, at the same time, of its kind."""
    if end is None or request is None or made.at != end.at or made.namespace != end.namespace:
        return False
    if isinstance(made.content, Arp) or isinstance(request, Arp):
        return False
    asked, said = request.payload, made.content.payload
    if isinstance(asked, Tcp):
        return isinstance(said, Tcp) and said.destination_port == asked.source_port
    if isinstance(said, Tcp | Udp):
        return False
    return isinstance(said, Icmp | Icmpv6)
