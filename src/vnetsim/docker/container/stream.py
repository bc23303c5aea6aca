"""The output streams of a main process (container/stream of moby 28.5)."""

from __future__ import annotations

from collections.abc import Callable

from vnetsim.docker.api.types import LogLine
from vnetsim.process import BrokenPipe, Output


class ContainerStream:
    """The output of a main process: kept for `docker logs`, and copied to attached clients."""

    def __init__(self, name: str, log: list[tuple[str, str]], lines: list[LogLine], now: Callable[[], int]) -> None:
        """`now` gives nanoseconds since 1970."""
        self._name, self._log, self._lines, self._now = name, log, lines, now
        #: The beginning of a line that is not complete.
        self._partial = ""
        self.attached: list[Output] = []

    def write(self, text: str) -> None:
        if not text:
            return
        self._log.append((self._name, text))
        *lines, self._partial = (self._partial + text).split("\n")
        self._lines += [LogLine(self._name, f"{line}\n", self._now()) for line in lines]
        for output in list(self.attached):
            try:
                output.write(text)
            except BrokenPipe:
                self.attached.remove(output)

    def end_line(self) -> None:
        """The process has ended: what it wrote last is a line of the log, without a newline."""
        if self._partial:
            self._lines.append(LogLine(self._name, self._partial, self._now()))
            self._partial = ""

    def close(self) -> None:
        """The stream belongs to the container and outlives the process."""
