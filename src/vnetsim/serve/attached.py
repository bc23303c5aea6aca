"""A client attached to a program: what it sends is the program's input, what the program writes goes to it.

When the client sends no more, the program reads the end of its input; when the client has gone, what the program
writes is BrokenPipe for it, and it goes on or ends as it likes.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from vnetsim.process import Input
from vnetsim.serve.backend import Backend, OutputQueue, Stdin
from vnetsim.serve.messages import Duplex
from vnetsim.values import frozen


@frozen
class AttachedClient:
    """`stdin` is for the program, None without one; `output` is filled by the program's streams."""

    stdin: Input | None
    output: OutputQueue


@contextlib.asynccontextmanager
async def attached(backend: Backend, duplex: Duplex, *, stdin: bool) -> AsyncIterator[AttachedClient]:
    """Within it bytes travel in both directions; at its end what is left of the output is sent."""
    output = OutputQueue()
    reader, writer = backend.stdin() if stdin else (None, None)
    sending = asyncio.ensure_future(_send(duplex, output))
    receiving = asyncio.ensure_future(_receive(duplex, writer))
    try:
        yield AttachedClient(reader, output)
        output.end()
        with contextlib.suppress(ConnectionError, TimeoutError):
            await sending
    finally:
        for task in (sending, receiving):
            task.cancel()
        await asyncio.gather(sending, receiving, return_exceptions=True)
        if writer is not None:
            writer.close()


async def _send(duplex: Duplex, output: OutputQueue) -> None:
    async for data in output.pieces():
        await duplex.write(data)


async def _receive(duplex: Duplex, stdin: Stdin | None) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await duplex.read():
            if stdin is not None:
                stdin.write(data)
    if stdin is not None:
        stdin.close()
