"""Many probes at once: each is a real packet of a real socket, and none waits for another's answer.

    answers = sweep(lab, [ProbeRequest(Endpoint("container", "web"), IPv4.parse("172.18.0.3"), Probe("tcp", 80)), ...])

An echo request or a connection request leaves every 100 µs, longer than the machine needs to carry it and its answer,
so that queues hold no more than they would if each was typed alone; after a thousand of them the answers are read. What
could make one probe's fate depend on the others' is prevented here or found by
`vnetsim.reach.translation.independence`: ICMP errors are not rate limited meanwhile (one at a time they would not be),
and where something is still pending (a neighbour that has not answered, a tentative address) answers have as
long as `nc -w 5` gives them.

A sweep changes the lab as programs do: it is meant for a fork, or for a lab that is not used afterwards.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import attrs

from vnetsim.clock import MICROSECOND, MILLISECOND, SECOND
from vnetsim.engine import FrameStorm
from vnetsim.errors import KernelError, NotModelled, UsageError
from vnetsim.garbage import no_collector
from vnetsim.operations import SetSysctl
from vnetsim.process import Coroutine, Process
from vnetsim.process.network import Network
from vnetsim.reach.endpoints.endpoints import Endpoint, network_of
from vnetsim.reach.endpoints.probe import Probe
from vnetsim.reach.probing.arrivals import Arrival, Arrivals
from vnetsim.reach.probing.probes import PATIENCE_SECONDS
from vnetsim.reach.probing.sender import is_redirect
from vnetsim.reach.probing.verdict import Outcome, error_text, socket_outcome
from vnetsim.reach.translation.independence import is_settled, networks
from vnetsim.sockets import IcmpMessage, PingSocket
from vnetsim.values import frozen
from vnetsim.wire import icmp, icmpv6
from vnetsim.wire.inet import Address

if TYPE_CHECKING:
    from vnetsim.lab.base_lab import BaseLab

#: Between one probe and the next.
GAP: Final = 100 * MICROSECOND
#: Probes before their answers are read: all of them within a tenth of a second.
BATCH: Final = 1000
#: Before the first retransmission of a SYN, which comes after a second.
_SOON: Final = SECOND - BATCH * GAP - 50 * MILLISECOND
_ECHO: Final = bytes(56)
_ECHO_REPLIES: Final = (icmp.ECHO_REPLY, icmpv6.ECHO_REPLY)
_LIMITS: Final = ("net/ipv4/icmp_ratelimit", "net/ipv6/icmp/ratelimit")


@frozen
class ProbeRequest:
    """A probe to an address; icmp or tcp."""

    sender: Endpoint
    address: Address
    probe: Probe


@frozen
class Answer:
    """The outcome of a probe; `text` is that of strerror(3) or of the ICMP error.

    `arrival` is where the packet was delivered, None if it was not, or if the trace was off.
    """

    outcome: Outcome
    text: str = ""
    arrival: Arrival | None = None

    def __bool__(self) -> bool:
        return self.outcome in (Outcome.ANSWERED, Outcome.DELIVERED)


@frozen
class SweepRequest:
    """A sweep in a lab's journal."""

    count: int

    def replay(self, lab: BaseLab) -> None:
        del lab
        raise UsageError(f"this lab cannot be repeated: {self.count} probes were swept through it")

    def session(self) -> list[str]:
        raise UsageError("a session holds commands, and this lab was swept by the Python API")


@frozen
class Backlog:
    """How many clients a server may have at a time."""

    server: object
    clients: int


def sweep(
    lab: BaseLab,
    requests: Sequence[ProbeRequest],
    backlog: Callable[[ProbeRequest], Backlog | None] = lambda _: None,
    watch: Callable[[], Arrivals] | None = None,
    progress: Callable[[int], object] = lambda _: None,
) -> list[Answer]:
    """The answers in the order of the shots.  `backlog` tells of those that go to a server with little of it.

    `watch` makes listeners to the trace, which find out where the packets arrive; that takes longer.  `progress` is
    given the number of answers.
    """
    answers: dict[int, Answer] = {}
    senders = {sender: network_of(lab, sender) for sender in dict.fromkeys(request.sender for request in requests)}
    with lab.journal.record(SweepRequest(len(requests))), unlimited(lab), no_collector():
        for batch in batches([backlog(request) for request in requests]):
            here = _Batch(lab, [requests[index] for index in batch], senders, None if watch is None else watch())
            answers.update(zip(batch, here.run(), strict=True))
            progress(len(answers))
    return [answers[index] for index in range(len(requests))]


def batches(backlogs: Sequence[Backlog | None], size: int = BATCH) -> list[list[int]]:
    """Which probes go together, by their indexes: as early as a batch has space, and at most `size` at a time."""
    found: list[list[int]] = []
    earliest: dict[object, int] = {}
    taken: Counter[tuple[object, int]] = Counter()
    for index, backlog in enumerate(backlogs):
        server, clients = (None, size) if backlog is None else (backlog.server, backlog.clients)
        number = earliest.get(server, 0)
        while number < len(found) and (len(found[number]) >= size or taken[server, number] >= clients):
            number += 1
        if number == len(found):
            found.append([])
        found[number].append(index)
        taken[server, number] += 1
        earliest[server] = number
    return found


