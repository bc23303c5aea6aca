"""HTTP on a connection, by real sockets on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from vnetsim import Lab
from vnetsim.serve.connection import Limits
from vnetsim.serve.listeners import TcpHost
from vnetsim.serve.server import APIServer


class Wire:
    """A server, and bytes to it."""

    def __init__(self, server: APIServer, port: int) -> None:
        self.server, self.port = server, port

    async def send(self, data: bytes, *, ends: bool = True) -> bytes:
        """Everything that comes back; `ends`: the client sends nothing more."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(data)
            if ends:
                writer.write_eof()
            async with asyncio.timeout(30):
                return await reader.read()
        except ConnectionError:
            return b""
        finally:
            writer.close()


def on_loopback(test: Callable[[Wire], Awaitable[None]], limits: Limits | None = None, most: int = 4096) -> None:
    async def main() -> None:
        server = APIServer(Lab(docker=True), speed=None, limits=limits, most=most)
        closing = asyncio.ensure_future(server.wait_closed())
        (host,) = await server.listen([TcpHost("127.0.0.1", 0)])
        assert isinstance(host, TcpHost)
        try:
            await test(Wire(server, host.port))
        finally:
            server.close()
            await closing

    asyncio.run(main())


_PING = b"GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n"


def test_requests_follow_each_other_on_one_connection() -> None:
    async def test(wire: Wire) -> None:
        first = _PING + _PING.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        assert (await wire.send(first, ends=False)).count(b"HTTP/1.1 200 OK") == 2

    on_loopback(test)


@pytest.mark.parametrize(
    "garbage",
    [
        b"garbage\r\n\r\n",
        b"GET /_ping HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n",
        b"POST /v1.51/networks/create HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00" + bytes(300),
        b"GET /" + b"a" * 100_000,
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_what_is_no_http_is_answered_as_by_go_and_others_are_served(garbage: bytes) -> None:
    async def test(wire: Wire) -> None:
        assert (await wire.send(garbage)).startswith(b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain")
        assert (await wire.send(_PING.replace(b"1.1", b"1.0"), ends=False)).endswith(b"OK")

    on_loopback(test)


def test_a_body_over_the_limit_is_refused() -> None:
    async def test(wire: Wire) -> None:
        head = b"POST /v1.51/networks/create HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"
        assert (await wire.send(head + bytes(100), ends=False)).startswith(b"HTTP/1.1 413 ")

    on_loopback(test, Limits(body_bytes=99))


def test_a_client_that_sends_half_a_request_is_let_go() -> None:
    async def test(wire: Wire) -> None:
        assert await wire.send(b"GET /_ping HT", ends=False) == b""

    on_loopback(test, Limits(head_seconds=0.01, idle_seconds=0.01))


def test_a_client_that_goes_while_it_waits_leaves_nothing() -> None:
    async def test(wire: Wire) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", wire.port)
        writer.write(b"GET /v1.51/events HTTP/1.1\r\nHost: x\r\n\r\n")
        while not wire.server.connections:
            await asyncio.sleep(0)
        writer.close()
        while wire.server.connections:
            await asyncio.sleep(0.001)

    on_loopback(test)


def test_there_is_a_most_of_connections() -> None:
    async def test(wire: Wire) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", wire.port)
        while not wire.server.connections:
            await asyncio.sleep(0)
        assert await wire.send(_PING, ends=False) == b""
        writer.close()

    on_loopback(test, most=1)
