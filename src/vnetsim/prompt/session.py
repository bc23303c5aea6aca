"""An interactive session on one lab: a bash on a terminal, and what is typed there.

The machine and the shell's state (working directory, variables, jobs) last as long as the session.  A program that
reads the terminal, such as a shell in a namespace or a container, gets the lines that follow.  A command gets Ctrl-C
at its time limit.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar

from vnetsim.clock import SECOND
from vnetsim.engine import FrameStorm
from vnetsim.errors import UsageError, VnetsimError
from vnetsim.journal import JournalRequest, Slept
from vnetsim.kernel.proc.tty import Tty
from vnetsim.lab import Lab
from vnetsim.process import Interrupted, Process, Program, Suspended, Terminal
from vnetsim.prompt.entered import (
    CTRL_C,
    CTRL_D,
    CTRL_Z,
    INNER,
    OUTERMOST,
    PROGRAM,
    Begun,
    Entered,
    Resized,
    session_of,
)
from vnetsim.prompt.foreground import foreground, press
from vnetsim.prompt.screen import TERM, TerminalScreen, Write, keys
from vnetsim.shell.dialect import InteractiveBash
from vnetsim.shell.interactive import InteractiveShell
from vnetsim.shell.run import begin
from vnetsim.shell.variables import Variable
from vnetsim.wallclock import WallClock

if TYPE_CHECKING:
    from vnetsim.engine.task import Signal
    from vnetsim.kernel.proc.child import ChildTask
    from vnetsim.shell.state import ShellState

#: How long a program that reads the terminal runs on before the user answers it.
_ANSWER_NS: Final = SECOND
#: Idle time passes in multiples of a second's 512th part.
_EXACT: Final = 512

Answer = TypeVar("Answer")


def _exhaust(steps: Iterator[float]) -> None:
    """Go through all; nothing waits."""
    for _ in steps:
        pass


class PromptSession:
    """An interactive session on one lab; `write` gets what the terminal shows, `patience` is in simulated seconds.

    `over`: the outermost shell ended, with `status`.  `ended`: the exit status of the command before, whichever shell
    ran it; None if it goes on, because it reads what is typed next.
    """

    def __init__(self, lab: Lab, write: Write, *, patience: float = 60.0) -> None:
        self.lab, self.status, self.over = lab, 0, False
        self.ended: int | None = None
        self._screen, self._patience = TerminalScreen(write), patience
        # The user sees failures; each answer names what is not modelled.
        lab.shortfall.accepted = True
        self._tty = Tty(lab.machine.engine)
        self._machine = lab.machine
        self._shell: ChildTask | None = None
        #: When a key was pressed last, in nanoseconds.
        self._pressed_at = 0
        self._state: ShellState | None = None
        #: What the keys do while a command runs.
        self._keys: dict[str, Signal] = {}
        #: The request of the journal for the time that passes now.
        self._idled: JournalRequest | None = None

    @property
    def prompt(self) -> str:
        """The text before the cursor: the prompt of the shell that reads, or what another program wrote there."""
        return self._screen.line if self._tty.prompt is None else self._tty.prompt

    @property
    def reads_commands(self) -> bool:
        """Whether a shell reads what is typed."""
        return self._tty.prompt is not None

    @property
    def reads_keys(self) -> bool:
        """Whether a program reads keys as they are typed."""
        return self._tty.keys

    def resize(self, lines: int, columns: int) -> None:
        """The window has this size; a request of the journal if it has changed."""
        if self._tty.size != (lines, columns):
            with self.lab.journal.record(Resized(lines, columns)):
                self._tty.size = (lines, columns)

    @property
    def nested(self) -> bool:
        """Whether a program that a command started reads what is typed."""
        return len(self._tty.shells) > 1 or self._tty.inner is not None or not self.reads_commands

    def print(self, text: str) -> None:
        """Show a text of vnetsim itself."""
        self._screen.write(text)

    # --- what is typed -----------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Start the shell, unless it runs."""
        if self._shell is not None and self._machine is self.lab.machine:
            return
        with self.lab.journal.record(Begun()):
            self._machine = machine = self.lab.machine
            self._tty = Tty(machine.engine)
            self._shell = machine.start(
                self._main, ("bash",), machine.host, self._tty, self._screen, self._screen, None
            )
            self.lab.do(self._until_read(self._shell, []))

    def _main(self, process: Process) -> Program:
        self._state = begin(process, InteractiveBash("bash"))
        self._state.variables.setdefault("TERM", Variable(TERM, exported=True))
        return (yield from InteractiveShell(process, self._state, self._tty, outermost=True).run())

    def run(self, text: str) -> None:
        """Type a complete command for a shell, a line for another program, or a key."""
        _exhaust(self._typing(text, paced=False))

    def typing(self, text: str) -> Iterator[float]:
        """`run` in slices: yields the real seconds that the caller waits until the next one.

        Meanwhile only `press` may be called.
        """
        return self._typing(text, paced=True)

    def press(self, key: str) -> None:
        """Press Ctrl-C or Ctrl-Z while a command runs."""
        if key in self._keys:
            self._keys[key].set()

    def _typing(self, text: str, *, paced: bool) -> Generator[float, None, None]:
        self.begin()
        began = self.lab.now()
        reader = PROGRAM if not self.reads_commands else INNER if self.nested else OUTERMOST
        with self.lab.journal.record(Entered(text, self._patience, reader=reader)) as noted:
            key = yield from self._enter(text, CTRL_C, paced=paced)
            seconds = self._patience if key is None else (self._pressed_at - began) / SECOND
            noted[0] = Entered(text, seconds, key or CTRL_C, reader, key is not None, self.ended)

    def enter(self, entered: Entered) -> None:
        """Type it again."""
        self.begin()
        before, self._patience = self._patience, entered.seconds
        with self.lab.journal.record(entered):
            _exhaust(self._enter(entered.text, entered.key, paced=False))
        self._patience = before

    def _enter(self, text: str, key: str, *, paced: bool) -> Generator[float, None, str | None]:
        """The key that ended the command before its time limit; at that, `key` does."""
        self.lab.begin(text)
        since, pressed = self.lab.shortfall.mark(), None
        try:
            pressed = yield from self._run(text, key, paced=paced)
            self.lab.refuse_flags()
        except VnetsimError as error:
            self._screen.write(f"{error}\n")
            self.status = self.ended = 2
        if self.reads_commands:
            self._screen.fresh_line()
        self.lab.shortfall.acknowledge(since)
        self.lab.settle()
        self.begin()
        return pressed

    def _run(self, text: str, key: str, *, paced: bool) -> Generator[float, None, str | None]:
        assert self._shell is not None
        assert self._state is not None
        engine, depth = self.lab.machine.engine, self._depth
        try:
            pressed = yield from self._do(self._type(self._shell, text, key), paced=paced)
        except FrameStorm as storm:
            engine.drop_backlog()
            self._press(Interrupted())
            yield from self._do(self._until_read(self._shell, [engine.timeout(SECOND)]), paced=paced)
            self._screen.write(f"{storm}\n")
            self.status = self.ended = 2
            return None
        self.over = self._shell.status is not None and not self._tty.shells
        self.status = self._state.status if self._shell.status is None else self._shell.status
        self.ended = self.status if self.over else foreground(self._tty).status if self._has_ended(depth) else None
        return pressed

    @property
    def _depth(self) -> int:
        """How many shells there are, each started by a command of the one before."""
        terminal: Terminal | None = self._tty
        depth = 0
        while terminal is not None:
            depth += len(terminal.shells)
            terminal = terminal.inner
        return depth

    def _has_ended(self, depth: int) -> bool:
        """Whether the shell that read the command, or one that had started that shell, reads the next one."""
        return self.reads_commands and self._depth <= depth

    def _do(self, steps: Generator[Any, Any, Answer], *, paced: bool) -> Generator[float, None, Answer]:
        return (yield from self.lab.paced(steps)) if paced else self.lab.do(steps)

    # --- while the user thinks ----------------------------------------------------------------------------------------

    def follow(self, clock: WallClock) -> None:
        """From now on the machine's time is that of the clock."""
        engine = self.lab.machine.engine
        clock.synchronise(engine.now())
        engine.wall = clock

    def catch_up(self, clock: WallClock) -> None:
        """Let the background go on up to the time of the clock."""
        self.idle((clock.due() - self.lab.now()) / SECOND)

    def idle(self, seconds: float) -> None:
        """Let the background go on for about so long; what time is passed in parts is one request of the journal."""
        # Parts of so many seconds are exact, in nanoseconds and as sums of floating-point numbers.
        exact = int(seconds * _EXACT) / _EXACT
        if exact <= 0:
            return
        requests = self.lab.journal.requests
        before = requests[-1] if requests else None
        self.lab.sleep(exact)
        if self._idled is before and isinstance(before, Slept):
            requests[-2:] = [Slept(before.seconds + exact)]
        self._idled = requests[-1]

    def back(self, commands: int) -> None:
        """Undo the last `commands` commands, the time that passed after them included: the lab as it was before.

        UsageError if there are fewer, or the lab cannot be repeated.
        """
        typed = [index for index, each in enumerate(self.lab.journal.requests) if isinstance(each, Entered)]
        if not 0 < commands <= len(typed):
            raise UsageError(f"back {commands}: expected a number from 1 to {len(typed)}, of commands that were typed")
        earlier = self.lab.fork(after=typed[-commands], watched=self.lab.is_watched())
        other = session_of(earlier)
        other.show_on(self._screen)
        earlier.journal.notes["prompt"] = self
        self._idled = None
        for name in ("lab", "_machine", "_screen", "_tty", "_shell", "_state"):
            setattr(self, name, getattr(other, name))

    def show_on(self, screen: TerminalScreen) -> None:
        """Write to where another screen does."""
        self._screen.show = screen.show

    # --- until the next line is wanted --------------------------------------------------------------------------------

    def _type(self, shell: ChildTask, text: str, key: str) -> Generator[Any, Any, str | None]:
        """Type, and wait until the next line is wanted; the key that was pressed meanwhile."""
        engine = self._machine.engine
        interrupt, suspend, limit = engine.signal(), engine.signal(), engine.timeout(round(self._patience * SECOND))
        self._keys = {CTRL_C: interrupt, CTRL_Z: suspend}
        with keys(interrupt.set, suspend.set):
            self._feed(text)
            waits = yield from self._until_read(shell, [interrupt, suspend, limit])
        self._keys = {}
        if waits:
            return None
        self._pressed_at = engine.now()
        pressed = CTRL_C if interrupt.is_set else CTRL_Z if suspend.is_set else None
        if pressed is None:
            # Where a terminal shows `^C`.
            self._screen.fresh_line()
            self._screen.write(f"vnetsim: interrupted after {self._patience:g} simulated seconds (see --patience)")
        self._press(Suspended() if (pressed or key) == CTRL_Z else Interrupted())
        if not (yield from self._until_read(shell, [engine.timeout(SECOND)])):
            for process in self._machine.descendants(foreground(self._tty).shells[-1]):
                process.kill()
            yield from self._until_read(shell, [engine.timeout(SECOND)])
        return pressed

    def _feed(self, text: str) -> None:
        if self._tty.keys:
            self._tty.feed(text)
        elif text == CTRL_C:
            self._tty.flush()
            self._press(Interrupted())
        elif text == CTRL_D:
            self._tty.end()
        else:
            # The terminal shows what is typed, to the end of the line.
            self._screen.line = ""
            self._tty.feed(text)

    def _until_read(self, shell: ChildTask, ends: Sequence[Signal]) -> Generator[Any, Any, bool]:
        """Wait until a line is wanted or the shell is over (True), or until one of `ends`.

        A program that is no shell may print more before it is answered; where time goes on meanwhile, it does then.
        """
        engine = self._machine.engine
        while True:
            yield engine.any_of([shell.wait(), self._tty.wanted(), *ends])
            if shell.wait().is_set or self.reads_commands:
                return True
            if any(end.is_set for end in ends):
                return False
            if engine.wall is None:
                yield engine.any_of([shell.wait(), engine.timeout(_ANSWER_NS), *ends])
            if self._tty.is_read:
                return True

    def _press(self, key: Interrupted | Suspended) -> None:
        press(self._machine, self._tty, key)
