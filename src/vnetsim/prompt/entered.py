"""What is typed at the prompt, as requests of the journal, and as lines of a session file."""

from __future__ import annotations

import re
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Final

import attrs

from vnetsim.errors import UsageError
from vnetsim.journal import JournalRequest, Slept, typed
from vnetsim.values import frozen

if TYPE_CHECKING:
    from vnetsim.lab import Lab
    from vnetsim.prompt.session import PromptSession

#: Keys: they are typed while a program reads, or end a command.
CTRL_C: Final = "\x03"
CTRL_D: Final = "\x04"
CTRL_Z: Final = "\x1a"
#: Who reads what is typed: the outermost shell, one that a command started, another program.
OUTERMOST, INNER, PROGRAM = "outermost", "inner", "program"
#: A command of which `timeout` can be given the arguments.
_PLAIN: Final = re.compile(r"[\w ./:%@=,+-]+\n?")
#: The options of docker exec that make a terminal, which a here-document is not.
_TERMINAL: Final = re.compile(r"^(docker exec(?: -\S+)*?) (?:-it|-ti|-i -t|-t -i)(?= )")
_END: Final = "END"


def session_of(lab: Lab) -> PromptSession:
    """The session of a lab that replays one."""
    from vnetsim.prompt.session import PromptSession  # noqa: PLC0415 -- which records these requests

    session: PromptSession = lab.journal.notes.setdefault("prompt", PromptSession(lab, lambda _text: None))
    return session


@frozen
class Begun:
    """The outermost shell was started."""

    def replay(self, lab: Lab) -> None:
        session_of(lab).begin()

    def session(self) -> list[str]:
        return []


@frozen
class Resized:
    """The window got another size."""

    lines: int
    columns: int

    def replay(self, lab: Lab) -> None:
        session_of(lab).resize(self.lines, self.columns)

    def session(self) -> list[str]:
        return []


@frozen
class Entered:
    """A command or a key that was typed, and the `key` that ended it if it took more than `seconds`.

    `pressed`: the user pressed it, it was no time limit.  `reader`: who read it.  `status`: the exit status of the
    command, which replaying does not need; None if it goes on, because it reads what comes next.
    """

    text: str
    seconds: float
    key: str = CTRL_C
    reader: str = OUTERMOST
    pressed: bool = False
    status: int | None = attrs.field(default=None, eq=False)

    @property
    def shown(self) -> str | None:
        """The line in a list of commands; None for a key, and for what another program than a shell was given."""
        is_command = self.reader != PROGRAM and self.text not in (CTRL_C, CTRL_D, CTRL_Z)
        return self.text.rstrip("\n") if is_command else None

    def replay(self, lab: Lab) -> None:
        session_of(lab).enter(self)

    def session(self) -> list[str]:
        """UsageError for what was typed for another program than a shell, and for jobs that Ctrl-Z stopped."""
        if self.reader == PROGRAM:
            raise UsageError(f"a session file cannot have what a program was given at the terminal: {self.text!r}")
        return typed(self.line().rstrip("\n"))

    def take_input(self, following: deque[JournalRequest]) -> Entered:
        """The command with what the shell that it started was given next, as a here-document."""
        lines: list[str] = []
        while _goes_on(following):
            entered = following.popleft()
            if isinstance(entered, Slept):
                lines.append(f"sleep {entered.seconds:g}\n")
            elif isinstance(entered, Entered) and entered.text != CTRL_D:
                lines.append(entered.line())
        if not lines:
            return self
        if re.match(r"docker (run|attach|start)\b", self.text):
            command = self.text.rstrip()
            raise UsageError(f"a session file cannot have the commands of an attached container: {command!r}")
        command = _TERMINAL.sub(r"\1 -i", self.text.rstrip("\n"))
        return attrs.evolve(self, text=f"{command} <<'{_END}'\n{''.join(lines)}{_END}\n")

    def line(self) -> str:
        """The command, ended as it was."""
        if not self.pressed:
            return self.text
        if self.key == CTRL_C and _PLAIN.fullmatch(self.text):
            return f"timeout -s INT {self.seconds:g} {self.text}"
        raise UsageError(f"a session file cannot have the key that ended {self.text.rstrip()!r}")


def _goes_on(following: deque[JournalRequest]) -> bool:
    """Whether an inner shell reads what comes next, perhaps after some time."""
    entered = next((each for each in islice(following, 3) if not isinstance(each, Slept | Resized)), None)
    return isinstance(entered, Entered) and entered.reader == INNER
