"""The result of a command line, and the screen that collects its output."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from vnetsim.budget import Meter
from vnetsim.programs.libc.octets import shown
from vnetsim.values import evolved, frozen


def _ignore() -> None:
    pass


@frozen(repr=False)
class Result:
    """The result of a command line.

    `output` is both streams as a terminal would have shown them; `seconds` is simulated time; `timed_out`: it
    was interrupted at its time limit.  Reading `exit_code`, `stderr` or `output`, or the truth value, handles the
    command's failure; an unhandled failure makes the lab incomplete.
    """

    _exit_code: int
    stdout: str
    _stderr: str
    _output: str
    seconds: float
    timed_out: bool = False
    _look: Callable[[], None] = attrs.field(default=_ignore, eq=False)

    @property
    def exit_code(self) -> int:
        self._look()
        return self._exit_code

    @property
    def stderr(self) -> str:
        self._look()
        return self._stderr

    @property
    def output(self) -> str:
        self._look()
        return self._output

    @property
    def recorded(self) -> tuple[str, int]:
        """Output and exit status for the journal, without handling the failure."""
        return self._output, self._exit_code

    def watched(self, look: Callable[[], None]) -> Result:
        """The same result; calls `look` when the caller reads how the command ended."""
        return evolved(self, look=look)

    def __bool__(self) -> bool:
        return self.exit_code == 0

    def __repr__(self) -> str:
        return (
            f"Result(exit_code={self._exit_code!r}, stdout={self.stdout!r}, stderr={self._stderr!r}, "
            f"output={self._output!r}, seconds={self.seconds!r}, timed_out={self.timed_out!r})"
        )


class Screen:
    """Collects the output of a command, and charges the meter for it; `show` gets the text as it appears."""

    def __init__(self, show: Callable[[str], object] | None, meter: Meter) -> None:
        self._meter = meter
        self._parts: list[tuple[int, str]] = []
        self._show = show

    def stream(self, number: int) -> OutputStream:
        """The end that writes to standard output (1) or standard error (2)."""
        return OutputStream(self, number)

    def put(self, number: int, text: str) -> None:
        self._meter.charge_output(len(text))
        text = shown(text)
        self._parts.append((number, text))
        if self._show is not None:
            self._show(text)

    def text(self, *numbers: int) -> str:
        return "".join(text for number, text in self._parts if number in numbers)


class OutputStream:
    """One of the two outputs of a command."""

    def __init__(self, screen: Screen, number: int) -> None:
        self._screen, self._number = screen, number

    def write(self, text: str) -> None:
        if text:
            self._screen.put(self._number, text)

    def close(self) -> None:
        """A screen stays open."""
