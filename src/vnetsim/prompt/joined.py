"""A further terminal of a session: a shell of its own on the machine, and what its user types and sees.

Its messages are values; `prompt.attach_server` carries them.  Time is that of the session: the terminal types while
simulated time passes there, so that the journal cannot tell when, and a lab with such commands cannot be repeated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from vnetsim.journal import Unrepeatable
from vnetsim.kernel.proc.tty import Tty
from vnetsim.process import Interrupted, Process, Program, Suspended
from vnetsim.prompt import meta
from vnetsim.prompt.completion import candidates
from vnetsim.prompt.entered import CTRL_C
from vnetsim.prompt.foreground import press
from vnetsim.prompt.screen import TERM, TerminalScreen
from vnetsim.shell.dialect import InteractiveBash
from vnetsim.shell.interactive import InteractiveShell
from vnetsim.shell.run import begin
from vnetsim.shell.variables import Variable

if TYPE_CHECKING:
    from vnetsim.lab import Lab

Message = dict[str, Any]
_WHAT: Final = "what was typed at a further terminal"


class JoinedTerminal:
    """`take` gets a message of the user's side, `messages` gives those for it.  `over`: the shell ended."""

    def __init__(self, lab: Lab) -> None:
        self.over = False
        self._lab, self._machine = lab, lab.machine
        self._out: list[Message] = []
        self._tty = Tty(lab.machine.engine)
        self._screen = TerminalScreen(lambda text: self._out.append({"show": text}))
        #: Whether the user knows that a line is wanted.
        self._prompted = False
        lab.journal.requests.append(Unrepeatable(_WHAT))
        self._shell = self._machine.start(
            self._main, ("bash",), self._machine.host, self._tty, self._screen, self._screen, None
        )

    def _main(self, process: Process) -> Program:
        state = begin(process, InteractiveBash("bash"))
        state.variables.setdefault("TERM", Variable(TERM, exported=True))
        return (yield from InteractiveShell(process, state, self._tty, outermost=True).run())

    # --- from the user ------------------------------------------------------------------------------------------------

    def take(self, message: Message) -> None:
        """A line, a key, or a question what may follow; others are ignored."""
        match message:
            case {"line": str(text)} if self._tty.prompt is not None and meta.is_meta(text):
                self._prompted = False
                self._out.append({"show": "vnetsim: only the first terminal takes commands about the session\n"})
            case {"line": str(text)}:
                self._type(text)
            case {"keys": str(text)} if self._tty.keys:
                self._prompted = False
                self._tty.feed(text)
            case {"size": [int(lines), int(columns)]}:
                self._tty.size = (lines, columns)
            case {"key": "\x04"}:
                self._prompted = False
                self._tty.end()
            case {"key": "\x03" | "\x1a" as key}:
                self._prompted = False
                self._tty.flush()
                press(self._machine, self._tty, Interrupted() if key == CTRL_C else Suspended())
            case {"complete": str(before)}:
                self._out.append({"completions": list(candidates(self._lab, before))})

    def _type(self, text: str) -> None:
        self._prompted = False
        self._screen.line = ""
        self._tty.feed(text.replace("\n", " ") + "\n")

    def hang_up(self) -> None:
        """The user has gone: the shell and what it started are killed."""
        if self._shell.status is None:
            for process in [*self._machine.descendants(self._shell.pid), self._shell]:
                process.kill()

    # --- to the user --------------------------------------------------------------------------------------------------

    def messages(self) -> list[Message]:
        """What is new: texts, and whether a line is wanted, or that the terminal is over."""
        self._note_state()
        found, self._out = self._out, []
        return found

    def _note_state(self) -> None:
        if self.over:
            return
        if self._lab.machine is not self._machine:
            self.over = True
            self._out.append({"over": 1, "why": "the machine has rebooted, or a command was taken back"})
        elif self._shell.status is not None:
            self.over = True
            self._out.append({"over": self._shell.status})
        elif self._tty.is_read and not self._prompted:
            self._prompted = True
            if self._tty.prompt is not None:
                self._screen.fresh_line()
            commands = self._tty.prompt is not None
            ready = self._tty.prompt if commands else self._screen.line
            self._out.append({"ready": ready, "commands": commands} | ({"keys": True} if self._tty.keys else {}))
