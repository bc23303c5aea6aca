"""A terminal to read from: lines as they are typed, or keys in raw mode (drivers/tty/n_tty.c).

Not modelled: the modes in between, SIGWINCH, sessions and process groups (interactive shells register themselves
instead, `leader` is the process that got the terminal), SIGTTIN: a process in the background that reads waits.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from vnetsim.kernel.proc.pipe import How
from vnetsim.process import BrokenPipe

if TYPE_CHECKING:
    from vnetsim.engine import Engine
    from vnetsim.engine.task import Signal
    from vnetsim.process import Interrupted, Output, Suspended, Terminal


class Tty:
    """Implements process.Terminal; `feed` and `end` are what is typed."""

    terminal = True
    #: A device, no pipe.
    is_device = True

    def __init__(self, engine: Engine, send: Callable[[Tty, Interrupted | Suspended], None] | None = None) -> None:
        """`send` passes the signal of a key on to the foreground."""
        self._engine, self._send = engine, send
        self._prompt: str | None = None
        self.screens: list[Output] = []
        self.shells: list[int] = []
        self.leader: int | None = None
        self.inner: Terminal | None = None
        self.status = 0
        self.keys = False
        self.size = (24, 80)
        #: Lines that were typed and not read yet; an empty one is the end (Ctrl-D).
        self._typed: deque[str] = deque()
        #: What a reader of everything has got so far.
        self._held = ""
        self._reader: tuple[Signal, How] | None = None
        self._wanted = engine.signal()

    def read_line(self) -> Signal:
        return self._read(How.LINE)

    def read_some(self) -> Signal:
        return self._read(How.SOME)

    def read_all(self) -> Signal:
        return self._read(How.ALL)

    def read_keys(self) -> Signal:
        return self._read(How.SOME, keys=True)

    def close(self) -> None:
        """It stays open."""

    # --- the screen --------------------------------------------------------------------------------------------------

    @property
    def prompt(self) -> str | None:
        return self._prompt

    @prompt.setter
    def prompt(self, text: str | None) -> None:
        self._prompt = text
        if text:
            self.show(text)

    def show(self, text: str) -> None:
        for screen in list(self.screens):
            try:
                screen.write(text)
            except BrokenPipe:
                self.screens.remove(screen)

    # --- the keyboard ------------------------------------------------------------------------------------------------

    @property
    def is_read(self) -> bool:
        """Whether a process waits for a line."""
        return self._reader is not None

    def wanted(self) -> Signal:
        """Set once a process waits for a line."""
        return self._wanted

    def feed(self, text: str) -> None:
        """Type lines, each with its newline, or keys."""
        self._typed.extend([text] if self.keys else text.splitlines(keepends=True))
        self._serve()

    def end(self) -> None:
        """Ctrl-D at the beginning of a line, or as a key."""
        self._typed.append("\x04" if self.keys else "")
        self._serve()

    def press(self, key: Interrupted | Suspended) -> None:
        """A key that sends a signal; what was typed ahead is lost."""
        self.flush()
        if self._send is not None:
            self._send(self, key)

    def flush(self) -> None:
        """Ctrl-C: what was typed ahead is lost."""
        self._typed.clear()
        self._held = ""

    def _read(self, how: How, *, keys: bool = False) -> Signal:
        signal = self._engine.signal()
        self._reader, self.keys = (signal, how), keys
        self._serve()
        return signal

    def _serve(self) -> None:
        """Give the reader what it waits for, as far as it was typed."""
        if self._reader is None:
            return
        signal, how = self._reader
        while self._typed:
            line = self._typed.popleft()
            if how is How.ALL and line:
                self._held += line
                continue
            text, self._held = self._held + line, ""
            self._reader, self.keys = None, False
            if self._wanted.is_set:
                self._wanted = self._engine.signal()
            signal.set(text)
            return
        self._wanted.set()
