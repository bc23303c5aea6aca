"""Processes of the simulated machine in the shape of subprocess.Popen: what `node.popen` returns.

A script's own `subprocess` and `os.system` become these where the drop-in runs it (`dropin`).  Not modelled: os.read
of their descriptors, and input that is written while the process runs.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Sequence
from typing import Any, Final, Self

from vnetsim.clock import SECOND
from vnetsim.errors import KernelError, UsageError
from vnetsim.failures import Failure
from vnetsim.kernel.proc.child import ChildTask
from vnetsim.lab import Lab
from vnetsim.mininet.emulation import Emulation, EmulationStep, current
from vnetsim.mininet.shells import PATIENCE_SECONDS, Buffer, command_of, context_of
from vnetsim.programs.libc import signals

PIPE: Final = -1
STDOUT: Final = -2
DEVNULL: Final = -3
_TICK_SECONDS: Final = 0.01


class Started:
    """The request `Popen` of a lab's journal."""

    def __init__(self, argv: Sequence[str], namespace: str | None) -> None:
        self.argv, self.namespace = tuple(argv), namespace

    def replay(self, lab: Lab) -> None:
        with lab.journal.record(self):
            _spawned(lab, self.argv, self.namespace, Buffer(), Buffer())

    def session(self) -> list[str]:
        from vnetsim.journal import typed  # noqa: PLC0415 -- few labs are written down

        return typed(f"{command_of(shlex.join(self.argv), self.namespace)} &")


def _spawned(lab: Lab, argv: Sequence[str], namespace: str | None, out: Buffer, err: Buffer) -> ChildTask:
    machine = lab.machine
    return machine.spawn(argv, context_of(lab, namespace), stdout=out, stderr=err)


class ProcessOutput:
    """The reading end of an output, as a file."""

    def __init__(self, popen: SimulatedPopen, buffer: Buffer, *, text: bool) -> None:
        self._popen, self.buffer, self._text = popen, buffer, text
        self.closed = False

    def _given(self, text: str) -> Any:
        return text if self._text else text.encode("utf-8", "surrogateescape")

    def read(self, size: int = -1) -> Any:
        if size < 0:
            self._popen.wait()
        while not self.buffer.text and self._popen.poll() is None:
            self._popen.passes()
        return self._given(self.cut(len(self.buffer.text) if size < 0 else size))

    def readline(self) -> Any:
        while "\n" not in self.buffer.text and self._popen.poll() is None:
            self._popen.passes()
        return self._given(self.cut(self.buffer.text.find("\n") + 1 or len(self.buffer.text)))

    def readlines(self) -> list[Any]:
        return list(self)

    def __iter__(self) -> Iterator[Any]:
        while line := self.readline():
            yield line

    def cut(self, size: int) -> str:
        taken, self.buffer.text = self.buffer.text[:size], self.buffer.text[size:]
        return taken

    def fileno(self) -> int:
        """For select.poll and select.select."""
        return current().descriptor(self)

    def pending(self) -> bool:
        return bool(self.buffer.text)

    def is_over(self) -> bool:
        return self._popen.poll() is not None

    def close(self) -> None:
        self.closed = True


