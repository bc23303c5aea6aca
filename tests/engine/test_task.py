"""A service does, without a generator, what the coroutine does that waits in its stead."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from vnetsim import Lab
from vnetsim.engine.task import Signal
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.proc.machine import SIGCONT, SIGINT, SIGSTOP, SIGTERM, KernelMachine
from vnetsim.kernel.proc.process import HostProcess
from vnetsim.process import Child, Coroutine, Execution, Process, Program, Service, to_the_end

SIGKILL = 9
SIGNALS = (SIGINT, SIGTERM, SIGKILL, SIGSTOP, SIGCONT)
#: What is heard: a text, or how handling it ends.
TEXTS = ("a", "b", "refused", "wrong", "the rest", "not waiting")


class Listener(Service):
    """Logs what it hears."""

    __slots__ = ("log", "source")

    def __init__(self, process: Process, source: Source, log: list[object]) -> None:
        super().__init__(process)
        self.source, self.log = source, log

    def wait(self) -> Signal:
        return self.source.next()

    def handle(self, event: Any) -> Coroutine[int] | None:
        self.log.append((self.process.now(), event))
        if event == "refused":
            raise KernelError(Errno.EPERM)
        if event == "wrong":
            raise ValueError(event)
        return self.end_later() if event == "the rest" else None

    def end_later(self) -> Coroutine[int]:
        yield self.process.sleep(500_000_000)
        self.log.append((self.process.now(), "ended"))
        return 3

    def close(self) -> None:
        self.log.append((self.process.now(), "closed"))


class Source:
    """Texts, one for each wait; those that came before somebody waits are there at once."""

    def __init__(self, machine: KernelMachine) -> None:
        self._machine = machine
        self._waiting: Signal | None = None
        self._queued: list[str] = []

    def next(self) -> Signal:
        if self._queued and self._queued[0] == "not waiting":
            self._queued.pop(0)
            raise KernelError(Errno.EINVAL)
        self._waiting = self._machine.engine.signal()
        self._deliver()
        assert self._waiting is not None
        return self._waiting

    def say(self, text: str) -> None:
        self._queued.append(text)
        self._deliver()

    def fail(self) -> None:
        if self._waiting is not None:
            self._waiting.fail(KernelError(Errno.ECONNREFUSED))

    def _deliver(self) -> None:
        if self._waiting is not None and self._queued and not self._waiting.is_set:
            self._waiting.set(self._queued.pop(0))


class Run:
    """One process in a lab of its own."""

    def __init__(self, *, parked: bool) -> None:
        self.lab, self.log = Lab(docker=False), list[object]()
        self.machine = self.lab.machine
        self.source, self._parked = Source(self.machine), parked
        self.child: Child = self.machine.run(self._main, ("service",), self.machine.host)

    def _main(self, process: Process) -> Execution:
        self.log.append("began")
        listener = Listener(process, self.source, self.log)
        return listener if self._parked else to_the_end(listener)

    def do(self, act: str | int) -> None:
        if isinstance(act, int):
            if self.child.status is None:
                self.machine.kill(self.child.pid, act)
        elif act == "fail":
            self.source.fail()
        else:
            self.source.say(act)

    def state(self) -> object:
        entries = [(entry.pid, entry.stopped) for entry in self.machine.processes()]
        return self.log, self.child.status, self.child.signal, entries, self.machine.complaint


ACTS = st.sampled_from([*TEXTS, "fail", *SIGNALS])


@settings(max_examples=300)
@given(st.lists(st.lists(ACTS, max_size=4), max_size=4))
def test_a_service_does_what_its_coroutine_does(moments: list[list[str | int]]) -> None:
    service, coroutine = Run(parked=True), Run(parked=False)
    for acts in [[], *moments, []]:
        for each in (service, coroutine):
            for act in acts:
                each.do(act)
            each.lab.sleep(0.2)
        assert service.state() == coroutine.state()


def test_it_has_no_generator_until_it_is_disturbed() -> None:
    run = Run(parked=True)
    run.lab.sleep(0.1)
    run.source.say("a")
    run.lab.sleep(0.1)
    task: Any = run.child.task  # type: ignore[attr-defined]
    assert task._program is None
    run.do(SIGSTOP)
    assert task._program is not None


def test_what_follows_a_program_follows_a_service() -> None:
    run = Run(parked=True)
    statuses = []

    def main(process: Process) -> Program:
        assert isinstance(process, HostProcess)
        listener = Listener(process, run.source, run.log)
        statuses.append((yield from run.machine.execute(lambda _process: listener, process)))
        return 0

    run.machine.run(main, ("outer",), run.machine.host)
    run.do(SIGKILL)
    run.lab.sleep(0.1)
    run.source.say("the rest")
    run.lab.sleep(1)
    assert statuses == [3]
