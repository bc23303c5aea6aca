"""Bytes between a real TCP connection and one of the simulation.

The simulated end is a socket of a program like any other: its segments walk through rules and queues.  Each side waits
for the other: a few hundred kilobytes are in transit at most.  The end of what one side sends (FIN) is passed on, and
the other direction stays open; a connection that the simulation resets, refuses or gives up is reset outside.

Not modelled: urgent data.  A real client that resets its connection closes the simulated one (FIN), as docker-proxy
does.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Generator
from typing import Any, Final

from vnetsim.clock import Wait
from vnetsim.serve.pace import Pace
from vnetsim.sockets import TcpSocket
from vnetsim.wire.inet import Address

_READ: Final = 65_536
#: l_onoff, l_linger: close(2) resets the connection.
_RESETS: Final = struct.pack("ii", 1, 0)


class SimulatedConnection:
    """A TCP socket of the simulation, for coroutines: each call waits until the simulation has done it; KernelError."""

    def __init__(self, tcp: TcpSocket, pace: Pace) -> None:
        self._tcp, self._pace = tcp, pace

    async def _waited(self, wait: Wait) -> Any:
        def steps() -> Generator[Any, Any, Any]:
            return (yield wait)

        return await self._pace.complete(steps(), follows_client=True, hurries=lambda: False)

    async def connect(self, address: Address, port: int) -> None:
        await self._waited(self._tcp.connect(address, port))

    async def receive(self) -> bytes:
        """b"" at the end."""
        data: bytes = await self._waited(self._tcp.receive())
        return data

    async def send(self, data: bytes) -> None:
        """Until all of it is in the send buffer."""
        await self._waited(self._tcp.send(data))

    def shutdown(self) -> None:
        """Send no more; the other direction stays open."""
        self._tcp.shutdown()
        self._pace.wake()

    def close(self) -> None:
        self._tcp.close()
        self._pace.wake()


async def relay(connection: SimulatedConnection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Until both directions have ended, or one side has gone; closes neither.  KernelError, ConnectionError."""
    both = [asyncio.ensure_future(_inwards(reader, connection)), asyncio.ensure_future(_outwards(connection, writer))]
    await while_open(writer, asyncio.gather(*both))
    for direction in both:
        direction.cancel()


async def while_open(writer: asyncio.StreamWriter, work: asyncio.Future[Any]) -> None:
    """Wait for the work, and cancel it when the real connection is gone; what it raises is raised."""
    gone = asyncio.ensure_future(_gone(writer))
    try:
        await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            work.result()
    finally:
        for future in (work, gone):
            future.cancel()
        await asyncio.gather(work, gone, return_exceptions=True)


async def _gone(writer: asyncio.StreamWriter) -> None:
    """Until the real connection is closed, by whoever."""
    # Cancelling what waits for the transport would cancel the transport's own future.
    await asyncio.shield(_closed(writer))


async def _closed(writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def _inwards(reader: asyncio.StreamReader, connection: SimulatedConnection) -> None:
    while data := await reader.read(_READ):
        await connection.send(data)
    connection.shutdown()


async def _outwards(connection: SimulatedConnection, writer: asyncio.StreamWriter) -> None:
    while data := await connection.receive():
        writer.write(data)
        await writer.drain()
    writer.write_eof()


def reset(writer: asyncio.StreamWriter) -> None:
    """Reset the real connection: its other end reads ECONNRESET."""
    real = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):
        real.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESETS)
    writer.transport.abort()


async def finish(writer: asyncio.StreamWriter) -> None:
    """Close the real connection once what was written has been sent."""
    writer.close()
    await _closed(writer)
