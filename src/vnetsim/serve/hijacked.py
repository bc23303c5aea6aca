"""Connections that dockerd takes over from its HTTP server, for the streams of a program (HijackConnection of moby).

A client that sends no more may still read; one that has gone does neither.  The kernel tells the two apart at once for
sockets of the file system, and for TCP when a probe is answered by a reset: on Linux that is after a minute or so.
"""

from __future__ import annotations

import asyncio
import select
import socket
import sys
from collections.abc import Awaitable, Callable
from typing import Final

from vnetsim.serve.messages import ApiRequest, Hijack

_READ: Final = 65_536
#: Seconds between probes of a connection on which nothing is sent (defaultTCPKeepAliveIdle of Go's net).
_PROBE_SECONDS: Final = 15
REASONS: Final = {
    200: b"OK", 201: b"Created", 204: b"No Content", 304: b"Not Modified", 400: b"Bad Request", 403: b"Forbidden",
    404: b"Not Found", 409: b"Conflict", 413: b"Request Entity Too Large", 500: b"Internal Server Error",
    501: b"Not Implemented", 503: b"Service Unavailable",
}  # fmt: skip


def hijacked_head(request: ApiRequest, response: Hijack) -> bytes:
    """What dockerd writes on a connection that it has taken over from its HTTP server."""
    if response.head:
        return response.head
    upgrades = request.upgrades and response.status == 200
    status = "101 UPGRADED" if upgrades else f"{response.status} {REASONS[response.status].decode('ascii')}"
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {response.media_type}"]
    if upgrades:
        lines += ["Connection: Upgrade", "Upgrade: tcp"]
    lines += [f"{name}: {value}" for name, value in response.headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("ascii")


class HijackedConnection:
    """Implements messages.Duplex; nothing is sent before the time `first` of the event loop."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, write: Callable[[bytes], Awaitable[None]],
        early: bytes, first: float,
    ) -> None:  # fmt: skip
        self._reader, self._writer, self._write, self._early, self._first = reader, writer, write, early, first
        probe_when_idle(self._socket)

    @property
    def _socket(self) -> socket.socket:
        found: socket.socket = self._writer.get_extra_info("socket")
        return found

    async def read(self) -> bytes:
        data, self._early = self._early, b""
        return data or await self._reader.read(_READ)

    async def write(self, data: bytes) -> None:
        await asyncio.sleep(self._first - asyncio.get_running_loop().time())
        await self._write(data)

    def is_gone(self) -> bool:
        return self._writer.is_closing() or has_hung_up(self._socket)


def has_hung_up(connection: socket.socket) -> bool:
    """Whether both directions are closed (POLLHUP of poll(2)); False on a system that does not tell."""
    if sys.platform == "win32":
        return False
    poll = select.poll()
    poll.register(connection.fileno(), 0)
    return bool(poll.poll(0))


def probe_when_idle(connection: socket.socket) -> None:
    """As Go's net.Listener: probes find out that a TCP client has gone which closed nothing."""
    if connection.family not in (socket.AF_INET, socket.AF_INET6):
        return
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option in (getattr(socket, name, None) for name in ("TCP_KEEPIDLE", "TCP_KEEPINTVL")):
        if option is not None:
            connection.setsockopt(socket.IPPROTO_TCP, option, _PROBE_SECONDS)
