"""What a terminal shows, and the keys that send signals."""

from __future__ import annotations

import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

Write = Callable[[str], object]
#: What the terminal is, to the programs on it.
TERM: Final = "xterm-256color"
#: Control sequences: of those that programs here write, none leaves the cursor in the middle of a line.
_CONTROL: Final = re.compile(r"\x1b\[[?0-9;]*[A-Za-z]")


class TerminalScreen:
    """An output that shows what is written at once.  `line` is the last line as far as it is written."""

    terminal = True

    def __init__(self, write: Write) -> None:
        self.show = write
        self.line = ""

    def write(self, text: str) -> None:
        if text:
            self.show(text)
            before, newline, last = text.rpartition("\n")
            self.line = last if newline else self.line + before + last
            if "\x1b" in self.line:
                self.line = _CONTROL.split(self.line)[-1]

    def fresh_line(self) -> None:
        """End the line unless it is empty."""
        if self.line:
            self.write("\n")

    def close(self) -> None:
        """A screen stays open."""


@contextmanager
def keys(interrupt: Callable[[], object], suspend: Callable[[], object]) -> Iterator[None]:
    """Meanwhile the first Ctrl-C at this terminal calls `interrupt`, a second one stops vnetsim; Ctrl-Z: `suspend`.

    Only in the main thread and at a terminal; Windows has no Ctrl-Z.
    """
    if not sys.stdin.isatty() or threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupted(_number: int, _frame: object) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        interrupt()

    before = {signal.SIGINT: signal.signal(signal.SIGINT, interrupted)}
    stops = getattr(signal, "SIGTSTP", None)
    if stops is not None:
        before[stops] = signal.signal(stops, lambda _number, _frame: suspend())
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
