"""Runs the docker command of vnetsim against any engine, without a machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import cast

import attrs

from vnetsim.errors import Errno, KernelError
from vnetsim.process import Process, to_the_end
from vnetsim.programs.docker import main

SOCKET = "/var/run/docker.sock"
#: What the environment of the real client said when it was recorded.
ENVIRONMENT = {"SOME": "thing", "PWD": "/tmp/app", "HOME": "/root"}
FILES = {"/tmp/app/env": "A=1\n# comment\n\nB\nSOME\n  C=3 \n", "/tmp/app/env2": "A=1\nA B=2\n"}


@attrs.define
class _Output:
    text: str = ""

    def write(self, text: str) -> None:
        self.text += text


@attrs.frozen
class _Wait:
    """A wait whose end is known: so much time later, with this answer."""

    nanoseconds: int = 0
    answer: object = None


@attrs.define
class _Input:
    lines: list[str]
    terminal: bool = False

    def read_line(self) -> _Wait:
        return _Wait(answer=self.lines.pop(0) if self.lines else "")

    def read_all(self) -> _Wait:
        return _Wait(answer="".join(self.lines))


@attrs.define
class _Files:
    content: dict[str, str]

    def read(self, path: str) -> str:
        if path not in self.content:
            raise KernelError(Errno.ENOENT)
        return self.content[path]

    def write(self, path: str, text: str) -> None:
        self.content[path] = text

    def exists(self, path: str) -> bool:
        return path in self.content


@attrs.define
class _Machine:
    engine: object
    clock: int

    def service(self, path: str) -> object:
        if path != SOCKET or self.engine is None:
            raise KernelError(Errno.ENOENT)
        return self.engine

    def wall_clock(self) -> int:
        return self.clock


@attrs.frozen
class _Context:
    environment: Mapping[str, str]


@attrs.define
class Client:
    """`at` calls back at nanoseconds of the wall clock, for an engine that changes meanwhile."""

    engine: object = None
    now: int = 1_800_000_000
    stdin: str = ""
    terminal: bool = False
    environment: Mapping[str, str] = attrs.field(factory=lambda: dict(ENVIRONMENT))
    files: dict[str, str] = attrs.field(factory=lambda: dict(FILES))
    at: Callable[[int], None] = lambda _now: None

    def run(self, *words: str) -> Ended:
        process = _FakeProcess(
            argv=["docker", *words],
            machine=_Machine(self.engine, self.now * 1_000_000_000),
            stdin=_Input(self.stdin.splitlines(keepends=True), self.terminal),
            files=_Files(self.files),
            context=_Context(self.environment),
        )
        program = to_the_end(main(cast("Process", process)))
        if isinstance(program, int):
            return Ended(program, process.stdout.text, process.stderr.text, 0)
        start, answer = process.machine.clock, None
        while True:
            try:
                wait = program.send(answer)
            except StopIteration as end:
                elapsed = process.machine.clock - start
                return Ended(end.value, process.stdout.text, process.stderr.text, elapsed)
            process.machine.clock += wait.nanoseconds
            self.at(process.machine.clock)
            answer = wait.answer


@attrs.frozen
class Ended:
    """How the command ended; `elapsed` in nanoseconds."""

    status: int
    out: str
    err: str
    elapsed: int = 0


@attrs.define
class _FakeProcess:
    argv: Sequence[str]
    machine: _Machine
    stdin: _Input
    files: _Files
    context: _Context
    stdout: _Output = attrs.field(factory=_Output)
    stderr: _Output = attrs.field(factory=_Output)

    def write(self, text: str) -> None:
        self.stdout.write(text)

    def error(self, text: str) -> None:
        self.stderr.write(text)

    def sleep(self, nanoseconds: int) -> _Wait:
        return _Wait(nanoseconds)
