"""Asking a question: real packets of a real socket in the sender's namespace, and what became of them.

    verdict = ask(lab, ReachQuestion.parse(lab, "web", "db:5432"))
    verdict.arrives, verdict.outcome, verdict.request, verdict.reply

The socket tells whether there was an answer, the trace how far each packet came; nothing is concluded from how the
lab is built.  An echo request arrives if it is answered, a connection if it is established (and takes `size` bytes,
if so many are given), a datagram if a socket gets it.  A question changes the lab as the packet of a program
does (neighbours, connections, counters, time), so `ask` is mostly used on a fork.

Not modelled: answers of UDP servers are not waited for; a datagram that a socket took has arrived.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import attrs

from vnetsim.clock import SECOND
from vnetsim.engine import FrameStorm
from vnetsim.errors import UsageError
from vnetsim.process import Context
from vnetsim.reach.endpoints.endpoints import Endpoint, addresses_of, context_of, state_of
from vnetsim.reach.endpoints.question import ReachQuestion
from vnetsim.reach.probing.flows import connected
from vnetsim.reach.probing.sender import SocketAnswer, sender_program
from vnetsim.reach.probing.verdict import Outcome, ProbeVerdict, milestones
from vnetsim.trace import Delivered, Event
from vnetsim.values import frozen
from vnetsim.wire.arp import Arp
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.icmpv6 import Icmpv6
from vnetsim.wire.inet import LOOPBACK4, LOOPBACK6, Address

if TYPE_CHECKING:
    from vnetsim.lab.base_lab import BaseLab

#: Simulated seconds that an answer may take: longer than an unanswered ARP request is repeated (three seconds).
PATIENCE_SECONDS: Final = 5.0
#: What a question may make travel, answers, retransmissions and floods included: more than that is a storm.
_FRAMES: Final = 2000
#: Exit status of a program that has a fault of vnetsim's (kernel.proc.machine).
_INTERNAL: Final = 70


def ask(
    lab: BaseLab,
    question: ReachQuestion,
    *,
    patience_seconds: float = PATIENCE_SECONDS,
    watch: bool = True,
    settle: bool = False,
) -> ProbeVerdict:
    """Send it, here and now, and wait for what comes of it.

    `watch` collects the trace, which costs time; without it, `packets` and `events` are empty.  `settle` waits whether
    an accepted connection is closed again.  UsageError if the sender cannot send.
    """
    return ask_all(lab, [question], patience_seconds=patience_seconds, watch=watch, settle=settle)[0]


def ask_all(
    lab: BaseLab,
    questions: Sequence[ReachQuestion],
    *,
    patience_seconds: float = PATIENCE_SECONDS,
    watch: bool = False,
    settle: bool = False,
) -> list[ProbeVerdict]:
    """Send several probes at the same simulated time, in order; what one of them changes the others see."""
    with lab.journal.record(ProbedQuestions(tuple(questions), patience_seconds, settle)):
        return _Round(lab, questions, int(patience_seconds * SECOND), watch=watch, settle=settle).verdicts()


@frozen
class ProbedQuestions:
    """Questions in a lab's journal."""

    questions: tuple[ReachQuestion, ...]
    patience_seconds: float
    settle: bool

    def replay(self, lab: BaseLab) -> None:
        ask_all(lab, self.questions, patience_seconds=self.patience_seconds, settle=self.settle)

    def session(self) -> list[str]:
        raise UsageError("a session holds commands, and a question was asked by the Python API")


