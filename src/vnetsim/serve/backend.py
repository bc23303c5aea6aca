"""What handlers ask of the engine, and the streams between its programs and clients.

Handlers never see the lab: they read through `Backend.engine`, and let operations that take time run by `complete`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from vnetsim.docker.api.client import APIClient
from vnetsim.errors import EngineError
from vnetsim.process import BrokenPipe, Input, Output
from vnetsim.process.machine import Machine
from vnetsim.programs.libc.octets import Decoder, encode
from vnetsim.serve.pace import Pace
from vnetsim.serve.stdcopy import STDERR, STDOUT, frame

#: Bytes that wait for a client before it counts as gone.
MOST_WAITING: Final = 16 << 20

Result = TypeVar("Result")


class Backend:
    """`find` gives the engine that runs, None while none does."""

    def __init__(self, find: Callable[[], APIClient | None], machine: Callable[[], Machine], pace: Pace) -> None:
        self._find, self._machine, self.pace = find, machine, pace
        self._hearers: list[Callable[[str], None]] = []

    @property
    def engine(self) -> APIClient:
        """EngineError 503 while no engine runs."""
        engine = self._find()
        if engine is None:
            raise EngineError(503, "the engine of the simulated machine does not run")
        return engine

    @property
    def machine(self) -> Machine:
        return self._machine()

    @contextmanager
    def hearing(self, hearer: Callable[[str], None]) -> Iterator[None]:
        """Tell it what is assumed meanwhile."""
        self._hearers.append(hearer)
        try:
            yield
        finally:
            self._hearers.remove(hearer)

    def assumed(self, sentence: str) -> None:
        for hearer in self._hearers:
            hearer(sentence)

    async def complete(
        self, operation: Generator[Any, Any, Result], *, follows_client: bool = False,
        hurries: Callable[[], bool] = lambda: True,
    ) -> Result:  # fmt: skip
        """Let an operation of the engine run to its end (`Pace.complete`)."""
        return await self.pace.complete(operation, follows_client=follows_client, hurries=hurries)

    def runs(self, container: str) -> bool:
        """Whether there is such a container and it runs."""
        engine = self._find()
        try:
            return engine is not None and engine.container_runs(container)
        except EngineError:
            return False

    def stdin(self) -> tuple[Input, Stdin]:
        """The two ends of a pipe from a client to a program."""
        reader, writer = self.machine.pipe()
        return reader, Stdin(writer, self.pace)


class Stdin:
    """A client's end of a program's standard input."""

    def __init__(self, writer: Output, pace: Pace) -> None:
        self._writer, self._pace = writer, pace
        self._decoder = Decoder()

    def write(self, data: bytes) -> None:
        """ConnectionError without a reader."""
        try:
            self._writer.write(self._decoder.decode(data))
        except BrokenPipe:
            raise ConnectionResetError from None
        self._pace.wake()

    def close(self) -> None:
        self._writer.close()
        self._pace.wake()


class OutputQueue:
    """What programs wrote for one client, until it is sent: all that waits in one piece, or each of it (`apart`)."""

    def __init__(self, *, apart: bool = False) -> None:
        self._apart = apart
        self._pieces: deque[bytes] = deque()
        self._waiting = 0
        self._changed = asyncio.Event()
        self._ended = False
        self.abandoned = False

    def put(self, data: bytes) -> None:
        """BrokenPipe once the client has gone, or reads far too slowly."""
        if self.abandoned or self._waiting + len(data) > MOST_WAITING:
            self.end()
            raise BrokenPipe
        if data:
            self._pieces.append(data)
            self._waiting += len(data)
            self._changed.set()

    def end(self) -> None:
        """Nothing follows."""
        self._ended = True
        self._changed.set()

    async def pieces(self) -> AsyncIterator[bytes]:
        """Until the end; when its reader stops, the queue is abandoned."""
        try:
            while True:
                while self._pieces:
                    data = self._pieces.popleft() if self._apart else b"".join(self._pieces)
                    if not self._apart:
                        self._pieces.clear()
                    self._waiting -= len(data)
                    yield data
                if self._ended:
                    return
                self._changed.clear()
                await self._changed.wait()
        finally:
            self.abandoned = True


class ClientStream:
    """Implements process.Output: a program's stream to a client, in frames if it has a `number`."""

    def __init__(self, queue: OutputQueue, number: int | None, *, tty: bool) -> None:
        self._queue, self._number, self._tty = queue, number, tty

    def write(self, text: str) -> None:
        data = encode(on_terminal(text) if self._tty else text)
        self._queue.put(data if self._number is None or not data else frame(self._number, data))

    def close(self) -> None:
        """The queue ends with the operation that fills it."""


def on_terminal(text: str) -> str:
    """As a terminal sends it on (ONLCR of termios(3))."""
    return text.replace("\n", "\r\n")


def client_streams(queue: OutputQueue, *, tty: bool, framed: bool | None = None) -> tuple[ClientStream, ClientStream]:
    """Standard output and error of a program with a terminal (`tty`); `framed` unless it has one, or as given."""
    framed = not tty if framed is None else framed
    numbers = (STDOUT, STDERR) if framed else (None, None)
    stdout, stderr = (ClientStream(queue, number, tty=tty) for number in numbers)
    return stdout, stderr
