"""The window of a process's terminal: what is drawn there, and the keys (ncurses, as far as programs here need it).

Each drawing writes the whole window.  Not modelled: terminals other than xterm, colours, SIGWINCH (the next key finds
the new size).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Self

from vnetsim.process import Coroutine, Process, Terminal, is_terminal
from vnetsim.programs.screen.keys import Keys

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

    def key_within(self, nanoseconds: int) -> Coroutine[str | None]:
        """The same, or None after so long."""
        key = self._typed.next()
        if key is not None:
            return key
        typed, late = self._terminal.read_keys(), self._process.sleep(nanoseconds)
        first = yield self._process.any_of([typed, late])
        if isinstance(first, str):
            self._typed.add(first)
        return self._typed.next()
