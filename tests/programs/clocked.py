"""A process on a clock of its own, for tests of programs that wait: only waiting moves the clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import attrs

from tests.programs.fake import Ended, FakeContext, FakeFiles, FakeNetwork
from vnetsim.budget import Budget, Meter
from vnetsim.clock import MILLISECOND, SECOND
from vnetsim.process import Interrupted, Main, Process, Resolved, to_the_end
from vnetsim.wire.inet import Address, parse_address

#: When the machine was started.
STARTED = 1_795_509_876 * SECOND


@attrs.define
class Machine:
    """A clock that only waiting moves; `interrupt_at` is when Ctrl-C is pressed."""

    time: int = 0
    interrupt_at: int | None = None

    def wall_clock(self) -> int:
        return STARTED + self.time


@attrs.frozen
class Known:
    """A wait whose answer is known already."""

    value: Any

    def over(self, _: Machine) -> Any:
        return self.value


@attrs.define
class ClockedProcess:
    """`names` are known with their addresses; a wait has a method `over`, which moves the clock and answers."""

    argv: Sequence[str]
    context: FakeContext
    machine: Machine
    names: Mapping[str, str]
    out: list[str] = attrs.field(factory=list)
    err: list[str] = attrs.field(factory=list)
    looked_up: list[str] = attrs.field(factory=list)

    @property
    def meter(self) -> Meter:
        return Meter(Budget())

    @property
    def network(self) -> FakeNetwork:
        return self.context.network

    @property
    def files(self) -> FakeFiles:
        return self.context.files

    def now(self) -> int:
        return self.machine.time

    def sleep(self, nanoseconds: int) -> Known:
        """What a system call takes is nothing on this clock."""
        assert nanoseconds < MILLISECOND
        return Known(None)

    def write(self, text: str) -> None:
        self.out.append(text)

    def error(self, text: str) -> None:
        self.err.append(text)

    def resolve(self, name: str, version: int | None = None) -> Known:
        text, _, zone = self.names.get(name, name).partition("%")
        try:
            known = parse_address(text)
        except ValueError:
            return Known(Resolved(error="Name or service not known"))
        if version not in (None, known.version):
            return Known(Resolved(error="Name or service not known"))
        return Known(Resolved((known,), zone=zone or None))

    def reverse(self, address: Address) -> Known:
        self.looked_up.append(str(address))
        return Known(next((name for name, it in self.names.items() if it == str(address)), None))


def drive(main: Main, process: ClockedProcess, machine: Machine) -> Ended:
    """Run a program to its end, or until Ctrl-C and what it says then."""
    running = to_the_end(main(cast(Process, process)))
    if isinstance(running, int):
        return Ended(running, "".join(process.out), "".join(process.err))
    answer, interrupted = None, False
    while True:
        try:
            wait: Any = running.throw(Interrupted()) if interrupted else running.send(answer)
        except StopIteration as end:
            return Ended(end.value, "".join(process.out), "".join(process.err))
        answer = wait.over(machine)
        interrupted = machine.interrupt_at is not None and machine.time >= machine.interrupt_at
        if interrupted:
            machine.time, machine.interrupt_at = cast(int, machine.interrupt_at), None