class _Round:
    """Questions whose probes are sent together."""

    def __init__(
        self, lab: BaseLab, questions: Sequence[ReachQuestion], patience: int, *, watch: bool, settle: bool
    ) -> None:
        self._lab, self._questions, self._patience, self._settle = lab, questions, patience, settle
        self._watch = watch
        self._events: list[Event] = []
        self._contexts: dict[Endpoint, Context | None] = {}

    def verdicts(self) -> list[ProbeVerdict]:
        began = self._lab.now()
        answers = self._watched() if self._watch else self._run()
        seconds = (self._lab.now() - began) / SECOND
        events = tuple(self._events)
        made = milestones(events)
        return [
            _verdict(question, answer, events, made, seconds)
            for question, answer in zip(self._questions, answers, strict=True)
        ]

    def _watched(self) -> list[SocketAnswer]:
        with self._lab.listening(self._events.append):
            return self._run()

    def _run(self) -> list[SocketAnswer]:
        machine, kernel = self._lab.machine, self._lab.machine.kernel
        answers = [SocketAnswer() for _ in self._questions]
        children = []
        for question, answer in zip(self._questions, answers, strict=True):
            context = self._prepare(question, answer)
            if context is not None:
                main = sender_program(question, answer, self._patience, lambda: kernel.packets, settle=self._settle)
                children.append((machine.run(main, ["why"], context), answer))
        for child, answer in children:
            try:
                machine.engine.run(child.wait(), 4 * self._patience + 20 * SECOND, _FRAMES * (len(children) + 10))
            except FrameStorm as storm:
                machine.engine.drop_backlog()
                answer.unknown(str(storm))
            if child.status is None:
                answer.unknown("the question was not over in time")
            elif child.status == _INTERNAL:
                answer.unknown(machine.complaint.strip())
        return answers

    def _prepare(self, question: ReachQuestion, answer: SocketAnswer) -> Context | None:
        """Where to send it from; None, and the reason in `answer`, if there is no sender or no destination."""
        context = self._context(question.sender)
        if context is None:
            answer.outcome, answer.text = Outcome.NOBODY, f"{_absence(self._lab, question.sender)}: it cannot send"
            return None
        answer.source = question.sender.address
        if question.target.kind == "name":
            if question.probe.established:
                raise UsageError(f"{question.target}: ask for a container or an address, of a connection that exists")
            return context
        addresses = addresses_of(self._lab, question.target, question.sender)
        if not addresses:
            answer.outcome, answer.text = Outcome.NOBODY, _absence(self._lab, question.target)
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


def _absence(lab: BaseLab, endpoint: Endpoint) -> str:
    state = state_of(lab, endpoint)
    return f"{endpoint} has no address" if state == "running" else f"{endpoint} is {state}, not running"


def _verdict(
    question: ReachQuestion, answer: SocketAnswer, events: tuple[Event, ...], made: list[Event], seconds: float
) -> ProbeVerdict:
    """`made` are the milestones among the events."""
    verdict = ProbeVerdict(
        question=question, outcome=answer.outcome, source=answer.source, address=answer.address, errno=answer.errno,
        text=answer.text, message=answer.message, origin=answer.origin, packets=tuple(answer.packets),
        closed=answer.closed, seconds=seconds, events=events,
    )  # fmt: skip
    if question.probe.protocol == "udp" and verdict.outcome is Outcome.SILENT and _reached_socket(verdict):
        return attrs.evolve(verdict, outcome=Outcome.DELIVERED)
    if question.probe.established and events and verdict.arrives and not _is_acknowledged(verdict):
        return attrs.evolve(verdict, outcome=Outcome.SILENT)  # the peer sent something of its own
    heard = _heard_error(verdict, made) if verdict.message is None and verdict.errno is not None else None
    if heard is not None:
        return attrs.evolve(verdict, outcome=Outcome.ERROR, message=heard[0], origin=heard[1])
    return verdict


def _is_acknowledged(verdict: ProbeVerdict) -> bool:
    """Whether the answer to the request arrived."""
    return verdict.reply is not None and isinstance(verdict.ending(verdict.reply), Delivered)


def _reached_socket(verdict: ProbeVerdict) -> bool:
    return any(
        isinstance(event, Delivered) and event.packet in verdict.packets and event.to.startswith("udp")
        for event in verdict.events
    )


def _heard_error(verdict: ProbeVerdict, events: list[Event]) -> tuple[Icmp | Icmpv6, Address] | None:
    """The ICMP error because of which the socket gave up, and who sent it."""
    for made in verdict.replies(events):
        packet = made.content
        if not isinstance(packet, Arp) and isinstance(packet.payload, Icmp | Icmpv6) and packet.payload.is_error:
            return packet.payload, packet.source
    return None
