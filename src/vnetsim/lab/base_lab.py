"""A simulated host that answers command lines; `vnetsim.lab.Lab` adds the questions of `vnetsim.reach`."""

from __future__ import annotations

import abc
import contextlib
import math
from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar, cast

from vnetsim.boot import FILES, Operator
from vnetsim.budget import Budget, Meter
from vnetsim.clock import SECOND
from vnetsim.errors import KernelError, UsageError
from vnetsim.failures import Failure, message_of
from vnetsim.garbage import no_collector
from vnetsim.journal import (
    EngineStarted,
    EngineStopped,
    Journal,
    Ran,
    Slept,
    Started,
    Stopped,
)
from vnetsim.lab.recording import record_change, request_of
from vnetsim.lab.why_program import WhyAnswer, WhyProgram
from vnetsim.programs.libc.octets import encode
from vnetsim.result import Result, Screen
from vnetsim.shortfall import Shortfall
from vnetsim.trace import Event

if TYPE_CHECKING:
    from vnetsim.docker.api.synchronous import EngineClient
    from vnetsim.engine import Engine
    from vnetsim.kernel.proc.child import ChildTask
    from vnetsim.kernel.proc.machine import KernelMachine
    from vnetsim.kernel.rtnetlink.network import NetnsNetwork
    from vnetsim.process.network import Network as AnyNetwork

#: The time limit of a command line, in simulated seconds, unless the caller sets one.
DEFAULT_TIMEOUT_SECONDS: Final = 600.0
#: Events that a lab remembers of one command line.
_REMEMBERED: Final = 20_000

Answer = TypeVar("Answer")


