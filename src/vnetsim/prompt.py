"""The interactive session `vnetsim shell`.  The only module that knows prompt_toolkit.

The machine and the shell's state (working directory, variables, jobs) last as long as the session.  Without a
terminal, lines are read from standard input.  A command gets Ctrl-C at its time limit.
"""

from __future__ import annotations

import re
import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Protocol

from vnetsim.clock import SECOND
from vnetsim.engine import FrameStorm
from vnetsim.errors import KernelError, UsageError, VnetsimError
from vnetsim.journal import typed
from vnetsim.kernel.proc.pipe import NoInput
from vnetsim.lab import Lab
from vnetsim.process import Process, Program
from vnetsim.programs import registry
from vnetsim.programs.libc.octets import shown
from vnetsim.shell.builtins.table import names as builtin_names
from vnetsim.shell.dialect import InteractiveBash
from vnetsim.shell.interpreter import Interpreter
from vnetsim.shell.parser import is_complete
from vnetsim.shell.run import begin
from vnetsim.values import frozen

if TYPE_CHECKING:
    from prompt_toolkit.completion import CompleteEvent, Completion
    from prompt_toolkit.document import Document

    from vnetsim.shell.state import ShellState

_GREETING: Final = "vnetsim: a simulated Linux host. Type commands as on a real one; Ctrl-D or `exit` leaves.\n"
#: The exit status of what Ctrl-C ended.
_INTERRUPTED: Final = 130
_COMMAND_POSITION: Final = re.compile(r"(?:^|[|;&(]|\b(?:do|then|else)\b|\bip\s+netns\s+exec\s+\S+\s)\s*\S*$")
_FIRST_TOKEN: Final = re.compile(r"(?:^|[|;&(]|\b(?:do|then|else)\b)\s*\S*$")
_NAMESPACE: Final = re.compile(r"\bip\s+(?:netns\s+exec|-n|-netns)\s+(\S+)\s")

Write = Callable[[str], object]


class _Screen:
    """An output that shows what is written at once."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self.at_start = True

    def write(self, text: str) -> None:
        if text:
            self._write(text)
            self.at_start = text.endswith("\n")

    def close(self) -> None:
        """A screen stays open."""


class _Terminal(NoInput):
    """The standard input of programs at the prompt: a terminal, as `-it` needs, without input."""

    terminal = True


@frozen
class Entered:
    """A line at the prompt, run by the shell of the earlier ones, with a time limit in seconds."""

    line: str
    seconds: float

    def replay(self, lab: Lab) -> None:
        session: PromptSession = lab.journal.notes.setdefault("prompt", PromptSession(lab, lambda _text: None))
        session.enter(self.line, self.seconds)

    def session(self) -> list[str]:
        return typed(self.line.rstrip("\n"))


class PromptSession:
    """An interactive session on one lab."""

    def __init__(self, lab: Lab, write: Write, *, patience: float = 60.0) -> None:
        self.lab, self.status, self.over = lab, 0, False
        self._screen, self._patience = _Screen(write), patience
        self._state: ShellState | None = None
        self._machine = lab.machine
        # The user sees failures; each answer names what is not modelled.
        lab.shortfall.accepted = True

    def run(self, text: str) -> None:
        """Run a complete command line; `status` is how it ended, `over` that it was the last."""
        began = self.lab.now()
        with self.lab.journal.record(Entered(text, self._patience)) as noted:
            self._enter(text)
            if self.status == _INTERRUPTED:
                noted[0] = Entered(text, (self.lab.now() - began) / SECOND)

    def enter(self, text: str, seconds: float) -> None:
        self._patience = seconds
        self._enter(text)

    def _enter(self, text: str) -> None:
        self.lab.begin(text)
        since = self.lab.shortfall.mark()
        try:
            self.status = self._run(text)
            self.lab.refuse_flags()
        except VnetsimError as error:
            self._screen.write(f"{error}\n")
            self.status = 2
        if not self._screen.at_start:
            self._screen.write("\n")
        self.lab.shortfall.acknowledge(since)
        self.lab.settle()

    def _run(self, text: str) -> int:
        machine = self.lab.machine
        screen = self._screen
        child = machine.start(
            lambda process: self._main(process, text), ("bash",), machine.host, _Terminal(machine.engine),
            screen, screen, None,
        )  # fmt: skip
        stopped = machine.engine.signal()
        try:
            with _ctrl_c(stopped.set):
                in_time = self.lab.do(self._wait(child, stopped))
        except FrameStorm as storm:
            machine.engine.drop_backlog()
            self.lab.stop(child)
            screen.write(f"{storm}\n")
            return 2
        if stopped.is_set:
            # The terminal shows `^C`; the shell goes to a new line if the program did not.
            screen.write("\n" if child.status in (None, _INTERRUPTED) else "")
        elif not in_time:
            screen.write(f"vnetsim: interrupted after {self._patience:g} simulated seconds (see --patience)\n")
        return _INTERRUPTED if child.status is None else child.status

    def _main(self, process: Process, text: str) -> Program:
        if self._state is None or self._machine is not self.lab.machine:
            self._machine = self.lab.machine
            self._state = begin(process, InteractiveBash("bash"))
        self._state.own_pid = process.pid
        shell = Interpreter(process, self._state)
        status = yield from shell.to_the_end(lambda: shell.run_text(text, inline=False))
        self._state.status = status
        self.over = shell.exited
        return status

    def _wait(self, child: Any, stopped: Any) -> Generator[Any, Any, bool]:
        """Wait for the line to end; at Ctrl-C or the time limit interrupt all of it, then kill it."""
        machine = self.lab.machine
        engine = machine.engine
        yield engine.any_of([child.wait(), stopped, engine.timeout(int(self._patience * SECOND))])
        if child.wait().is_set:
            return True
        for process in [*machine.descendants(child.pid), child]:
            process.interrupt()
        yield engine.any_of([child.wait(), engine.timeout(SECOND)])
        if not child.wait().is_set:
            child.kill()
        return False

    # --- completion --------------------------------------------------------------------------------------------------

    def candidates(self, before: str) -> Iterator[str]:
        """Completions of the word at the cursor; `before` is the line up to there."""
        prefix = re.search(r"\S*$", before)
        start = prefix[0] if prefix else ""
        if _COMMAND_POSITION.search(before):
            yield from _matching(start, sorted({*registry.names(), *builtin_names()}))
        if not _FIRST_TOKEN.search(before):
            yield from _matching(start, self._names(before))

    def _names(self, before: str) -> list[str]:
        """Namespaces, devices, and for docker commands containers and networks."""
        found = [*self.lab.machine.named_namespaces(), *self._devices(before)]
        if "docker" in before and self.lab.has_engine:
            engine = self.lab.docker
            found += [name.removeprefix("/") for each in engine.container_list(all=True) for name in each["Names"]]
            found += [each["Name"] for each in engine.network_list()]
        return sorted(dict.fromkeys(found))

    def _devices(self, before: str) -> list[str]:
        """Devices of the namespace that the line names, else the host's."""
        named = _NAMESPACE.search(before)
        try:
            return [link.name for link in self.lab.network(named[1] if named else None).links()]
        except KernelError:
            return []


