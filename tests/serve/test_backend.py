"""Output of programs on its way to a client."""

from __future__ import annotations

import asyncio

import pytest

from vnetsim.process import BrokenPipe
from vnetsim.serve.backend import MOST_WAITING, OutputQueue, client_streams


async def everything(queue: OutputQueue) -> bytes:
    return b"".join([piece async for piece in queue.pieces()])


def test_two_streams_share_a_connection() -> None:
    async def play() -> bytes:
        queue = OutputQueue()
        stdout, stderr = client_streams(queue, tty=False)
        stdout.write("a\n")
        stderr.write("b")
        stdout.write("")
        queue.end()
        return await everything(queue)

    assert asyncio.run(play()) == b"\1\0\0\0\0\0\0\2a\n\2\0\0\0\0\0\0\1b"


def test_a_terminal_has_one_stream_and_its_own_ends_of_lines() -> None:
    async def play() -> bytes:
        queue = OutputQueue()
        stdout, stderr = client_streams(queue, tty=True)
        stdout.write("a\n")
        stderr.write("b")
        queue.end()
        return await everything(queue)

    assert asyncio.run(play()) == b"a\r\nb"


def test_who_does_not_read_loses_the_stream_and_costs_no_memory() -> None:
    async def play() -> None:
        queue = OutputQueue()
        queue.put(bytes(MOST_WAITING))
        with pytest.raises(BrokenPipe):
            queue.put(b"x")

    asyncio.run(play())


def test_a_program_learns_that_its_reader_has_gone() -> None:
    async def play() -> None:
        queue = OutputQueue()
        reading = asyncio.ensure_future(everything(queue))
        await asyncio.sleep(0)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        with pytest.raises(BrokenPipe):
            queue.put(b"x")

    asyncio.run(play())
