"""A client at the terminal of a container's program: its keys become lines (drivers/tty/n_tty.c, readline(3)).

The client's own terminal is in raw mode, so that what is typed is shown from here.  Ctrl-C, Ctrl-Z, Ctrl-D, Ctrl-U,
Ctrl-W and Backspace are those of n_tty; at the prompt of a shell the arrow keys, Home and End edit the line and the
history, whichever shell it is.

Not modelled: raw mode for programs, completion by Tab, Ctrl-R, Ctrl-V, Ctrl-S and Ctrl-Q.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from vnetsim.process import Interrupted, Suspended, Terminal

_NEWLINE: Final = "\n"
_BELL: Final = "\a"
#: A key: an escape sequence of the cursor keys, or a character.
_KEY: Final = re.compile(r"\x1b[\[O][0-9;]*[A-Za-z~]|.", re.DOTALL)
_ESCAPE: Final = "\x1b"


class LineDiscipline:
    """What one client types on `terminal`."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._line, self._cursor = "", 0
        self._history: list[str] = []
        #: The line of the history that is shown, counted from its end; 0 for the new one.
        self._back = 0
        self._actions: Mapping[str, Callable[[], None]] = {
            "\r": self._enter, "\n": self._enter, "\x7f": self._erase, "\b": self._erase, "\x03": self._interrupt,
            "\x04": self._end, "\x15": self._erase_line, "\x17": self._erase_word, "\x1a": self._suspend,
        }  # fmt: skip

    def type(self, text: str) -> None:
        for key in _KEY.findall(text):
            action = self._actions.get(key)
            if action is not None:
                action()
            elif key.startswith(_ESCAPE) or (key < " " and key != "\t"):
                self._other(key)
            else:
                self._insert(key)

    # --- the line ----------------------------------------------------------------------------------------------------

    def _insert(self, text: str) -> None:
        rest = self._line[self._cursor :]
        self._line = self._line[: self._cursor] + text + rest
        self._cursor += len(text)
        self._terminal.show(text + rest + "\b" * len(rest))

    def _erase(self) -> None:
        if self._cursor:
            rest = self._line[self._cursor :]
            self._line = self._line[: self._cursor - 1] + rest
            self._cursor -= 1
            self._terminal.show("\b" + rest + " " + "\b" * (len(rest) + 1))

    def _erase_word(self) -> None:
        begin = len(self._line[: self._cursor].rstrip(" ").rpartition(" ")[0])
        begin += bool(begin)
        while self._cursor > begin:
            self._erase()

    def _erase_line(self) -> None:
        while self._cursor:
            self._erase()

    def _enter(self) -> None:
        line = self._line
        if line and self._edits and self._history[-1:] != [line]:
            self._history.append(line)
        self._forget()
        self._terminal.show(_NEWLINE)
        self._terminal.feed(line + _NEWLINE)

    def _forget(self) -> None:
        self._line, self._cursor, self._back = "", 0, 0

    def _end(self) -> None:
        """VEOF: what is typed goes to the program; nothing is the end."""
        if self._line:
            line = self._line
            self._forget()
            self._terminal.feed(line)
        else:
            self._terminal.end()

    def _interrupt(self) -> None:
        self._signal("^C", Interrupted())

    def _suspend(self) -> None:
        self._signal("^Z", Suspended())

    def _signal(self, shown: str, key: Interrupted | Suspended) -> None:
        self._forget()
        self._terminal.show(shown)
        self._terminal.press(key)

    # --- at the prompt of a shell ------------------------------------------------------------------------------------

    @property
    def _edits(self) -> bool:
        return self._terminal.prompt is not None

    def _other(self, key: str) -> None:
        """Another key: a shell moves in the line or in its history, for other programs it is a character."""
        if not self._edits:
            self._insert("".join(f"^{chr(ord(each) ^ 64)}" if each < " " else each for each in key))
        elif key in _MOVES:
            self._move(_MOVES[key](self._cursor, len(self._line)))
        elif key in _HISTORY:
            self._recall(self._back + _HISTORY[key])
        else:
            self._terminal.show(_BELL)

    def _move(self, cursor: int) -> None:
        cursor = max(0, min(cursor, len(self._line)))
        self._terminal.show("\b" * (self._cursor - cursor) + self._line[self._cursor : cursor])
        self._cursor = cursor

    def _recall(self, back: int) -> None:
        if not 0 <= back <= len(self._history):
            self._terminal.show(_BELL)
            return
        self._move(len(self._line))
        self._erase_line()
        self._back = back
        self._insert(self._history[-back] if back else "")


_MOVES: Final = {
    key: move
    for keys, move in (
        (("\x1b[D", "\x1bOD", "\x02"), lambda cursor, _length: cursor - 1),
        (("\x1b[C", "\x1bOC", "\x06"), lambda cursor, _length: cursor + 1),
        (("\x1b[H", "\x1bOH", "\x1b[1~", "\x01"), lambda _cursor, _length: 0),
        (("\x1b[F", "\x1bOF", "\x1b[4~", "\x05"), lambda _cursor, length: length),
    )
    for key in keys
}
#: Older and newer lines.
_HISTORY: Final = {"\x1b[A": 1, "\x1bOA": 1, "\x10": 1, "\x1b[B": -1, "\x1bOB": -1, "\x0e": -1}
