"""The shells of nodes: one bash per node, in its namespace, which keeps variables, directory and jobs between lines.

Lines and waiting are requests of the lab's journal, so that questions are asked on copies of what a script has built.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Generator, Sequence
from typing import Any, Final

import attrs

from vnetsim.clock import SECOND
from vnetsim.engine import FrameStorm
from vnetsim.errors import UsageError, VnetsimError
from vnetsim.failures import Failure, message_of
from vnetsim.journal import typed
from vnetsim.kernel.proc.child import ChildTask
from vnetsim.kernel.proc.files import KernelFiles, normal_path
from vnetsim.kernel.proc.mounts import MountedFiles, MountNamespace
from vnetsim.lab import Lab
from vnetsim.mininet.emulation import current
from vnetsim.process import Context, Process, Program
from vnetsim.process.files import Mount
from vnetsim.shell.dialect import TerminalBash
from vnetsim.shell.interpreter import Interpreter
from vnetsim.shell.run import begin
from vnetsim.shell.state import ShellState
from vnetsim.values import define, frozen

#: How long `cmd` waits for a command, in simulated seconds.
PATIENCE_SECONDS: Final = 3600
_NOTES: Final = "mininet"
_MOUNTS: Final = "mininet mounts"
#: What a line says that only the shell of the earlier lines understands.
_STATEFUL: Final = re.compile(r"\$!|%\w|^\s*(cd|export|unset|wait|jobs|\w+=\S*\s*$)")


class Buffer:
    """Output of a process that is still unread: implements process.Output."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        self.text += text

    def close(self) -> None:
        """It stays readable."""

    def take(self) -> str:
        taken, self.text = self.text, ""
        return taken


class ShellOutput:
    """What a node's shell prints, as a file that can be polled."""

    def __init__(self, shell: NodeShell) -> None:
        self._shell = shell

    def fileno(self) -> int:
        return current().descriptor(self)

    def pending(self) -> bool:
        return bool(self._shell.screen.text)

    def is_over(self) -> bool:
        return self._shell.over


def context_of(lab: Lab, namespace: str | None) -> Context:
    """Where a process of a node runs; None: on the machine itself."""
    machine = lab.machine
    if namespace is None:
        return machine.host
    network = lab.network(namespace)
    mounts: MountNamespace | None = lab.journal.notes.get(_MOUNTS, {}).get(namespace)
    files = machine.network_files(machine.host.files, network)
    if mounts is not None:
        files = MountedFiles(files.tree, files.network, mounts)
    return attrs.evolve(machine.host, network=network, files=files)


def _mount(lab: Lab, namespace: str, private: Sequence[tuple[str, str]]) -> None:
    """Directories of a node alone: of the machine's files, or empty ones (a tmpfs)."""
    host = lab.machine.host.files
    assert isinstance(host, KernelFiles)
    mounts = MountNamespace()
    for point, source in private:
        for path in filter(None, (point, source)):
            host.tree.make_directory(normal_path(path))
        files = host if source else lab.machine.new_files(lab.network(namespace), {}, frozenset(), ("/private",))
        mounts.add(Mount(normal_path(point), files, normal_path(source) if source else "/private"))
    lab.journal.notes.setdefault(_MOUNTS, {})[namespace] = mounts