class BaseLab(abc.ABC):
    """One simulated host.

    `docker` True starts the engine with the machine (with `docker_flags`, as dockerd takes them), False leaves it
    out, None starts it when a command line first names docker, as socket activation does.  `watch` collects the events
    of the packets of the latest command line for the command `why`; it costs time.  The kernel lacks the modules of the
    devices and queueing disciplines in `without`.  A scenario that exceeds `budget` ends with BudgetExceeded, and so
    does each later request.

    With `has_registry` every image can be pulled; `images` are the ports (`8000/tcp`) by the name of the image that
    listens there, for images that vnetsim does not know.
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
        has_registry: bool = True,
        images: Mapping[str, Sequence[str]] | None = None,
        frame_limit: int = 1_000_000,
        budget: Budget | None = None,
    ) -> None:
        self.seed = seed
        #: The part of the budget that this lab has used.
        self.meter = Meter(budget or Budget())
        #: All requests since the lab was made.
        self.journal = Journal(partial(
            type(self), seed, docker=docker, docker_flags=tuple(docker_flags), hostname=hostname, files=files,
            nested=nested, first_forwards=first_forwards, without=tuple(without),
            has_registry=has_registry, images=images, frame_limit=frame_limit, budget=budget,
        ))  # fmt: skip
        #: Requests that failed, or are not modelled.
        self.shortfall = Shortfall(lambda: len(self.journal.requests), self._circumstances)
        #: What happened to packets since the latest command line began, if they are watched.
        self.events: deque[Event] = deque(maxlen=_REMEMBERED)
        with no_collector():  # the first lab imports the kernel
            from vnetsim.lab.engine_unit import EngineUnit  # noqa: PLC0415
            from vnetsim.lab.power import Power  # noqa: PLC0415
            from vnetsim.lab.simulation import Hardware, Simulation  # noqa: PLC0415
        hardware = Hardware(seed=seed, nested=nested, first_forwards=first_forwards,
                            missing_modules=frozenset(without), frame_limit=frame_limit)  # fmt: skip
        etc = {**FILES, "/etc/hostname": f"{hostname}\n", **(files or {})}
        why = WhyProgram(self.journal, self.events, self.is_watched, self.ask).main
        self._simulation = Simulation(hardware, etc, self.meter, why, self.shortfall.report)
        self._unit = EngineUnit(self._simulation, docker_flags, docker, images or {} if has_registry else None)
        self._power = Power(self._simulation, self._unit, self.journal.record)
        self._begin(hostname, watch=watch, docker=bool(docker))

    def _begin(self, hostname: str, *, watch: bool, docker: bool) -> None:
        self._power.switch_on(hostname)
        #: The machine from outside: reboot, power, services.
        self.host = Operator(reboot=self._power.reboot, stop=self._stop_docker, start=self.start_docker)
        if watch:
            self.watch()
        if docker:
            self.start_docker()
        self._simulation.host.on_change = partial(record_change, self.journal, self._simulation)
        self.journal.inside = False

    @classmethod
    def docker_host(cls, seed: int = 0, *, docker_flags: Sequence[str] = (), hostname: str = "host",
                    nested: bool = False, first_forwards: bool | None = None, files: Mapping[str, str] | None = None,
                    without: Iterable[str] = (), has_registry: bool = True,
                    images: Mapping[str, Sequence[str]] | None = None,
                    budget: Budget | None = None) -> Self:  # fmt: skip
        """A host with an engine and a LAN: eth0 192.168.56.10/24; namespace `lan`, 192.168.56.20, is its gateway."""
        lab = cls(
            seed, docker=False, docker_flags=docker_flags, hostname=hostname, nested=nested,
            first_forwards=nested if first_forwards is None else first_forwards,
            files={"/etc/resolv.conf": "nameserver 10.255.255.53\n", **(files or {})}, without=without,
            has_registry=has_registry, images=images, budget=budget,
        )  # fmt: skip
        lab.journal.inside = True
        lab._power.add_lan()
        lab.start_docker()
        lab.journal.inside = False
        lab.journal.make = partial(
            cls.docker_host, seed, docker_flags=tuple(docker_flags), hostname=hostname, nested=nested,
            first_forwards=first_forwards, files=files, without=tuple(without),
            has_registry=has_registry, images=images, budget=budget,
        )  # fmt: skip
        return lab

    @property
    def clock(self) -> Engine:
        """The clock that runs, for those who let time pass themselves (vnetsim.serve); a reboot replaces it."""
        return self._simulation.engine

    @property
    def machine(self) -> KernelMachine:
        """The processes, files and namespaces of the machine."""
        return self._simulation.machine

    def settle(self) -> None:
        """Carry out a reboot that a command line requested."""
        self._power.apply()

    def _stop_docker(self) -> None:
        with self.journal.record(EngineStopped()):
            self._unit.stop()

    # --- running commands -------------------------------------------------------------------------------------------

    @property
    def failures(self) -> tuple[Failure, ...]:
        """Requests that failed, or are not modelled: as long as there are any, questions are refused."""
        return self.shortfall.failures

    def _circumstances(self) -> tuple[str, ...]:
        from vnetsim.lab.circumstances import circumstances  # noqa: PLC0415 -- only answers need it

        return tuple(circumstances(self.machine, docker=self._unit.is_installed))

    def accept_failures(self) -> None:
        """From now on questions are answered in spite of failures; the answers list them."""
        self.shortfall.accepted = True

    def run(
        self,
        line: str,
        *,
        timeout_seconds: float | None = DEFAULT_TIMEOUT_SECONDS,
        show: Callable[[str], object] | None = None,
        expected: int | None = None,
    ) -> Result:
        """Run `bash -c LINE`.  `show` gets the output as it appears.

        `expected` is the exit status that is no failure; None: the caller looks at that of the result.
        """
        _require_line(line)
        with self.journal.record(Ran(line, timeout_seconds)) as noted:
            since = self.shortfall.mark()
            child, result = self._run(line, timeout_seconds, show)
            noted[0] = Ran(line, timeout_seconds, *result.recorded)
            message = "interrupted: its time was over" if result.timed_out else message_of(self.machine.complaint)
            failure = Failure(command=line, status=result.recorded[1], message=message)
            look = self.shortfall.ended(child, failure)
            if expected is not None:
                self.shortfall.expected(since, child, failure, expected)
                return result
        return result.watched(look)

    def _run(
        self, line: str, timeout_seconds: float | None, show: Callable[[str], object] | None
    ) -> tuple[ChildTask, Result]:
        self.begin(line)
        duration = None if timeout_seconds is None else int(timeout_seconds * SECOND)
        child, result = self._simulation.run(line, Screen(show, self.meter), duration)
        self.settle()
        self.refuse_flags()
        return child, result

    def begin(self, line: str) -> None:
        """A command line is about to run: forget the events before it."""
        self.meter.check()
        self.settle()
        if line.split()[:1] != ["why"]:
            self.events.clear()

    def start(self, line: str, show: Callable[[str], object] | None = None) -> ChildTask:
        """Start a command line and let it run while time passes."""
        _require_line(line)
        with self.journal.record(Started(line)):
            self.begin(line)
            child = self._simulation.spawn(line, Screen(show, self.meter))
            child.unattended = Failure(command=line).at(*self.shortfall.location)
            return child

    def stop(self, child: ChildTask) -> None:
        """Kill a command that `start` started, and its descendants."""
        with self.journal.record(Stopped(child.pid)):
            self._simulation.stop(child)

    def stop_pid(self, pid: int) -> None:
        """`stop` by process number; does nothing if the process has ended."""
        try:
            child = self.machine.child(pid)
        except KernelError:
            return
        self.stop(child)

    def sleep(self, seconds: float) -> None:
        """Let simulated time pass.  FrameStorm if frames circle meanwhile; they are dropped then."""
        if not 0 <= seconds < math.inf:
            raise UsageError(f"sleep({seconds!r}): expected a number of seconds, 0 or more")
        with self.journal.record(Slept(seconds)):
            self.settle()
            self._simulation.sleep(seconds)

    def now(self) -> int:
        """Nanoseconds since the machine was first switched on."""
        return self._simulation.engine.now()

    # --- the same again -----------------------------------------------------------------------------------------------

    def fork(self, after: int | None = None, *, watched: bool = False) -> Self:
        """An independent lab in the same state: a new one that meets the same requests in the same order.

        With `after` it is as this one was after so many requests of its journal.  UsageError if this lab was changed by
        something that its journal cannot replay: programs given as Python functions, generators not of the engine.
        `watched`: its `events` are collected from the beginning.
        """
        self.settle()
        other: Self = self.journal.recipe(after, watched=watched)()
        self.shortfall.copy_to(other.shortfall, after)
        return other

    def session(self) -> str:
        """All command lines and their output as a plain session file (`.session`).

        UsageError if the lab met a request that a session cannot express.
        """
        return self.journal.session()

    def execute_in(self, namespace: int, operation: Any) -> None:
        """Execute an operation in the namespace with this index in the host's list."""
        self.machine.network(self._simulation.host.namespaces[namespace]).execute(operation)

    def call_engine(self, name: str, arguments: Mapping[str, Any]) -> Any:
        """`lab.docker.NAME(**arguments)`."""
        return getattr(self.docker, name)(**arguments)

    # --- typed access -----------------------------------------------------------------------------------------------

    def network(self, name: str | None = None) -> NetnsNetwork:
        """A named namespace, the host's own without a name; KernelError if there is none of that name."""
        if name is None:
            return self.machine.network(self._simulation.host.root)
        return self.machine.namespace(name)

    def label_of(self, network: AnyNetwork) -> str:
        """What traces call a namespace."""
        return cast("NetnsNetwork", network).namespace.label

    def read_file(self, path: str, *, container: str | None = None) -> bytes:
        """The content of a file of the machine, or of a running container: KernelError as open(2) would refuse.

        What `tcpdump -w` wrote is a file for Wireshark: `Path("web.pcap").write_bytes(lab.read_file("/tmp/web.pcap"))`.
        """
        if container is None:
            return encode(self.machine.host.files.read(path))
        return encode(self.docker.container_context(container).files.read(path))

    @property
    def has_engine(self) -> bool:
        """Whether the Docker engine runs."""
        return self._unit.engine is not None

    @property
    def engine_failure(self) -> str:
        """What dockerd printed when it last failed to start; empty if it runs, or was never started.

        The containers of such a lab are unknown: it is no lab without containers.
        """
        return self._unit.failure

    @property
    def docker(self) -> EngineClient:
        """The operations of the engine, which is started if it was not yet: `lab.docker.network_create({...})`."""
        from vnetsim.docker.api.synchronous import EngineClient  # noqa: PLC0415 -- most labs have no engine

        if self._unit.engine is None:
            self.start_docker()
        assert self._unit.engine is not None
        return EngineClient(self._unit.engine, self.do)

    def do(self, steps: Generator[Any, Any, Answer]) -> Answer:
        """Run a generator of yours that waits for simulated events, and give its answer.

        TypeError if it is none: the operations of `lab.docker` run at once, and have given their answer already.
        """
        if not isinstance(steps, Generator):
            raise TypeError(f"expected a generator, found {type(steps).__name__}")
        with self.journal.record(request_of(self._unit.engine, steps)):
            return self._simulation.complete(steps)

    def paced(self, steps: Generator[Any, Any, Answer]) -> Generator[float, None, Answer]:
        """`do` in slices: yields the real seconds that the caller waits until the next one (`Engine.paced`)."""
        with self.journal.record(request_of(self._unit.engine, steps)):
            return (yield from self._simulation.paced(steps))

    def watch(self, listener: Callable[[Event], None] | None = None) -> None:
        """From now on `listener` gets the events of packets; without one, `events` collects them."""
        self._simulation.host.trace(listener or self.events.append)

    def is_watched(self) -> bool:
        """Whether events of packets are collected, or listened to."""
        return self._simulation.host.tracer is not None

    def listening(self, listener: Callable[[Event], None]) -> contextlib.AbstractContextManager[None]:
        """Meanwhile `listener` gets the events instead of the watcher."""
        return self._simulation.listening(listener)

    @abc.abstractmethod
    def ask(self, sender: str, target: str, *tokens: str) -> WhyAnswer:
        """The answer to `why FROM TO [PROTOCOL]` typed on the machine."""

    def unwatch(self) -> None:
        """Stop watching the packets."""
        self._simulation.host.trace(None)

    # --- the engine -------------------------------------------------------------------------------------------------

    def start_docker(self) -> None:
        """UsageError with dockerd's message if its flags or its file are invalid."""
        with self.journal.record(EngineStarted()):
            self._unit.start()

    def refuse_flags(self) -> None:
        """UsageError if the engine was to start meanwhile, and its flags make no sense."""
        self._unit.refuse_flags()


def _require_line(line: object) -> None:
    if not isinstance(line, str):
        raise UsageError(f"expected a command line as one text, like 'ip link', found {line!r}")
