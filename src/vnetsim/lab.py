"""The front door: a machine that answers command lines.

    from vnetsim import Lab

    lab = Lab()
    lab.run("ip netns add red")
    print(lab.run("ip netns list").stdout)          # red

Time passes only while a command runs (or by `sleep`); the same seed and the same commands give the same bytes.
"""

from __future__ import annotations

import contextlib
import math
import random
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final, overload

from vnetsim.boot import ENVIRONMENT, FILES, Operator, boot_sysctls, cable
from vnetsim.budget import Budget, Meter
from vnetsim.clock import SECOND
from vnetsim.engine import Engine, FrameStorm
from vnetsim.errors import KernelError, UsageError
from vnetsim.failures import Failure, message_of
from vnetsim.journal import (
    EngineStarted,
    EngineStopped,
    Executed,
    Journal,
    JournalRequest,
    Ran,
    Rebooted,
    Slept,
    Started,
    Stopped,
    Unrepeatable,
    engine_request,
)
from vnetsim.kernel.host import Host
from vnetsim.kernel.proc.files import Tree
from vnetsim.kernel.proc.machine import Child, Machine
from vnetsim.kernel.rtnetlink.network import Network
from vnetsim.operations import SetLink
from vnetsim.process import DOCKER_SOCKET, INIT, Process
from vnetsim.programs import findings, registry
from vnetsim.programs.libc.octets import encode
from vnetsim.result import Result, Screen
from vnetsim.shortfall import Shortfall
from vnetsim.trace import Event
from vnetsim.views.story import ending, journeys, losses, nothing_sent, story, unanswered, waiting

if TYPE_CHECKING:
    from vnetsim.docker.engine import DockerEngine
    from vnetsim.docker.service import DockerService
    from vnetsim.process import Network as AnyNetwork
    from vnetsim.reach.why.reaches import Reaches
    from vnetsim.reach.why.why import Why

#: When a simulated machine is switched on: 2026-01-01 00:00:00 UTC, in nanoseconds since 1970.
EPOCH_NS: Final = 1_767_225_600 * SECOND
#: From the end of one kernel's work to the beginning of the next one's.
BOOT_NS: Final = 20 * SECOND
#: How long a command may run, in simulated seconds, unless it says so itself.
DEFAULT_TIMEOUT_SECONDS: Final = 600.0
#: Events that a lab remembers of one command line.
_REMEMBERED: Final = 20_000
#: The exit status of a question that makes no sense.
_BAD_QUESTION: Final = 2
#: Answers to `reaches` that a lab remembers.
_ANSWERS: Final = 10


