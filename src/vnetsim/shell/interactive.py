"""A shell at a terminal: its prompt, its commands line by line, its jobs (bash(1), INVOCATION and PROMPTING).

In a named network namespace the default prompt begins with the namespace's name, which a real one does not.

Not modelled: start-up files, history expansion, the editing of lines (whoever feeds the terminal does it), PS1 with
parameters or substitutions, PROMPT_COMMAND.
"""

from __future__ import annotations

import re
from typing import Final

from vnetsim.process import Interrupted, Process, Suspended, Terminal
from vnetsim.programs.libc.signals import NUMBERS
from vnetsim.shell import jobcontrol
from vnetsim.shell.interpreter import Interpreter
from vnetsim.shell.parser import is_complete
from vnetsim.shell.state import ShellState
from vnetsim.shell.steps import Run, Steps
from vnetsim.shell.variables import Variable

_INTERRUPTED: Final = 128 + NUMBERS["INT"]
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)


class InteractiveShell:
    """One shell on `terminal`; `outermost`: nothing is printed when it ends, because the terminal closes."""

    def __init__(self, process: Process, state: ShellState, terminal: Terminal, *, outermost: bool = False) -> None:
        self._shell = Interpreter(process, state)
        self._state, self._terminal, self._outermost = state, terminal, outermost
        #: Whether the user was warned of stopped jobs by the command before.
        self._warned = False
        #: Lines of the command before.
        self._lines = 0
        state.interactive = True
        state.variables.setdefault("PS1", Variable(_default_prompt(process, state)))

    def run(self) -> Run:
        """Read and run commands to the end of input or `exit`."""
        pid = self._shell.process.pid
        self._terminal.shells.append(pid)
        try:
            while (yield from self._one_command()):
                pass
        finally:
            self._terminal.shells.remove(pid)
        return (yield from self._shell.to_the_end(self._nothing))

    def _nothing(self) -> Run:
        yield from ()
        return self._state.status

    def _one_command(self) -> Steps[bool]:
        """Whether the shell goes on."""
        shell, state = self._shell, self._state
        try:
            shell.tell(jobcontrol.ended(state))
            text = yield from self._read()
            if not text:
                return self._stays()
            state.status = yield from shell.run_line(text)
        except (Interrupted, Suspended) as key:
            state.status = _INTERRUPTED
            if key.args[:1] in ((), (_INTERRUPTED,)):
                # The terminal shows `^C`, and the program did not go to a new line.
                shell.tell("\n")
        state.pending = None  # the user sees how it ended
        if shell.exited:
            return self._stays()
        self._warned = False
        return True

    def _read(self) -> Steps[str]:
        """A complete command, empty at the end of input."""
        terminal, text = self._terminal, ""
        terminal.status = self._state.status
        while True:
            terminal.prompt = "> " if text else self._prompt()
            try:
                line: str = yield terminal.read_line()
            finally:
                terminal.prompt = None
            text += line
            if not line or is_complete(text):
                self._state.first_line += self._lines
                self._lines = text.count("\n")
                return text

    def _stays(self) -> bool:
        """At the end: whether the shell goes on, because jobs are stopped and the user does not know."""
        state, shell = self._state, self._shell
        if state.dialect.bash and not self._outermost:
            shell.tell("exit\n")
        stopped = any(job.stopped for job in state.jobs)
        if not stopped or self._warned:
            return False
        shell.tell("There are stopped jobs.\n" if state.dialect.bash else "You have stopped jobs.\n")
        self._warned, shell.exited = True, False
        return True

    def _prompt(self) -> str:
        """PS1 as it is printed."""
        state = self._state
        return _ESCAPE.sub(lambda found: self._escape(found[1]), state.get("PS1") or "")

    def _escape(self, letter: str) -> str:
        context, directory = self._shell.process.context, self._state.directory
        home = context.environment.get("HOME", "/root")
        short = "~" + directory[len(home) :] if f"{directory}/".startswith(f"{home}/") else directory
        user = "root"
        if context.uid:
            from vnetsim.process.passwd import user_name  # noqa: PLC0415 -- most shells are root's

            user = user_name(self._shell.process.files, context.uid) or "I have no name!"
        return {
            "u": user, "h": context.hostname.partition(".")[0], "H": context.hostname, "w": short,
            "W": short.rpartition("/")[2] or "/", "$": "$" if context.uid else "#", "n": "\n", "s": "bash", "[": "",
            "]": "", "\\": "\\",
        }.get(letter, f"\\{letter}")  # fmt: skip


def _default_prompt(process: Process, state: ShellState) -> str:
    """Debian's for bash, that of dash, and Alpine's."""
    context = process.context
    if state.dialect.bash:
        name = process.machine.name_of(process.network) if context.available is None else None
        return rf"({name}) \u@\h:\w\$ " if name else r"\u@\h:\w\$ "
    alpine = context.available is not None and "bash" not in context.available and "busybox" in context.available
    return r"\w \$ " if alpine else r"\$ "
