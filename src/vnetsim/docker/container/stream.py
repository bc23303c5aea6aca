"""The output streams of a main process (container/stream of moby 28.5)."""

from __future__ import annotations

from vnetsim.process import BrokenPipe, Output


class ContainerStream:
    """The output of a main process: kept for `docker logs`, and copied to attached clients."""

    def __init__(self, name: str, log: list[tuple[str, str]]) -> None:
        self._name = name
        self._log = log
        self.attached: list[Output] = []

    def write(self, text: str) -> None:
        if not text:
            return
        self._log.append((self._name, text))
        for output in list(self.attached):
            try:
                output.write(text)
            except BrokenPipe:
                self.attached.remove(output)

    def close(self) -> None:
        """The stream belongs to the container and outlives the process."""