class Lab:
    """One simulated host.

    `docker` True starts the engine with the machine (with `docker_flags`, as dockerd takes them), False leaves it
    out, None starts it when a command line first names docker, as socket activation does.  `watch` remembers what
    happened to the packets of the latest command line, so that the command `why` can tell it; it costs time.
    Of devices and queueing disciplines of the kinds in `without` the kernel says that it does not know them, as one
    that was built without.  A scenario that runs over `budget` is ended by BudgetExceeded, and so is whatever is asked
    of this lab afterwards.
    """

    def __init__(
        self,
        seed: int = 0,
        *,
        docker: bool | None = None,
        docker_flags: Sequence[str] = (),
        hostname: str = "host",
        files: Mapping[str, str] | None = None,
        nested: bool = False,
        first_forwards: bool = False,
        watch: bool = False,
        without: Iterable[str] = (),
        frame_limit: int = 1_000_000,
        budget: Budget | None = None,
    ) -> None:
        self.seed = seed
        #: What this lab has used of its budget.
        self.meter = Meter(budget or Budget())
        #: Everything that was asked of this lab since it was made.
        self.journal = Journal(partial(
            type(self), seed, docker=docker, docker_flags=tuple(docker_flags), hostname=hostname, files=files,
            nested=nested, first_forwards=first_forwards, without=tuple(without), frame_limit=frame_limit,
            budget=budget,
        ))  # fmt: skip
        #: What was asked of this lab and did not come about.
        self.shortfall = Shortfall(lambda: len(self.journal.requests))
        self._docker_flags = tuple(docker_flags)
        self._docker_wanted = docker
        self._service: DockerService | None = None
        self._random = random.Random(seed)
        self._frame_limit = frame_limit
        self._build = {"nested": nested, "first_forwards": first_forwards}
        self._without = frozenset(without)
        self._has_lan = False
        self._reboot: str | None = None
        self._refused_flags: UsageError | None = None
        self._tree = Tree({**FILES, "/etc/hostname": f"{hostname}\n", **(files or {})}, programs=registry.files())
        self._switch_on(hostname, 0)
        #: The machine as whoever stands before it has it: reboot, power, services.
        self.host = Operator(reboot=self._boot_again, stop=self._stop_docker, start=self.start_docker)
        #: What happened to packets since the latest command line began, if they are watched.
        self.events: deque[Event] = deque(maxlen=_REMEMBERED)
        #: The latest answers to `reaches`.
        self.answers: deque[Reaches] = deque(maxlen=_ANSWERS)
        if watch:
            self.watch()
        if docker:
            self.start_docker()
        self._host.asked = self._asked
        self.journal.inside = False

    @classmethod
    def docker_host(cls, seed: int = 0, *, docker_flags: Sequence[str] = (), hostname: str = "host",
                    nested: bool = False, first_forwards: bool | None = None, files: Mapping[str, str] | None = None,
                    without: Iterable[str] = (), budget: Budget | None = None) -> Lab:  # fmt: skip
        """A host with an engine and a LAN: eth0 192.168.56.10/24; namespace `lan`, 192.168.56.20, is its gateway."""
        lab = cls(
            seed, docker=False, docker_flags=docker_flags, hostname=hostname, nested=nested,
            first_forwards=nested if first_forwards is None else first_forwards,
            files={"/etc/resolv.conf": "nameserver 10.255.255.53\n", **(files or {})}, without=without,
            budget=budget,
        )  # fmt: skip
        lab.journal.inside = True
        lab._has_lan = True
        lab._add_lan()
        lab.start_docker()
        lab.journal.inside = False
        lab.journal.make = partial(
            cls.docker_host, seed, docker_flags=tuple(docker_flags), hostname=hostname, nested=nested,
            first_forwards=first_forwards, files=files, without=tuple(without), budget=budget,
        )  # fmt: skip
        return lab

    def _switch_on(self, hostname: str, now: int) -> None:
        """A kernel that has just booted, over the files that are there."""
        self.meter.reboot()
        self._engine = Engine(self._frame_limit, now, self.meter)
        self._host = Host(self._engine, self._random, hostname, seed=self.seed, **self._build)
        self._host.without = self._without
        self.machine = Machine(
            self._host, self._tree, registry.Installed({"why": self._why}), ENVIRONMENT, EPOCH_NS, findings.judged,
            self.shortfall.report,
        )  # fmt: skip
        self.machine.offer_service(INIT, self._ask_for_reboot)
        if self._docker_wanted is None:
            self.machine.offer_service(DOCKER_SOCKET, self._activate_docker)

    def _ask_for_reboot(self, how: str) -> None:
        """What `reboot` does: the machine goes down as soon as the command line is over."""
        self._reboot = how

    def settle(self) -> None:
        """A machine that was told to reboot does so."""
        if self._reboot is not None:
            how, self._reboot = self._reboot, None
            self._boot_again(how == "forced")

    def _boot_again(self, forced: bool) -> None:
        with self.journal.noting(Rebooted(forced)):
            self._boot(forced)

    def _boot(self, forced: bool) -> None:
        if self._service is not None and forced:
            self._service.lose_power()
        self._stop_docker()
        tracer = self._host.tracer
        asked = self._host.asked
        self._switch_on(self.machine.hostname, self.now() + BOOT_NS)
        self._host.trace(tracer)
        self._host.asked = asked
        if self._has_lan:
            self._add_lan()
        with boot_sysctls(self.machine.host.files):
            if self._service is not None:
                self._service.enter(self.machine)
                with contextlib.suppress(UsageError):
                    self.start_docker()

    def _stop_docker(self) -> None:
        with self.journal.noting(EngineStopped()):
            if self._service is not None:
                self.do(self._service.stop())

    # --- running commands -------------------------------------------------------------------------------------------

    @property
    def failures(self) -> tuple[Failure, ...]:
        """What was asked of this lab and did not come about: with any of it, questions are refused."""
        return self.shortfall.failures

    def accept_failures(self) -> None:
        """From now on questions are answered although something did not come about; the answers say so."""
        self.shortfall.accepted = True

    def run(
        self, line: str, *, timeout_seconds: float | None = DEFAULT_TIMEOUT_SECONDS,
        show: Callable[[str], object] | None = None, expected: int | None = None,
    ) -> Result:  # fmt: skip
        """What `bash -c LINE` comes to.  `show` gets the text as it appears.

        `expected` is the exit status that the line is written for; None: whoever looks at the result's will judge.
        """
        _require_line(line)
        with self.journal.noting(Ran(line, timeout_seconds)) as noted:
            since = self.shortfall.mark()
            child, result = self._run(line, timeout_seconds, show)
            noted[0] = Ran(line, timeout_seconds, *result.recorded)
            failure = Failure(command=line, status=result.recorded[1], message=self._complaint(result))
            look = self.shortfall.ended(child, failure)
            if expected is not None:
                self.shortfall.expected(since, child, failure, expected)
                return result
        return result.watched(look)

    def _complaint(self, result: Result) -> str:
        if result.timed_out:
            return "interrupted: its time was over"
        return message_of(self.machine.complaint)

    def _run(
        self, line: str, timeout_seconds: float | None, show: Callable[[str], object] | None
    ) -> tuple[Child, Result]:
        self.begin(line)
        screen = Screen(show, self.meter)
        began = self._engine.now()
        child = self._spawn(line, screen)
        duration = None if timeout_seconds is None else int(timeout_seconds * SECOND)
        timed_out = False
        try:
            if not self._engine.run(child.wait(), duration):
                timed_out = True
                self._interrupt(child)
        except FrameStorm as storm:
            self._engine.drop_backlog()
            self._interrupt(child)
            screen.put(2, f"{storm}\n")
            timed_out = True
        result = Result(
            exit_code=124 if timed_out else child.status or 0,
            stdout=screen.text(1),
            stderr=screen.text(2),
            output=screen.text(1, 2),
            seconds=(self._engine.now() - began) / SECOND,
            timed_out=timed_out,
        )
        self.settle()
        self.refuse_flags()
        return child, result

    def begin(self, line: str) -> None:
        """A command line is about to run: what packets did before is forgotten."""
        self.meter.check()
        self.settle()
        if line.split()[:1] != ["why"]:
            self.events.clear()

    def start(self, line: str, show: Callable[[str], object] | None = None) -> Child:
        """Start a command line and let it run while time passes."""
        _require_line(line)
        with self.journal.noting(Started(line)):
            self.begin(line)
            child = self._spawn(line, Screen(show, self.meter))
            child.unattended = Failure(command=line).at(*self.shortfall.place)
            return child

    def stop(self, child: Child) -> None:
        """Kill a command that `start` started, and all that it started."""
        with self.journal.noting(Stopped(child.pid)):
            self._stop(child)

    def stop_pid(self, pid: int) -> None:
        """`stop`, by the process's number; nothing if it is over."""
        try:
            child = self.machine.child(pid)
        except KernelError:
            return
        self.stop(child)

    def _stop(self, child: Child) -> None:
        if not self.machine.runs(child):
            return
        for process in [*self.machine.descendants(child.pid), child]:
            process.kill()
        self._pass(child)

    def sleep(self, seconds: float) -> None:
        """Let simulated time pass.  FrameStorm if frames circle meanwhile; they are gone then."""
        if not 0 <= seconds < math.inf:
            raise UsageError(f"sleep({seconds!r}): expected a number of seconds, 0 or more")
        with self.journal.noting(Slept(seconds)):
            self.settle()
            try:
                self._engine.run(duration=int(seconds * SECOND))
            except FrameStorm:
                self._engine.drop_backlog()
                raise

    def now(self) -> int:
        """Nanoseconds since the machine was first switched on."""
        return self._engine.now()

    def _spawn(self, line: str, screen: Screen) -> Child:
        return self.machine.spawn(
            ["bash", "-c", line], self.machine.host, stdout=screen.stream(1), stderr=screen.stream(2)
        )

    def _interrupt(self, child: Any) -> None:
        """Ctrl-C for the command and what it started; what does not listen is killed."""
        for process in [*self.machine.descendants(child.pid), child]:
            process.interrupt()
        if not self._pass(child):
            self._stop(child)

    def _pass(self, child: Child) -> bool:
        """Give a command a second to end, whatever its frames do; whether it did."""
        try:
            return self._engine.run(child.wait(), SECOND)
        except FrameStorm:
            self._engine.drop_backlog()
            return child.status is not None

    # --- the same again -----------------------------------------------------------------------------------------------

    def fork(self, after: int | None = None) -> Lab:
        """A lab of its own in the same state: a new one of which the same was asked, in the same order.

        With `after` it is as this one was after so many requests of its journal.  Nothing that is done to it touches
        this one.  UsageError if something was done to this lab that its journal does not hold: programs given as
        Python functions, and generators that are not the engine's.
        """
        self.settle()
        other: Lab = self.journal.recipe(after)()
        self.shortfall.copy_to(other.shortfall, after)
        return other

    def session(self) -> str:
        """All that was typed here and what it printed, as a plain session file (`.session`).

        UsageError if something else was done that a session cannot tell.
        """
        return self.journal.session()

    def execute_in(self, namespace: int, operation: Any) -> None:
        """Carry out an operation in the namespace at this place of the host's list."""
        self.machine.network(self._host.namespaces[namespace]).execute(operation)

    def ask_engine(self, name: str, arguments: Mapping[str, Any]) -> Any:
        """`lab.do(lab.docker.NAME(**arguments))`."""
        return self.do(getattr(self.docker, name)(**arguments))

    def _asked(self, namespace: Any, what: Any) -> None:
        """Somebody outside asks the kernel itself."""
        if self.journal.inside:
            return
        if namespace is None:
            self.journal.unrepeatable(f"the program {what}, which was started as a Python function,")
            return
        name = "" if namespace is self._host.root else self._host.name_of(namespace)
        with self.journal.noting(Executed(self._host.namespaces.index(namespace), name, what)):
            pass

    # --- typed access -----------------------------------------------------------------------------------------------

    def network(self, name: str | None = None) -> Network:
        """A named namespace, the host's own without a name; KernelError if there is none of that name."""
        if name is None:
            return self.machine.network(self._host.root)
        return self.machine.namespace(name)

    def label_of(self, network: AnyNetwork) -> str:
        """What traces call a namespace."""
        assert isinstance(network, Network)
        return network.namespace.label

    def read_file(self, path: str, *, container: str | None = None) -> bytes:
        """The content of a file of the machine, or of a running container: KernelError as open(2) would refuse.

        What `tcpdump -w` wrote is a file for Wireshark: `Path("web.pcap").write_bytes(lab.read_file("/tmp/web.pcap"))`.
        """
        files = self.machine.host.files if container is None else self.docker.container_context(container).files
        return encode(files.read(path))

    @property
    def has_engine(self) -> bool:
        """Whether the Docker engine runs."""
        return self._service is not None and self._service.engine is not None

    @property
    def engine_failure(self) -> str:
        """What dockerd said when it last did not start; empty if it runs, or if nobody wanted it to.

        The containers of such a lab are unknown: it is no lab without containers.
        """
        return "" if self._service is None else self._service.failure

    @property
    def docker(self) -> DockerEngine:
        """The engine, started if it was not yet; it is another one after it was restarted."""
        if self._service is None or self._service.engine is None:
            self.start_docker()
        assert self._service is not None
        assert self._service.engine is not None
        return self._service.engine

    def do(self, steps: Generator[Any, Any, Any]) -> Any:
        """Let an engine's operation (a generator) run to its end: `lab.do(lab.docker.network_create({...}))`."""
        if not isinstance(steps, Generator):
            raise TypeError(f"expected an operation that takes time (a generator), found {type(steps).__name__}")
        request: JournalRequest | None = engine_request(self._service and self._service.engine, steps)
        with self.journal.noting(request or Unrepeatable(f"the Python generator {getattr(steps, '__qualname__', '')}")):
            return self._do(steps)

    def _do(self, steps: Generator[Any, Any, Any]) -> Any:
        answers: list[Any] = []
        errors: list[Exception] = []

        def program() -> Generator[Any, Any, int]:
            try:
                answers.append((yield from steps))
            except Exception as error:
                errors.append(error)
            return 0

        self._engine.run(self._engine.spawn(program()).finished)
        if errors:
            raise errors[0]
        return answers[0]

    def watch(self, listener: Callable[[Event], None] | None = None) -> None:
        """Tell `listener` what happens to packets from now on; without one, remember it in `events`."""
        self._host.trace(listener or self.events.append)

    @contextmanager
    def listening(self, listener: Callable[[Event], None]) -> Iterator[None]:
        """Meanwhile `listener` is told instead of whoever watches."""
        before = self._host.tracer
        self._host.trace(listener)
        try:
            yield
        finally:
            self._host.trace(before)

    @overload
    def why(self, *, verbose: bool = False) -> str: ...
    @overload
    def why(self, sender: str, target: str, *words: str, change: bool = True) -> Why: ...
    def why(
        self, sender: str | None = None, target: str | None = None, *words: str, verbose: bool = False,
        change: bool = True,
    ) -> str | Why:  # fmt: skip
        """Why what `sender` sends to `target` arrives, or does not: `lab.why("web", "db:5432")` (see vnetsim.reach).

        Without ends: which packets of the latest command line did not arrive, and what ended each, as text; `verbose`
        tells their way; "" if none was lost; UsageError if nobody watches.
        """
        if sender is None or target is None:
            return self._latest(verbose=verbose)
        from vnetsim.reach.endpoints.endpoints import Question  # noqa: PLC0415 -- the front door to questions
        from vnetsim.reach.why.why import why  # noqa: PLC0415

        return why(self, Question.parse(self, sender, target, *words), change=change)

    def _latest(self, *, verbose: bool) -> str:
        if self._host.tracer is None:
            raise UsageError("nobody watches the packets of this machine (Lab(watch=True) does)")
        told: dict[str, None] = {}
        ways = journeys(self.events)
        for lost in losses(self.events):
            way = ways[lost.packet]
            told[story(way, lost.packet) if verbose else ending(way, lost.packet)] = None
        for held in waiting(self.events):
            question = "neighbour solicitations" if ":" in held.hop else "ARP"
            text = f"{held.namespace}, {held.device}: nobody has answered {question} yet ({held.hop})"
            told[story(ways[held.packet], held.packet) if verbose else text] = None
        for packet, text in unanswered(self.events).items():
            told[f"{story(ways[packet], packet)}\n{text}" if verbose else text] = None
        return "".join(f"{text}\n" for text in told)

    def reaches(self, sender: str, target: str, *words: str, allow_vacuous: bool = False) -> Reaches:
        """Whether it arrives, asked on a copy: `assert lab.reaches("web", "db", "tcp/5432")`.

        True or false, and `str` of it says why.  Without `words` it is an echo request.  UsageError for what makes no
        sense; NoAnswer if something that was asked of the lab did not come about (`failures`), or if it is asked for
        true or false where nobody listens or nothing could be sent (false with `allow_vacuous`).
        """
        from vnetsim.reach.why.reaches import reaches  # noqa: PLC0415 -- the front door to questions

        answer = reaches(self, sender, target, *words, allow_vacuous=allow_vacuous)
        self.answers.append(answer)
        return answer

    def _why(self, process: Process) -> int:
        """The one program that no real machine has: `why` [-v], of the latest packets, or `why FROM TO [PROTOCOL]`."""
        if len(process.argv) > 2:
            return self._why_between(process)
        if process.argv[1:] not in ((), ("-v",)):
            options = "[icmp|tcp/PORT|udp/PORT] [size=BYTES] [df] [sport=PORT] [established]"
            process.error(f"usage: why [-v], or why FROM TO {options}\n")
            return 2
        if self._host.tracer is None:
            process.error("why: nobody watches the packets of this machine (Lab(watch=True) does)\n")
            return 1
        process.write(self.why(verbose="-v" in process.argv) or f"why: {self._no_loss()}\n")
        return 0

    def _why_between(self, process: Process) -> int:
        """A lab that only repeats what another one was asked repeats its answers too: they are dear, and the same."""
        known = self.journal.known
        text, status = known.popleft() if known else self._answered(process.argv[1:])
        self.journal.said.append((text, status))
        (process.error if status == _BAD_QUESTION else process.write)(text)
        return status

    def _answered(self, words: Sequence[str]) -> tuple[str, int]:
        try:
            answer = self.why(*words)
        except UsageError as error:
            return f"why: {error}\n", _BAD_QUESTION
        return str(answer), 0 if answer.arrives else 1

    def _no_loss(self) -> str:
        if nothing_sent(self.events):
            return "no packet was sent, so none was lost; what the command printed is the reason"
        return "no packet was lost"

    def unwatch(self) -> None:
        """Tell nobody any more what happens to packets."""
        self._host.trace(None)

    # --- the machine's outfit ---------------------------------------------------------------------------------------

    def start_docker(self) -> None:
        """UsageError in dockerd's words if its flags or its file make no sense."""
        with self.journal.noting(EngineStarted()):
            self.do(self._docker_service().start())

    def _docker_service(self) -> DockerService:
        """What the init system runs the engine by."""
        from vnetsim.docker.service import DockerService  # noqa: PLC0415 -- most labs have none

        self._docker_wanted = True
        self.machine.withdraw_service(DOCKER_SOCKET)
        # A host on which services run has been booted: `curl localhost:8080` is what people try a port with.
        self.network().execute(SetLink(device="lo", up=True))
        if self._service is None:
            self._service = DockerService(self.machine, self._docker_flags)
        return self._service

    def _activate_docker(self) -> Generator[Any, Any, None]:
        """Something connects to the engine's socket: if the engine does not start, the connection is refused.

        Flags of the engine that make no sense are a mistake in what was given to the lab: whoever runs the command
        line gets the UsageError.
        """
        from vnetsim.docker.service import EngineFailure  # noqa: PLC0415 -- most labs have none

        try:
            yield from self._docker_service().start()
        except EngineFailure as failure:
            if not failure.at_start:
                self._refused_flags = failure

    def refuse_flags(self) -> None:
        """UsageError if the engine was to start meanwhile, and its flags make no sense."""
        failure, self._refused_flags = self._refused_flags, None
        if failure is not None:
            raise failure

    def _add_lan(self) -> None:
        """The cable to the machine outside, made as a person would."""
        self.machine.add_namespace("lan")
        cable(self.network(), self.network("lan"))


def run_all(lines: Iterable[str], seed: int = 0) -> list[Result]:
    """The results of command lines typed one after the other on a new machine."""
    lab = Lab(seed)
    return [lab.run(line) for line in lines]


def _require_line(line: object) -> None:
    if not isinstance(line, str):
        raise UsageError(f"expected a command line as one text, like 'ip link', found {line!r}")
