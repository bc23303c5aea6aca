"""Clients on hijacked connections: terminals, detach keys, input that comes after the start."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.serve.clients import Client, served


def in_server(ask: Callable[[Client], Awaitable[Any]]) -> Any:
    async def play() -> Any:
        async with served() as client:
            return await ask(client)

    return asyncio.run(play())


async def entered(client: Client, sent: bytes, **body: object) -> bytes:
    await client.run("box", "sleep", "infinity")
    config = {"Tty": True, "AttachStdin": True, "AttachStdout": True, "Cmd": ["sh"], **body}
    made = await client.post("/containers/box/exec", config)
    return (await client.ask("POST", f"/exec/{made['Id']}/start", {"Tty": True}, sent=sent)).body


#: What is typed, and what the client gets, as recorded on Docker Engine 28.5.2.
TYPED = [
    (b"echo one\rexit\r", b"echo one\r\n"),
    (b"raw\n\x10\x11", b"exec attach failed: error on attach stdin: read escape sequence\r\n"),
]


@pytest.mark.parametrize(("sent", "got"), TYPED)
def test_what_is_typed_is_shown_and_the_keys_are_answered(sent: bytes, got: bytes) -> None:
    assert got in in_server(lambda client: entered(client, sent))


def test_an_exec_is_left_by_its_own_keys_and_goes_on() -> None:
    async def ask(client: Client) -> list[str]:
        await entered(client, b"\x01", DetachKeys="ctrl-a", Cmd=["cat"])
        assert (await client.get("/containers/box/json"))["ExecIDs"]
        return [event["Action"] for event in client.server.backend.engine.system_events()]

    assert "exec_detach" not in in_server(ask)


async def attached(client: Client, sent: bytes, **config: object) -> bytes:
    await client.run("box", "cat", OpenStdin=True, **config)
    target = "/containers/box/attach?stream=1&stdin=1&stdout=1"
    return (await client.ask("POST", target, sent=sent)).body


def test_a_container_is_left_by_its_keys_which_is_an_event() -> None:
    async def ask(client: Client) -> bool:
        assert await attached(client, b"\x10\x11", Tty=True) == b""
        assert (await client.get("/containers/box/json"))["State"]["Running"]
        return any(event["Action"] == "detach" for event in client.server.backend.engine.system_events())

    assert in_server(ask)


def test_keys_that_are_none_are_refused_before_anything_is_attached() -> None:
    async def ask(client: Client) -> bytes:
        await client.run("box", "cat", OpenStdin=True, Tty=True)
        return (await client.ask("POST", "/containers/box/attach?stream=1&detachKeys=nope")).body

    assert in_server(ask) == b"Invalid detach keys (nope) provided\r\n"


def test_a_client_without_a_terminal_leaves_when_it_sends_no_more() -> None:
    async def ask(client: Client) -> str:
        await attached(client, b"one\n")
        await client.happened("attach")
        assert (await client.get("/containers/box/json"))["State"]["Running"]
        await client.ask("POST", "/containers/box/attach?stream=1&stdin=1", sent=b"two\n")
        await client.post("/containers/box/stop?t=1")
        return (await client.ask("GET", "/containers/box/logs?stdout=1")).body.decode()

    logs = in_server(ask)
    assert "one\n" in logs
    assert "two\n" in logs
