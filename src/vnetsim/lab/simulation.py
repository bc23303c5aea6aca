"""The simulated machine of a lab: its clock, its kernel and its processes, over files that outlive a reboot."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any, Final, TypeVar

from vnetsim.boot import ENVIRONMENT
from vnetsim.budget import Meter
from vnetsim.clock import SECOND
from vnetsim.engine import Engine, FrameStorm
from vnetsim.engine.task import Signal
from vnetsim.failures import Failure
from vnetsim.kernel.host import Host
from vnetsim.kernel.proc.child import ChildTask
from vnetsim.kernel.proc.files import Tree
from vnetsim.kernel.proc.machine import KernelMachine
from vnetsim.process import Main
from vnetsim.programs import findings, registry
from vnetsim.result import Result, Screen
from vnetsim.trace import Event
from vnetsim.values import frozen

#: When a simulated machine is switched on: 2026-01-01 00:00:00 UTC, in nanoseconds since 1970.
EPOCH_NS: Final = 1_767_225_600 * SECOND

Answer = TypeVar("Answer")


@frozen(kw_only=True)
class Hardware:
    """What a reboot does not change; of devices of the kinds in `missing_modules` the kernel knows nothing."""

    seed: int
    nested: bool
    first_forwards: bool
    missing_modules: frozenset[str]
    frame_limit: int


class Simulation:
    """One machine.  `why` is the program of that name; `report` is given the failures of processes."""

    def __init__(
        self, hardware: Hardware, files: Mapping[str, str], meter: Meter, why: Main, report: Callable[[Failure], None]
    ) -> None:
        self._hardware, self._meter = hardware, meter
        self._files = Tree(dict(files), programs=registry.files())
        self._why, self._report = why, report
        self._random = random.Random(hardware.seed)

    def switch_on(self, hostname: str, now: int = 0) -> None:
        """Boot a kernel over the files that are there."""
        self._meter.reboot()
        hardware = self._hardware
        self.engine = Engine(hardware.frame_limit, now, self._meter)
        self.host = Host(
            self.engine,
            self._random,
            hostname,
            seed=hardware.seed,
            nested=hardware.nested,
            first_forwards=hardware.first_forwards,
        )
        self.host.missing_modules = hardware.missing_modules
        self.machine = KernelMachine(
            self.host, self._files, registry.Installed({"why": self._why}), ENVIRONMENT, EPOCH_NS, findings.judged,
            self._report,
        )  # fmt: skip

    def reboot(self, pause_ns: int) -> None:
        """Boot another kernel `pause_ns` later; those who watch the packets and the requests of this one stay."""
        before, observer = self.host, self.engine.softirq.observer
        self.switch_on(self.machine.hostname, self.engine.now() + pause_ns)
        self.host.trace(before.tracer)
        self.host.on_change = before.on_change
        self.engine.softirq.observer = observer

    # --- processes ---------------------------------------------------------------------------------------------------

    def spawn(self, line: str, screen: Screen) -> ChildTask:
        """Start `bash -c LINE`."""
        return self.machine.spawn(
            ["bash", "-c", line], self.machine.host, stdout=screen.stream(1), stderr=screen.stream(2)
        )

    def run(self, line: str, screen: Screen, timeout_ns: int | None) -> tuple[ChildTask, Result]:
        """Run a command line to its end, or to its interruption at the time limit or by a frame storm."""
        began, timed_out = self.engine.now(), False
        child = self.spawn(line, screen)
        try:
            if not self.engine.run(child.wait(), timeout_ns):
                timed_out = True
                self._interrupt(child)
        except FrameStorm as storm:
            self.engine.drop_backlog()
            self._interrupt(child)
            screen.put(2, f"{storm}\n")
            timed_out = True
        result = Result(
            exit_code=124 if timed_out else child.status or 0,
            stdout=screen.text(1),
            stderr=screen.text(2),
            output=screen.text(1, 2),
            seconds=(self.engine.now() - began) / SECOND,
            timed_out=timed_out,
        )
        return child, result

    def stop(self, child: ChildTask) -> None:
        """Kill a process and its descendants."""
        if not self.machine.runs(child):
            return
        for process in [*self.machine.descendants(child.pid), child]:
            process.kill()
        self._wait_a_second(child)

    def _interrupt(self, child: ChildTask) -> None:
        """SIGINT to a process and its descendants; SIGKILL to those that ignore it."""
        processes = [*self.machine.descendants(child.pid), child]
        for process in processes:
            process.interrupt()
        if not self._wait_a_second(child):
            self.stop(child)
        for process in processes:
            process.kill()

    def _wait_a_second(self, child: ChildTask) -> bool:
        """Give a process a second to end, whatever its frames do; whether it did."""
        try:
            return self.engine.run(child.wait(), SECOND)
        except FrameStorm:
            self.engine.drop_backlog()
            return child.status is not None

    def sleep(self, seconds: float) -> None:
        """FrameStorm if frames circle meanwhile; they are dropped then."""
        try:
            self.engine.run(duration=int(seconds * SECOND))
        except FrameStorm:
            self.engine.drop_backlog()
            raise

    def complete(self, steps: Generator[Any, Any, Answer]) -> Answer:
        """Run a generator that waits to its end."""
        finished, answer = self._begun(steps)
        self.engine.run(finished)
        return answer()

    def paced(self, steps: Generator[Any, Any, Answer]) -> Generator[float, None, Answer]:
        """`complete` in slices, between which the caller waits so many seconds (`Engine.paced`)."""
        finished, answer = self._begun(steps)
        yield from self.engine.paced(finished)
        return answer()

    def _begun(self, steps: Generator[Any, Any, Answer]) -> tuple[Signal, Callable[[], Answer]]:
        """The signal of its end, and what gives its answer or raises its error then."""
        answers: list[Answer] = []
        errors: list[Exception] = []

        def program() -> Generator[Any, Any, int]:
            try:
                answers.append((yield from steps))
            except Exception as error:
                errors.append(error)
            return 0

        def answer() -> Answer:
            if errors:
                raise errors[0]
            return answers[0]

        return self.engine.spawn(program()).finished, answer

    # --- packets -----------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def listening(self, listener: Callable[[Event], None]) -> Iterator[None]:
        """Meanwhile `listener` gets the events instead of the tracer."""
        before = self.host.tracer
        self.host.trace(listener)
        try:
            yield
        finally:
            self.host.trace(before)
