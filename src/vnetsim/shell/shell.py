"""A shell process as builtins, `[[` and the launcher use it: its state, its streams, its messages, its traps.

A trap runs after the command in the foreground; `wait` ends at once (POSIX.1-2017, XCU 2.11; trap.c of bash 5.2, dash).
Not modelled: traps for CHLD, CONT and TSTP, bash's DEBUG and RETURN, an ignored SIGPIPE; that `read` of dash ends, too;
`trap -` of INT in a background job of bash.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from vnetsim.errors import NotModelled
from vnetsim.process import Child, Completion, Context, Process
from vnetsim.programs.libc import signals
from vnetsim.programs.libc.signals import DESCRIPTIONS
from vnetsim.shell.expansion import Expander
from vnetsim.shell.outcomes import Outcomes
from vnetsim.shell.redirection import Redirector, Streams
from vnetsim.shell.state import Job, ShellState
from vnetsim.shell.steps import Run
from vnetsim.values import evolved, frozen

#: Deaths by these signals are not reported: SIGINT, SIGPIPE.
_SILENT: Final = frozenset((2, 13))
_TERMINATED: Final = 15
_NOT_FOUND: Final = 127
_NO_TRAPS: Final = frozenset(("CHLD", "CONT", "TSTP", "DEBUG", "RETURN"))


class Traps:
    """Those of one shell, and the signals that wait for theirs to run."""

    def __init__(self, process: Process, state: ShellState) -> None:
        self._process, self._state = process, state
        self.pending: set[int] = set()
        #: The processes that it waits for, which are in its process group.
        self.foreground: Sequence[Child] = ()
        self._alarm: Completion | None = None
        if state.fixed_traps is None:
            state.fixed_traps = frozenset(signals.NAMES[number] for number in process.ignored)
            state.traps.update(dict.fromkeys(state.fixed_traps, "") if state.dialect.bash else {})
        self._fixed = state.fixed_traps

    def set(self, name: str, action: str | None) -> None:
        """The action of a condition; "" ignores it, None is the default."""
        if action is not None and (name in _NO_TRAPS or (name, action) == ("PIPE", "")):
            raise NotModelled(f"the shell's trap for {name}")
        self._state.inherited_traps = None
        if name in self._fixed and self._state.dialect.bash:
            return
        self._state.traps.pop(name, None)
        if action is not None:
            self._state.traps[name] = action
        ignored = {name for name, action in self._state.traps.items() if not action} | self._fixed
        numbers = frozenset(signals.NUMBERS[name] for name in ignored if name in signals.NUMBERS)
        self._process.catch(self.take, numbers)

    def take(self, signal: int, group: bool = False) -> bool:
        """A signal comes: whether there is a trap for it, or it is ignored."""
        name = signals.NAMES.get(signal, "")
        action = "" if name in self._fixed else self._state.traps.get(name)
        for child in self.foreground if group and action is not None else ():
            child.interrupt()
        if action:
            self.pending.add(signal)
            if self._alarm is not None:
                self._alarm.set()
        return action is not None

    def actions(self) -> list[str]:
        """The actions of the signals that came, in the order of their numbers."""
        numbers, self.pending = sorted(self.pending), set()
        return [self._state.traps.get(signals.NAMES[number], "") for number in numbers]

    def await_child(self, child: Child) -> Run:
        """`wait`: its exit status, or 128 and the number of a signal that has a trap."""
        self._alarm = self._process.machine.completion()
        try:
            yield self._process.any_of([child.wait(), self._alarm])
        finally:
            self._alarm = None
        return min(self.pending) + 128 if self.pending or child.status is None else child.status


class Shell(ABC):
    """One shell process."""

    expander: Expander
    redirector: Redirector

    def __init__(self, process: Process, state: ShellState, streams: Streams | None = None) -> None:
        self.process, self.state = process, state
        self.streams = Streams.of(process) if streams is None else streams
        self.outcomes = Outcomes(process, state)
        self.traps = Traps(process, state)
        #: The status of the last `$(...)`: that of a command without words.
        self.substituted = 0
        #: `exec >file` ran: the redirections of this command stay.
        self.keep_streams = False

    @abstractmethod
    def run_text(self, text: str, *, inline: bool, final: bool = False) -> Run:
        """Run a text line by line; a syntax error is reported when its line is reached."""

    @abstractmethod
    def execute(self, words: list[str], streams: Streams, *, final: bool, source: str = "") -> Run:
        """Run a program and wait for it, or (`final`) become it."""

    @abstractmethod
    def wait_for_job(self, job: Job) -> Run:
        """Wait for a job in the foreground."""

    @abstractmethod
    def builtin(self, name: str) -> Builtin | None:
        """The builtin of this shell with that name."""

    # --- messages ----------------------------------------------------------------------------------------------------

    def write(self, text: str) -> None:
        self.streams.output(1).write(text)

    def tell(self, text: str) -> None:
        """To standard error as it is."""
        self.process.complain(text, self.streams.output(2))

    def complain(self, message: str) -> None:
        """To standard error, with the name of the shell and the line."""
        self.tell(f"{self.state.prefix(self.state.line)}{message}\n")

    # --- children ----------------------------------------------------------------------------------------------------

    def context(self) -> Context:
        """The context of a child: this shell's, with the exported variables as environment."""
        return evolved(self.process.context, environment=self.state.environment())

    def missing(self, name: str, source: str, status: int) -> None:
        """A program could not be run.  One that its own container lacks is missing on a real machine, too."""
        if status == _NOT_FOUND and self.process.context.available is None and "/" not in name:
            self.outcomes.unknown(name, source, status)
        else:
            self.outcomes.refused(status, source)

    def mention(self, child: Child, source: str, line: int, *, background: bool = False) -> None:
        """Report a child that a signal killed; an interactive shell reports its background at the prompt."""
        dialect, signal = self.state.dialect, child.signal
        if not source or signal is None or signal in _SILENT:
            return
        words = DESCRIPTIONS.get(signal, f"Signal {signal}")
        if self.state.interactive and background:
            return
        if dialect.bash and not self.state.interactive and signal != _TERMINATED:
            self.streams.output(2).write(f"{self.state.prefix(line)}{child.pid:5} {words:<23} {source}\n")
        elif not (dialect.bash and background):
            self.streams.output(2).write(f"{words}\n")


#: `(shell, words)`, words[0] being the name: the status, at once or after a wait.
Body: TypeAlias = Callable[[Shell, list[str]], int | Run]


@frozen
class Builtin:
    """`special` as POSIX has it; `declares`: arguments like X=$y are expanded as assignments."""

    body: Body
    special: bool = False
    declares: bool = False

    def run(self, shell: Shell, words: list[str]) -> Run:
        answer = self.body(shell, words)
        return answer if isinstance(answer, int) else (yield from answer)