@contextmanager
def unlimited(lab: BaseLab) -> Iterator[None]:
    """ICMP errors are not rate limited: each probe alone would find the limit's bucket full."""
    before = [(network, key, _read(network, key)) for network in networks(lab) for key in _LIMITS]
    for network, key, _ in before:
        network.execute(SetSysctl(key=key, value="0"))
    try:
        yield
    finally:
        for network, key, value in before:
            network.execute(SetSysctl(key=key, value=value))


def _read(network: Any, key: str) -> str:
    return str(network.namespace.sysctls.read(key)).strip()


class _Batch:
    """Up to WAVE probes in flight."""

    def __init__(
        self,
        lab: BaseLab,
        requests: Sequence[ProbeRequest],
        senders: Mapping[Endpoint, Network | None],
        arrivals: Arrivals | None,
    ) -> None:
        self._lab, self._arrivals = lab, arrivals
        self._packets: dict[int, int] = {}
        self._senders = senders
        self._requests = requests
        self._answers: list[Answer | None] = [None] * len(requests)
        self._sockets: dict[int, tuple[Any, Any]] = {}

    def run(self) -> list[Answer]:
        if self._arrivals is None:
            return self._run()
        with self._lab.listening(self._arrivals):
            answers = self._run()
        arrived = (self._arrivals.of(self._packets.get(number, 0)) for number in range(len(answers)))
        return [attrs.evolve(answer, arrival=where) for answer, where in zip(answers, arrived, strict=True)]

    def _run(self) -> list[Answer]:
        machine = self._lab.machine
        child = machine.run(self._program, ["reach"], machine.host)
        missing = Answer(Outcome.SILENT)
        try:
            machine.engine.run(child.wait())
        except FrameStorm as storm:
            machine.engine.drop_backlog()
            self._lab.stop(child)
            missing = Answer(Outcome.UNKNOWN, str(storm))
        else:
            if child.status:
                missing = Answer(Outcome.UNKNOWN, machine.complaint.strip())
        return [missing if answer is None else answer for answer in self._answers]

    def _program(self, process: Process) -> Coroutine[int]:
        began = process.now()
        try:
            for number, request in enumerate(self._requests):
                self._send(number, request)
                yield process.sleep(GAP)
            yield process.sleep(_SOON)
            yield from self._read_all()
            if self._sockets and not is_settled(self._lab):
                yield process.sleep(max(0, began + len(self._requests) * GAP + _PATIENCE - process.now()))
                yield from self._read_all()
        finally:
            for socket, _ in self._sockets.values():
                socket.close()
        return 0

    def _send(self, number: int, request: ProbeRequest) -> None:
        network = self._senders[request.sender]
        if network is None:
            self._answers[number] = Answer(Outcome.NOBODY, f"{request.sender} is not running")
            return
        kernel = self._lab.machine.kernel
        self._packets[number] = kernel.packets + 1
        try:
            if request.probe.protocol == "icmp":
                socket: Any = network.ping_socket(request.address)
                self._sockets[number] = (socket, None)
                socket.send(1, _ECHO)
            else:
                socket = network.tcp_socket(request.address.version)
                self._sockets[number] = (socket, socket.connect(request.address, request.probe.port))
        except KernelError as refused:
            made = kernel.packets >= self._packets[number]
            self._end(number, Answer(socket_outcome(refused.errno, made=made), refused.errno.strerror))
        except NotModelled as gap:
            self._end(number, Answer(Outcome.UNKNOWN, str(gap)))

    def _end(self, number: int, answer: Answer) -> None:
        self._answers[number] = answer
        socket, _ = self._sockets.pop(number, (None, None))
        if socket is not None:
            socket.close()

    def _read_all(self) -> Coroutine[None]:
        for number, (socket, waiting) in list(self._sockets.items()):
            answer = yield from (self._echo(socket) if waiting is None else self._connection(waiting))
            if answer is not None:
                self._end(number, answer)

    def _connection(self, waiting: Any) -> Coroutine[Answer | None]:
        if not waiting.is_set:
            return None
        try:
            yield waiting
        except KernelError as error:
            return Answer(socket_outcome(error.errno, made=True), error.errno.strerror)
        return Answer(Outcome.ANSWERED)

    def _echo(self, socket: PingSocket) -> Coroutine[Answer | None]:
        """The first message that counts: as in ping, an error is reported and ends the waiting.

        A redirect is no error: the packet that it is about went on.
        """
        try:
            heard: IcmpMessage | None = yield socket.receive(0)
            while heard is not None and is_redirect(heard.message):
                heard = yield socket.receive(0)
        except KernelError as error:
            return Answer(socket_outcome(error.errno, made=True), error.errno.strerror)
        if heard is None:
            return None
        if heard.message.type in _ECHO_REPLIES and not heard.error:
            return Answer(Outcome.ANSWERED)
        return Answer(Outcome.ERROR, error_text(heard.message))


_PATIENCE: Final = int(PATIENCE_SECONDS * SECOND)
