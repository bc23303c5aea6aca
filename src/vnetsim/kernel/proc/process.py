"""A program's system calls: implements process.Process (kernel/fork.c, fs/exec.c)."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from vnetsim.errors import KernelError
from vnetsim.failures import Failure, FailureKind
from vnetsim.kernel.proc.resolver import StubResolver
from vnetsim.process import Context, Input, Main, Output, Service, SignalHandler
from vnetsim.wire.inet import Address

if TYPE_CHECKING:
    from vnetsim.budget import Meter
    from vnetsim.engine.task import Signal
    from vnetsim.kernel.proc.child import ChildTask
    from vnetsim.kernel.proc.machine import KernelMachine

#: Exit status of a program that does not exist.
_NOT_FOUND: Final = 127
_SHELLS: Final = ("bash", "sh", "dash")


class HostProcess:
    """The system calls of a program, which vnetsim.process documents."""

    __slots__ = ("argv", "context", "files", "machine", "network", "pid", "stderr", "stdin", "stdout", "title")

    def __init__(self, machine: KernelMachine, argv: Sequence[str], pid: int, context: Context,
                 stdin: Input, stdout: Output, stderr: Output, title: Sequence[str] = ()) -> None:  # fmt: skip
        self.machine = machine
        self.argv = tuple(argv)
        self.title = tuple(title) or self.argv
        self.pid = pid
        self.context = context
        self.network = context.network
        self.files = machine.files_of(context)
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr

    def write(self, text: str) -> None:
        self.stdout.write(text)

    def error(self, text: str) -> None:
        self.machine.complained(self, text)
        self.stderr.write(text)

    def complain(self, text: str, stderr: Output) -> None:
        self.machine.complaint = text
        stderr.write(text)

    def report(self, failure: Failure) -> None:
        self.machine.report(failure)

    @property
    def ignored(self) -> frozenset[int]:
        return self.machine.child(self.pid).ignored

    def catch(self, handler: SignalHandler, ignored: frozenset[int]) -> None:
        child = self.machine.child(self.pid)
        child.handler, child.ignored = handler, ignored

    def leave_alone(self, failure: Failure) -> None:
        self.machine.child(self.pid).unattended = failure

    def explain(self, failure: Failure) -> None:
        self.machine.child(self.pid).cause = failure

    def go_on(self, rest: Generator[Any, Any, int]) -> Generator[Any, Any, int]:
        return self.machine.go_on(self, rest)

    def settle(self) -> None:
        self.machine.child(self.pid).settled = True

    @property
    def complaint(self) -> str:
        return self.machine.complaint

    @property
    def meter(self) -> Meter:
        return self.machine.meter

    def now(self) -> int:
        return self.machine.now()

    def sleep(self, nanoseconds: int) -> Signal:
        return self.machine.engine.timeout(nanoseconds)

    def any_of(self, waits: Iterable[Any]) -> Signal:
        return self.machine.engine.any_of(waits)

    def spawn(self, argv: Sequence[str], *, context: Context | None = None, stdin: Input | None = None,
              stdout: Output | None = None, stderr: Output | None = None,
              title: Sequence[str] = ()) -> ChildTask:  # fmt: skip
        self._note_missing(argv, context or self.context)
        return self.machine.spawn(
            argv,
            context or self.context,
            stdin=stdin or self.stdin,
            stdout=stdout or self.stdout,
            stderr=stderr or self.stderr,
            parent=self.pid,
            title=title,
        )

    def _note_missing(self, argv: Sequence[str], context: Context) -> None:
        """Report a program that vnetsim does not have; a shell reports it with its line."""
        known = "/" in argv[0] or context.available is not None or self.machine.knows(argv[0], context)
        if not known and self.argv[0].rpartition("/")[2] not in _SHELLS:
            self.report(Failure(command=" ".join(argv), status=_NOT_FOUND, kind=FailureKind.UNKNOWN))
            self.settle()

    def fork(
        self, main: Main, *, stdin: Input | None = None, stdout: Output | None = None, stderr: Output | None = None
    ) -> ChildTask:
        return self.machine.start(
            main, self.argv, self.context, stdin or self.stdin, stdout or self.stdout, stderr or self.stderr, self.pid
        )

    def exec(self, argv: Sequence[str], *, context: Context | None = None, stdin: Input | None = None,
             stdout: Output | None = None, stderr: Output | None = None) -> Generator[Any, Any, int]:  # fmt: skip
        return self.machine.execute(*self._replaced(argv, context or self.context, stdin, stdout, stderr))

    def exec_service(
        self, argv: Sequence[str], *, stdin: Input | None = None, stdout: Output | None = None,
        stderr: Output | None = None,
    ) -> Generator[Any, Any, int | Service]:  # fmt: skip
        return self.machine.begin(*self._replaced(argv, self.context, stdin, stdout, stderr))

    def _replaced(
        self, argv: Sequence[str], context: Context, stdin: Input | None, stdout: Output | None, stderr: Output | None
    ) -> tuple[Main, HostProcess]:
        """This process as another program."""
        try:
            main = self.machine.find(argv[0], context)
        except KernelError:
            self._note_missing(argv, context)
            raise
        process = HostProcess(
            self.machine, argv, self.pid, context, stdin or self.stdin, stdout or self.stdout, stderr or self.stderr
        )
        if context is not self.context:
            self.machine.enter(self.pid, context)
        self.machine.replace(self, process)
        return main, process

    def pipe(self) -> tuple[Input, Output]:
        return self.machine.pipe()

    def resolve(self, name: str, version: int | None = None) -> Any:
        return StubResolver(self).resolve(name, version)

    def reverse(self, address: Address) -> Any:
        return StubResolver(self).reverse(address)
