"""Field splitting (POSIX.1-2017, XCU 2.6.5)."""

from __future__ import annotations

import re

from vnetsim.shell import pattern
from vnetsim.values import frozen


@frozen
class FieldPart:
    """Expanded text: whether it was quoted, whether it may be split, or (`ends`) that a field ends here."""

    text: str
    quoted: bool = False
    split: bool = False
    ends: bool = False


class FieldSplitter:
    """White space of IFS separates, another character of it ends a field each time."""

    def __init__(self, ifs: str) -> None:
        self._runs = re.compile(f"[{re.escape(ifs)}]|[^{re.escape(ifs)}]+" if ifs else r".+", re.DOTALL)
        self._ifs = ifs
        self._fields: list[list[pattern.PatternPart]] = []
        self._current: list[pattern.PatternPart] | None = None
        self._white = False

    def add(self, piece: FieldPart) -> None:
        if piece.ends:
            self._end()
        elif piece.split:
            for run in self._runs.findall(piece.text.replace("\0", "")):
                self._run(run)
        elif piece.text or piece.quoted:
            self._append((piece.text, piece.quoted))

    def _append(self, piece: pattern.PatternPart) -> None:
        if self._current is None:
            self._current = []
        self._current.append(piece)
        self._white = False

    def _run(self, run: str) -> None:
        """A character of IFS, or all that comes before the next one."""
        if run[0] not in self._ifs:
            self._append((run, False))
        elif run in " \t\n":
            self._white = self._white or self._current is not None
            self._end()
        elif self._current is None and self._white:
            self._white = False
        else:
            self._current = self._current or []
            self._end()

    def _end(self) -> None:
        if self._current is not None:
            self._fields.append(self._current)
        self._current = None

    def finish(self) -> list[list[pattern.PatternPart]]:
        self._end()
        return self._fields
