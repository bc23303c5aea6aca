"""The window of a process's terminal: what is drawn there, and the keys (ncurses, as far as programs here need it).

Lines of text are rows of a window: tabs, control characters, lines that are longer than the window is wide.  Keys are
characters, and sequences that begin with Escape (terminfo: xterm).

Each drawing writes the whole window.  Not modelled: terminals other than xterm, colours, SIGWINCH (the next key finds
the new size).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, Self

from vnetsim.process import Coroutine, Process, Terminal, is_terminal

_ENTER: Final = "\x1b[?1049h"
_LEAVE: Final = "\x1b[?1049l"
#: Go to the first column of the first line, and clear everything behind it.
CLEAR: Final = "\x1b[H\x1b[2J"
_REVERSE, _PLAIN = "\x1b[7m", "\x1b[m"


def reverse(text: str) -> str:
    return f"{_REVERSE}{text}{_PLAIN}" if text else ""


def terminal_to_draw_on(process: Process) -> Terminal | None:
    """The terminal of a process whose output goes to one."""
    return process.machine.controlling_terminal(process.pid) if is_terminal(process.stdout) else None


class Window:
    """Used as a context: inside, the screen is another one than before."""

    def __init__(self, process: Process, terminal: Terminal) -> None:
        self._process, self._terminal = process, terminal
        self._typed = Keys()

    @property
    def lines(self) -> int:
        return self._terminal.size[0]

    @property
    def columns(self) -> int:
        return self._terminal.size[1]

    def __enter__(self) -> Self:
        self._process.write(_ENTER + CLEAR)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.write(_LEAVE)

    def draw(self, rows: Sequence[str], last: str | None = None, cursor: tuple[int, int] | None = None) -> None:
        """Rows from the top, `last` behind them; then the cursor goes to a row and a column from 0."""
        shown: Iterable[str] = rows if last is None else (*rows, last)
        place = "" if cursor is None else f"\x1b[{cursor[0] + 1};{cursor[1] + 1}H"
        self._process.write(CLEAR + "\r\n".join(shown) + place)

    def write(self, text: str) -> None:
        self._process.write(text)

    def key(self) -> Coroutine[str]:
        """The next key: a character, or the name of another one (`up`, `escape`)."""
        while True:
            key = self._typed.next()
            if key is not None:
                return key
            self._typed.add((yield self._terminal.read_keys()))


_NAMES: Final = {
    "A": "up", "B": "down", "C": "right", "D": "left", "H": "home", "F": "end", "1~": "home", "4~": "end",
    "3~": "delete", "5~": "pageup", "6~": "pagedown",
}  # fmt: skip
_SEQUENCE: Final = re.compile(r"\x1b(?:\[|O)([0-9;]*[A-Za-z~])")
_ALSO: Final = {"\n": "\r", "\x08": "\x7f"}


class Keys:
    """What was typed and not read yet."""

    def __init__(self) -> None:
        self._text = ""

    def add(self, text: str) -> None:
        self._text += text

    def next(self) -> str | None:
        """A character (`\\r` for Enter, `\\x7f` for Backspace), a key's name, `""` for one that has none here."""
        if not self._text:
            return None
        found = _SEQUENCE.match(self._text)
        if found is not None:
            self._text = self._text[found.end() :]
            return _NAMES.get(found[1], "")
        key, self._text = self._text[0], self._text[1:]
        return "escape" if key == "\x1b" else _ALSO.get(key, key)


_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")
#: Private characters that stand for the caret of a control character, so that it counts as one column.
_CARET: Final = "\ue000"


def cells(text: str, *, colours: bool = False) -> str:
    """A line with its tabs expanded and its control characters as two of them, the first marked; colours go."""
    if colours:
        text = _COLOUR.sub("", text)
    text = _CONTROL.sub(lambda found: _CARET + chr(ord(found[0]) ^ 64), text)
    return text.expandtabs(8)


def painted(row: str, found: re.Pattern[str] | None = None) -> str:
    """A row as it is written: control characters and what the pattern finds, unless that is nothing, in reverse."""
    if found is not None:
        row = found.sub(lambda match: reverse(match[0]), row)
    return re.sub(f"{_CARET}(.)", lambda caret: reverse("^" + caret[1]), row)


def wrapped(text: str, columns: int) -> list[str]:
    """The rows of one line; an empty one has one."""
    return [text[at : at + columns] for at in range(0, len(text), columns)] or [""]


def chopped(text: str, columns: int) -> str:
    """The row of a line of which the rest is not shown."""
    return text if len(text) <= columns else text[: columns - 1] + reverse(">")
