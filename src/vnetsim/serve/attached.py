"""A client attached to a program: what it sends is the program's input, what the program writes goes to it.

When the client sends no more, it leaves and the program goes on, as it does by its detach keys; without a terminal the
program may read the end of its input instead (`ends_input`).  When the client has gone, what the program writes is
BrokenPipe for it, and it goes on or ends as it likes.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable

from vnetsim.docker.term import DETACH, EscapeProxy, parse_keys
from vnetsim.process import Input, Output, Terminal
from vnetsim.programs.libc.octets import Decoder
from vnetsim.serve.backend import Backend, OutputQueue, Stdin
from vnetsim.serve.messages import Duplex
from vnetsim.serve.terminal import LineDiscipline


class AttachedClient:
    """`stdin` is for the program, None without one; `output` is filled by the program's streams.

    `by_keys`: it left by its detach keys.
    """

    def __init__(self, backend: Backend, duplex: Duplex, *, stdin: bool, apart: bool) -> None:
        self._backend, self._duplex = backend, duplex
        self.output = OutputQueue(apart=apart)
        self.stdin: Input | None = None
        self._writer: Stdin | None = None
        if stdin:
            self.stdin, self._writer = backend.stdin()
        self.by_keys = False
        #: Standard output and error of the program.
        self.streams: tuple[Output, Output]
        self._left = asyncio.Event()
        self._receiving: asyncio.Future[None] | None = None

    def is_there(self) -> bool:
        """Whether it may still read what the program writes."""
        return not self._duplex.is_gone()

    def listen(self, terminal: Terminal | None = None, keys: str = "", *, ends_input: bool = True) -> None:
        """From now on pass on what the client sends: to its standard input, or as keys to a terminal."""
        receiving = self._receive(ends_input=ends_input) if terminal is None else self._type(terminal, keys)
        self._receiving = asyncio.ensure_future(receiving)

    async def until_left(self, operation: Awaitable[object]) -> bool:
        """Wait for an operation or for the client to leave; whether it left."""
        running, leaving = asyncio.ensure_future(operation), asyncio.ensure_future(self._left.wait())
        try:
            await asyncio.wait({running, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                running.result()
            return not running.done()
        finally:
            running.cancel()
            leaving.cancel()
            await asyncio.gather(running, leaving, return_exceptions=True)

    async def _receive(self, *, ends_input: bool) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await self._duplex.read():
                if self._writer is not None:
                    self._writer.write(data)
        if self._writer is not None:
            self._writer.close()
            if not ends_input:
                self._left.set()

    async def _type(self, terminal: Terminal, keys: str) -> None:
        discipline, proxy = LineDiscipline(terminal), EscapeProxy(parse_keys(keys) if keys else DETACH)
        decoder = Decoder()
        with contextlib.suppress(ConnectionError):
            while not proxy.detached and (data := await self._duplex.read()):
                discipline.type(proxy.passed(decoder.decode(data)))
                self._backend.pace.wake()
        self.by_keys = proxy.detached
        self._left.set()

    async def send(self) -> None:
        async for data in self.output.pieces():
            await self._duplex.write(data)

    async def close(self) -> None:
        if self._receiving is not None:
            self._receiving.cancel()
            await asyncio.gather(self._receiving, return_exceptions=True)
        if self._writer is not None:
            self._writer.close()


@contextlib.asynccontextmanager
async def attached(
    backend: Backend, duplex: Duplex, *, stdin: bool, apart: bool = False
) -> AsyncIterator[AttachedClient]:
    """Within it bytes travel in both directions; at its end what is left of the output is sent.

    `apart`: each piece that the program writes is sent for itself.
    """
    client = AttachedClient(backend, duplex, stdin=stdin, apart=apart)
    sending = asyncio.ensure_future(client.send())
    try:
        yield client
        client.output.end()
        with contextlib.suppress(ConnectionError, TimeoutError):
            await sending
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        await client.close()