class SimulatedPopen:
    """A process on the machine, or in a node's namespace."""

    namespace: str | None = None

    def __init__(self, args: Any, bufsize: int = -1, *_: Any, stdin: Any = None, stdout: Any = None, stderr: Any = None,
                 shell: bool = False, text: bool | None = None, universal_newlines: bool | None = None,
                 encoding: str | None = None, namespace: str | None = None, **_params: Any) -> None:  # fmt: skip
        del bufsize, stdin
        self.args = args
        self._emulation = current()
        argv = _argv(args, shell=shell)
        out = Buffer()
        err = out if stderr == STDOUT else Buffer()
        is_text = bool(text or universal_newlines or encoding)
        self._location = self._emulation.location()
        self._child = self._start(argv, namespace, out, err)
        self.pid = self._child.pid
        self.stdin = None
        self.stdout = ProcessOutput(self, out, text=is_text) if stdout == PIPE else None
        self.stderr = ProcessOutput(self, err, text=is_text) if stderr == PIPE else None
        self._shown = [] if stdout == PIPE else [out]
        self._text = is_text

    def _start(self, argv: Sequence[str], namespace: str | None, out: Buffer, err: Buffer) -> ChildTask:
        lab, file, line = self._emulation.lab, *self._location
        command = shlex.join(argv)
        inside = command if namespace is None else f"ip netns exec {namespace} {command}"
        self._emulation.steps.append(EmulationStep(f"{inside} &", file, line))
        try:
            with lab.journal.record(Started(argv, namespace)), lab.shortfall.located_at(file, line):
                lab.begin(command)
                child = _spawned(lab, argv, namespace, out, err)
        except KernelError as error:
            raise FileNotFoundError(2, error.errno.strerror, argv[0]) from None
        child.unattended = Failure(command=command).at(file, line)
        return child

    # --- what has come ----------------------------------------------------------------------------------------------

    @property
    def returncode(self) -> int | None:
        if self._child.status is None:
            return None
        self._child.settled = True
        return -self._child.signal if self._child.signal else self._child.status

    def poll(self) -> int | None:
        if self.returncode is not None:
            self._show()
        return self.returncode

    def pending(self) -> bool:
        return self.stdout is not None and bool(self.stdout.buffer.text)

    def take(self, *, line: bool, size: int) -> str:
        """What has come already: a line, or what there is; "" if nothing has."""
        if self.stdout is None:
            return ""
        text = self.stdout.buffer.text
        if line and "\n" not in text and self.poll() is None:
            return ""
        return self.stdout.cut(text.find("\n") + 1 or len(text) if line else size)

    def _show(self) -> None:
        for buffer in self._shown:
            os.write(1, buffer.take().encode("utf-8", "surrogateescape"))

    # --- waiting ----------------------------------------------------------------------------------------------------

    def passes(self) -> None:
        """Let a little time pass."""
        self._emulation.lab.sleep(_TICK_SECONDS)

    def wait(self, timeout: float | None = None) -> int:
        lab = self._emulation.lab
        began, limit = lab.now(), PATIENCE_SECONDS if timeout is None else timeout
        while self.returncode is None:
            if lab.now() - began > limit * SECOND:
                raise UsageError(f"{self.args!r} did not end within {limit:g} simulated seconds")
            self.passes()
        self._show()
        return self.returncode or 0

    def communicate(self, input: Any = None, timeout: float | None = None) -> tuple[Any, Any]:  # noqa: A002
        if input:
            raise self._emulation.not_modelled("input of a process that is started by popen")
        self.wait(timeout)
        return tuple(None if end is None else end.read() for end in (self.stdout, self.stderr))  # type: ignore[return-value]

    def send_signal(self, sig: int) -> None:
        if self.returncode is None:
            self._emulation.run(f"kill -{int(sig)} {self.pid}")
            self.passes()

    def terminate(self) -> None:
        self.send_signal(signals.NUMBERS["TERM"])

    def kill(self) -> None:
        self.send_signal(signals.NUMBERS["KILL"])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.wait()


def _argv(args: Any, *, shell: bool) -> list[str]:
    if shell:
        return ["sh", "-c", args if isinstance(args, str) else " ".join(map(str, args))]
    words = shlex.split(args) if isinstance(args, str) else [os.fspath(each) for each in args]
    return [str(each) for each in words]


def run_to_end(emulation: Emulation, namespace: str | None, line: str, *, merged: bool) -> tuple[str, str, int]:
    """Both outputs (all in the first one if `merged`) and the status of a command line, which the caller reads."""
    if namespace is not None:
        line = command_of(line, namespace)
    file, number = emulation.location()
    emulation.steps.append(EmulationStep(line, file, number))
    with emulation.lab.shortfall.located_at(file, number):
        result = emulation.lab.run(line)
    emulation.require_progress()
    return (result.output if merged else result.stdout), ("" if merged else result.stderr), result.exit_code