def _matching(prefix: str, names: Iterable[str]) -> Iterator[str]:
    return (name for name in names if name.startswith(prefix))


# --- where the lines come from ---------------------------------------------------------------------------------------


class LineReader(Protocol):
    """Reads a line; EOFError at the end, KeyboardInterrupt at Ctrl-C."""

    def __call__(self, prompt: str, /) -> str: ...


def run(
    seed: int = 0, docker: bool | None = None, patience: float = 60.0, docker_flags: Sequence[str] = (),
    images: Mapping[str, Sequence[str]] | None = None,
) -> int:  # fmt: skip
    """Read and run lines until the end; the exit status of the last."""
    lab = Lab(seed, docker=docker, docker_flags=docker_flags, watch=True, images=images)
    session = PromptSession(lab, _to_stdout, patience=patience)
    interactive = sys.stdin.isatty() and sys.stdout.isatty()
    if interactive:
        _to_stdout(_GREETING)
    converse(session, _asker(session) if interactive else _next_line)
    return session.status


def converse(session: PromptSession, read_line: LineReader) -> None:
    """One command after the other; a line that leaves something open is continued."""
    text = ""
    while not session.over:
        try:
            text += read_line("> " if text else f"root@{session.lab.machine.hostname}:~# ") + "\n"
        except KeyboardInterrupt:
            text = ""
            continue
        except EOFError:
            break
        if is_complete(text):
            session.run(text)
            text = ""
    if text.strip():
        session.run(text)


@contextmanager
def _ctrl_c(stop: Callable[[], object]) -> Iterator[None]:
    """Meanwhile the first Ctrl-C at this terminal stops the simulated command, a second one vnetsim itself."""
    if not sys.stdin.isatty() or threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupted(_number: int, _frame: object) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        stop()

    before = signal.signal(signal.SIGINT, interrupted)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _next_line(_prompt: str) -> str:
    try:
        line = sys.stdin.readline()
    except UnicodeDecodeError as error:
        found = f"0x{error.object[error.start]:02x}"
        raise UsageError(f"standard input: expected UTF-8 text, found the byte {found}") from None
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    if not line:
        raise EOFError
    return line.removesuffix("\n")


def _to_stdout(text: str) -> None:
    sys.stdout.write(shown(text))
    sys.stdout.flush()


def _asker(session: PromptSession) -> LineReader:
    """A prompt with history and completion."""
    from prompt_toolkit import PromptSession  # noqa: PLC0415 -- takes a tenth of a second to import
    from prompt_toolkit.history import InMemoryHistory  # noqa: PLC0415

    prompt: PromptSession[str] = PromptSession(
        history=InMemoryHistory(), completer=_completer(session), complete_while_typing=False
    )
    return prompt.prompt


def _completer(session: PromptSession) -> Any:
    from prompt_toolkit.completion import Completer, Completion  # noqa: PLC0415

    class Names(Completer):
        """Commands, namespaces, devices, containers."""

        def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:  # noqa: ARG002
            prefix = document.get_word_before_cursor(WORD=True)
            for name in session.candidates(document.text_before_cursor):
                yield Completion(name, start_position=-len(prefix))

    return Names()
