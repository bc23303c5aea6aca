"""curl's progress meter (lib/progress.c): a line that overwrites itself, on standard error.

Speeds are those of the simulated network.  Not modelled: the bar (-#), sizes of gigabytes.
"""

from __future__ import annotations

from typing import Final

from vnetsim.clock import SECOND
from vnetsim.process import Process

_OLD_TITLE: Final = """\
  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current
                                 Dload  Upload   Total   Spent    Left  Speed
"""
_NEW_TITLE: Final = """\
  % Total    % Received % Xferd  Average Speed  Time    Time    Time   Current
                                 Dload  Upload  Total   Spent   Left   Speed
"""
_NO_TIME: Final = "--:--:--"


def _size(number: int) -> str:
    if number < 100_000:
        return f"{number:5}"
    if number < 10_000 * 1024:
        return f"{number // 1024:4}k"
    return f"{number // 1024 // 1024:4}M"


def _short(number: int) -> str:
    """At most six characters, as newer ones have it."""
    if number < 100_000:
        return str(number)
    if number < 1000 * 1024:
        return f"{number * 10 // 1024 / 10:.1f}k"
    return f"{number * 100 // 1024 // 1024 / 100:.2f}M"


def _minutes(seconds: int) -> str:
    return f"{seconds // 60:02}:{seconds % 60:02}" if seconds > 0 else ""


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:2}:{seconds // 60 % 60:02}:{seconds % 60:02}" if seconds > 0 else _NO_TIME


class ProgressMeter:
    """`older` is curl 7's, which is there from the start; newer ones wait until something is connected."""

    def __init__(self, process: Process, *, shown: bool, older: bool) -> None:
        self._process = process
        self._shown = shown
        self._older = older
        self._began = process.now()
        self._started = False
        self.total: int | None = None
        self.received = 0
        self.sent = 0

    @property
    def waits(self) -> bool:
        """A line is to be shown every second."""
        return self._shown and self._started

    def start(self, *, connected: bool) -> None:
        if self._shown and not self._started and (self._older or connected):
            self._started = True
            self._process.error(_OLD_TITLE if self._older else _NEW_TITLE)
            self.show()

    def show(self) -> None:
        if self.waits:
            self._process.error(f"\r{self._old_line() if self._older else self._new_line()}")

    def end(self, *, failed: bool) -> None:
        if not self.waits:
            return
        for _ in range(1 if self._older else 0 if failed else 3):
            self.show()
        self._process.error("\n")

    def _speed(self, size: int) -> int:
        """In a second, on the average."""
        return size * SECOND // max(self._process.now() - self._began, 1000)

    def _shares(self) -> tuple[int, int, int, int]:
        """What there will be altogether, and percent: of all, of what is received, of what is sent."""
        down = self.received if self.total is None else self.total
        total = down + self.sent
        of_all = (self.received + self.sent) * 100 // total if total else 0
        of_received = self.received * 100 // self.total if self.total else 0
        return total, of_all, of_received, 100 if self.sent else 0

    def _old_line(self) -> str:
        spent = (self._process.now() - self._began) // SECOND
        total, of_all, of_received, of_sent = self._shares()
        done, down = self.received + self.sent, self._speed(self.received)
        current = done * 1000 if spent == 0 else self._speed(done)
        return (
            f"{of_all:3} {_size(total)}  {of_received:3} {_size(self.received)}  {of_sent:3} {_size(self.sent)}  "
            f"{_size(down)}  {_size(self._speed(self.sent))} {_NO_TIME} {_clock(spent)} {_NO_TIME} {_size(current)}"
        )

    def _new_line(self) -> str:
        total, of_all, of_received, of_sent = self._shares()
        spent = (self._process.now() - self._began) // SECOND
        return (
            f"{of_all:3} {_short(total):>6} {of_received:3} {_short(self.received):>6} {of_sent:3} "
            f"{_short(self.sent):>6} {_short(self._speed(self.received)):>6} {_short(self._speed(self.sent)):>6}"
            f"{_minutes(spent):>16}{'':14}0"
        )
