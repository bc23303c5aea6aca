"""Pipes and buffers: where a process's text comes from and goes to (fs/pipe.c).

Not modelled: a pipe's capacity; a writer never waits for its reader.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Final

from vnetsim.process import BrokenPipe

if TYPE_CHECKING:
    from vnetsim.engine import Engine
    from vnetsim.engine.task import Signal


#: Characters that one read(2) takes.
_READ: Final = 16_384


class How(enum.Enum):
    """What a reader waits for."""

    LINE = "a line"
    ALL = "the end"
    SOME = "anything"


class Pipe:
    """Text that was written and not yet read.  Its two ends are its own `PipeReader` and `Writer`s."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        #: What was written: `_text` from `_position` on, and the newer `_parts`.
        self._text = ""
        self._position = 0
        self._parts: list[str] = []
        self._length = 0
        #: Who holds an end: its maker until close(), and each process that was started with it until it ends.
        self._writers = 1
        self._readers = 1
        self._waiting: tuple[Signal, How] | None = None

    def ends(self) -> tuple[PipeReader, Writer]:
        return PipeReader(self), Writer(self)

    def write(self, text: str) -> None:
        """BrokenPipe without a reader; BudgetExceeded if the buffer is full."""
        if self._readers == 0:
            raise BrokenPipe
        self._length += len(text)
        self._engine.meter.check_string(self._length)
        self._parts.append(text)
        self._wake()

    def hold_writer(self, count: int) -> None:
        """`count` holders more, or less; the reader sees the end when there is none."""
        self._writers += count
        self._wake()

    def hold_reader(self, count: int) -> None:
        self._readers += count
        if self._readers == 0:
            self._text, self._position, self._length = "", 0, 0
            self._parts.clear()

    def read(self, how: How) -> Signal:
        signal = self._engine.signal()
        self._waiting = (signal, how)
        self._wake()
        return signal

    def _wake(self) -> None:
        if self._waiting is None:
            return
        signal, how = self._waiting
        count = self._ready(how)
        if count is not None:
            self._waiting = None
            signal.set(self._take(count))

    def _ready(self, how: How) -> int | None:
        """How many characters a reader gets, None if it has to wait."""
        if how is How.LINE:
            end = self._line_end()
            if end:
                return end
        elif how is How.SOME and self._length:
            return min(self._length, _READ)
        return self._length if self._writers == 0 else None

    def _line_end(self) -> int:
        """The length of the first line with its newline, 0 if there is none yet."""
        found = self._text.find("\n", self._position)
        if found >= 0:
            return found + 1 - self._position
        if not any("\n" in part for part in self._parts):
            return 0
        self._join()
        return self._text.find("\n") + 1

    def _join(self) -> None:
        self._text = "".join((self._text[self._position :], *self._parts))
        self._position = 0
        self._parts.clear()

    def _take(self, count: int) -> str:
        if self._position + count > len(self._text):
            self._join()
        taken = self._text[self._position : self._position + count]
        self._position += count
        self._length -= count
        if not self._length:
            self._text, self._position = "", 0
        return taken


class PipeReader:
    """Implements process.Input."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe
        self._made = True

    def read_line(self) -> Signal:
        return self._pipe.read(How.LINE)

    def read_all(self) -> Signal:
        return self._pipe.read(How.ALL)

    def read_some(self) -> Signal:
        return self._pipe.read(How.SOME)

    def close(self) -> None:
        """The maker lets go; closing twice changes nothing."""
        if self._made:
            self._made = False
            self._pipe.hold_reader(-1)

    def hold(self, count: int) -> None:
        """A process that has this end starts (1) or ends (-1)."""
        self._pipe.hold_reader(count)


class Writer:
    """Implements process.Output: one end of a pipe."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe
        self._made = True

    def write(self, text: str) -> None:
        self._pipe.write(text)

    def close(self) -> None:
        """The maker lets go; closing twice changes nothing."""
        if self._made:
            self._made = False
            self._pipe.hold_writer(-1)

    def hold(self, count: int) -> None:
        """A process that has this end starts (1) or ends (-1)."""
        self._pipe.hold_writer(count)


class NoInput:
    """/dev/null to read from."""

    #: A device, no pipe: `tail -f` waits at its end.
    is_device = True

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def read_line(self) -> Signal:
        return self._end()

    def read_all(self) -> Signal:
        return self._end()

    def read_some(self) -> Signal:
        return self._end()

    def close(self) -> None:
        """Nothing was held."""

    def _end(self) -> Signal:
        signal = self._engine.signal()
        signal.set("")
        return signal


class NoOutput:
    """/dev/null to write to."""

    def write(self, text: str) -> None:
        """Lost."""

    def close(self) -> None:
        """Nothing was held."""
