"""Attaching by WebSocket, and what cannot be attached to (recorded on Docker Engine 28.5.2)."""

from __future__ import annotations

import asyncio

import pytest

from tests.serve.clients import Client, Reply, served
from tests.serve.test_websocket import KEY, masked
from vnetsim.errors import BudgetExceeded
from vnetsim.serve.listeners import TcpHost
from vnetsim.serve.router.attach import AttachRouter

TARGET = "/containers/box/attach/ws?"


async def asked(client: Client, query: str, sent: bytes = b"", path: str = TARGET) -> Reply:
    return await client.ask("GET", path + query, None, KEY, sent)


def test_a_client_attaches_by_websocket() -> None:
    async def play() -> None:
        async with served() as client:
            await client.run("box", "cat", OpenStdin=True)
            left = masked(1, b"one\n") + masked(8, b"")
            reply = await asked(client, "stream=1&stdin=1&stdout=1", left)
            assert (reply.status, reply.body) == (101, b"\x82\x04one\n\x88\x02\x03\xe8")
            assert (await asked(client, "stdout=1&logs=1")).body == b"\x82\x04one\n\x88\x02\x03\xe8"
            # Before API 1.42 all streams are attached, before 1.28 as text.
            old = await asked(client, "stream=1", masked(1, b"old\n") + masked(8, b""), f"/v1.27{TARGET}")
            assert old.body == b"\x81\x04old\n\x88\x02\x03\xe8"
            await client.run("ends", "sh", "-c", "echo out; echo err >&2", OpenStdin=True)
            logs = await asked(client, "stdout=1&stderr=1&logs=1", path="/containers/ends/attach/ws?")
            assert logs.body == b"\x82\x04out\n\x82\x04err\n\x88\x02\x03\xe8"

    asyncio.run(play())


def test_what_is_no_websocket_has_bad_keys_or_is_paused_is_refused_before_anything_is_attached() -> None:
    async def play() -> None:
        async with served() as client:
            await client.run("box", "cat", OpenStdin=True)
            plain = await client.ask("GET", f"{TARGET}stream=1")
            assert (plain.status, plain.body) == (400, b"")
            assert "not websocket protocol" in plain.head
            assert (await asked(client, "", path="/containers/nope/attach/ws?")).message == "No such container: nope"
            assert (await asked(client, "detachKeys=nope")).message == "Invalid detach keys (nope) provided"
            await client.post("/containers/box/pause")
            paused = "container box is paused, unpause the container before attach"
            reply = await asked(client, "stream=1")
            assert (reply.status, reply.message) == (409, paused)
            reply = await client.ask("POST", "/containers/box/attach?stream=1&stdout=1")
            assert (reply.status, reply.body) == (409, f"{paused}\r\n".encode())

    asyncio.run(play())


def test_a_stream_that_fails_is_a_sentence_and_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its head has been sent."""

    async def fails(*_arguments: object, **_named: object) -> None:
        raise BudgetExceeded("enough")

    async def play() -> list[str]:
        said: list[str] = []
        async with served(complain=said.append) as client:
            await client.run("box", "cat", OpenStdin=True)
            monkeypatch.setattr(AttachRouter, "_attached", fails)
            host = (await client.server.listen([TcpHost("127.0.0.1", 0)]))[0]
            assert isinstance(host, TcpHost)
            reader, writer = await asyncio.open_connection(host.address, host.port)
            writer.write(b"POST /containers/box/attach?stream=1 HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b"200 OK" in await reader.read()
            writer.close()
        return said

    assert asyncio.run(play()) == ["vnetsim: a stream of a client ended: BudgetExceeded: enough"]