@define
class NodeShell:
    """The bash of one node."""

    lab: Lab
    name: str
    namespace: str | None
    #: The process that is the node (`Node.pid`): it waits for its end.
    child: ChildTask
    screen: Buffer = attrs.field(factory=Buffer)
    state: ShellState | None = None
    line: ChildTask | None = None
    over: bool = False
    #: Whether the line got Ctrl-C.
    interrupted: bool = False

    @classmethod
    def started(
        cls, lab: Lab, name: str, namespace: str | None, private: tuple[tuple[str, str], ...] = ()
    ) -> NodeShell:
        """`private` are directories of the node alone, and what is mounted there; "" for an empty one."""
        with lab.journal.record(ShellStarted(name, namespace, private)):
            machine = lab.machine
            if private and namespace is not None:
                _mount(lab, namespace, private)
            child = _process(lab, _sleep, ("bash", f"mininet:{name}"), namespace, Buffer())
            shell = cls(lab, name, namespace, child)
            lab.journal.notes.setdefault(_NOTES, {})[name] = shell
            assert machine.runs(child)
            return shell

    def type(self, text: str) -> None:
        """Start a line; it runs while time passes."""
        with self.lab.journal.record(ShellTyped(self.name, text, self.namespace)):
            self.lab.begin(text)
            self.interrupted = False
            self.line = _process(
                self.lab, lambda process: self._main(process, text), ("bash",), self.namespace, self.screen
            )

    def _main(self, process: Process, text: str) -> Program:
        if self.state is None:
            self.state = begin(process, TerminalBash("bash"))
        self.state.own_pid = process.pid
        shell = Interpreter(process, self.state)
        status = yield from shell.to_the_end(lambda: shell.run_text(f"{text}\n", inline=False))
        self.state.status = status
        self.over = shell.exited
        return status

    def wait(self, seconds: float = PATIENCE_SECONDS) -> bool:
        """Let time pass until the line has ended; whether it did."""
        assert self.line is not None
        with self.lab.journal.record(ShellWaited(self.name, seconds)):
            return _until(self.lab, self.line, seconds)

    def interrupt(self) -> None:
        """Ctrl-C: SIGINT to the line that runs."""
        if self.line is None:
            return
        self.interrupted = True
        with self.lab.journal.record(ShellInterrupted(self.name)):
            for process in [*self.lab.machine.descendants(self.line.pid), self.line]:
                process.interrupt()

    def end(self) -> None:
        """SIGHUP to the shell and its jobs."""
        with self.lab.journal.record(ShellEnded(self.name)):
            jobs = [] if self.state is None else [job.child for job in self.state.jobs]
            for each in (*jobs, self.line, self.child):
                if each is not None and self.lab.machine.runs(each):
                    self.lab.stop(each)  # type: ignore[arg-type]

    def failure(self, text: str) -> Failure:
        """How the line that ended did so; status 0 if it succeeded."""
        status = 0 if self.line is None or self.line.status is None else self.line.status
        return Failure(command=text, status=status, message=message_of(self.lab.machine.complaint) if status else "")

    def report(self, text: str) -> None:
        """The status of a line is what a script cannot see: a failure makes the lab incomplete."""
        if self.line is not None and not self.interrupted:
            self.lab.shortfall.ended(self.line, self.failure(text))


def _sleep(process: Process) -> Program:
    yield process.machine.sleep(10**18)
    return 0


def _process(lab: Lab, main: Any, argv: Sequence[str], namespace: str | None, screen: Buffer) -> ChildTask:
    machine = lab.machine
    return machine.start(main, argv, context_of(lab, namespace), machine._no_input, screen, screen, None)


def _until(lab: Lab, child: ChildTask, seconds: float) -> bool:
    engine = lab.machine.engine

    def steps() -> Generator[Any, Any, bool]:
        yield engine.any_of([child.wait(), engine.timeout(int(seconds * SECOND))])
        return child.wait().is_set

    try:
        return lab.do(steps())
    except FrameStorm:
        engine.drop_backlog()
        lab.stop(child)
        raise


# --- requests of the journal -----------------------------------------------------------------------------------------


def _shell_of(lab: Lab, name: str) -> NodeShell:
    found: NodeShell = lab.journal.notes[_NOTES][name]
    return found


@frozen
class ShellStarted:
    """A node has a shell."""

    name: str
    namespace: str | None
    private: tuple[tuple[str, str], ...] = ()

    def replay(self, lab: Lab) -> None:
        NodeShell.started(lab, self.name, self.namespace, self.private)

    def session(self) -> list[str]:
        return []


@frozen
class ShellTyped:
    """A line that a node's shell was given."""

    name: str
    text: str
    namespace: str | None

    def replay(self, lab: Lab) -> None:
        try:
            _shell_of(lab, self.name).type(self.text)
        except VnetsimError:  # as it was refused when it was first typed
            return

    def session(self) -> list[str]:
        return typed(command_of(self.text, self.namespace))


@frozen
class ShellWaited:
    name: str
    seconds: float

    def replay(self, lab: Lab) -> None:
        _shell_of(lab, self.name).wait(self.seconds)

    def session(self) -> list[str]:
        return []


@frozen
class ShellInterrupted:
    name: str

    def replay(self, lab: Lab) -> None:
        _shell_of(lab, self.name).interrupt()

    def session(self) -> list[str]:
        raise UsageError(f"a session cannot tell that {self.name} got Ctrl-C")


@frozen
class ShellEnded:
    name: str

    def replay(self, lab: Lab) -> None:
        _shell_of(lab, self.name).end()

    def session(self) -> list[str]:
        return []


def command_of(text: str, namespace: str | None) -> str:
    """The line as a command of the machine; UsageError if only the shell of the earlier lines understands it."""
    if _STATEFUL.search(text):
        raise UsageError(f"`{text.strip()}` depends on the shell of {namespace or 'its node'}")
    if namespace is None:
        return text.strip()
    return shlex.join(["ip", "netns", "exec", namespace, "bash", "-c", text.strip()])
