"""Containers by the API: streams, and what is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.serve.clients import Client, served
from vnetsim.serve.stdcopy import split


def played(test: Callable[[Client], Awaitable[None]]) -> None:
    async def main() -> None:
        async with served() as client:
            await test(client)

    asyncio.run(main())


def test_a_client_waits_before_the_start_and_attaches_before_it() -> None:
    """As `docker run` does."""

    async def test(client: Client) -> None:
        await client.post("/containers/create?name=one", {"Image": "busybox", "Cmd": ["sh", "-c", "echo hi; exit 3"]})
        target = "/containers/one/attach?stream=1&stdout=1&stderr=1"
        attached = asyncio.ensure_future(client.ask("POST", target))
        waiting = asyncio.ensure_future(client.ask("POST", "/containers/one/wait?condition=next-exit"))
        await client.happened("attach")
        await client.post("/containers/one/start")
        assert (await waiting).json() == {"StatusCode": 3}
        assert split((await attached).body) == ([(1, b"hi\n")], b"")

    played(test)


def test_what_a_client_sends_is_the_input_of_the_program() -> None:
    async def test(client: Client) -> None:
        body = {"Image": "busybox", "Cmd": ["cat"], "OpenStdin": True, "StdinOnce": True, "AttachStdin": True}
        await client.post("/containers/create?name=cat", body)
        target = "/containers/cat/attach?stream=1&stdin=1&stdout=1"
        attached = asyncio.ensure_future(client.ask("POST", target, sent=b"to be echoed\n"))
        await client.happened("attach")
        await client.post("/containers/cat/start")
        assert split((await attached).body) == ([(1, b"to be echoed\n")], b"")

    played(test)


@pytest.mark.parametrize(
    ("method", "path", "what"),
    [
        ("GET", "/containers/web/attach/ws", "WebSocket"),
        ("GET", "/containers/web/top?ps_args=-l", "docker top with the options -l of ps"),
        ("POST", "/containers/web/start?checkpoint=c", "checkpoint"),
    ],
)
def test_what_is_not_modelled_is_refused_by_name(method: str, path: str, what: str) -> None:
    async def test(client: Client) -> None:
        await client.run("web", "sleep", "1000")
        reply = await client.ask(method, path)
        assert reply.status == 501
        assert reply.message.startswith("vnetsim: not modelled: ")
        assert what in reply.message

    played(test)


def test_an_update_of_limits_is_refused_and_changes_nothing() -> None:
    async def test(client: Client) -> None:
        await client.run("web", "sleep", "1000")
        body = {"RestartPolicy": {"Name": "always"}, "Memory": 100_000_000}
        reply = await client.ask("POST", "/containers/web/update", body)
        assert reply.status == 501
        assert (await client.get("/containers/web/json"))["HostConfig"]["RestartPolicy"]["Name"] == "no"

    played(test)


def test_a_container_of_another_platform_is_refused() -> None:
    async def test(client: Client) -> None:
        reply = await client.ask("POST", "/containers/create?platform=linux/arm64", {"Image": "busybox"})
        assert reply.status == 501

    played(test)


@pytest.mark.parametrize("command", ["nosuch", "ps"])
def test_a_start_that_fails_ends_what_waits_for_a_container_that_goes_with_it(command: str) -> None:
    """`docker run --rm` waits and attaches first; without an end it would wait for ever."""

    async def test() -> None:
        async with served() as client:
            body = {"Image": "busybox", "Cmd": [command], "HostConfig": {"AutoRemove": True}}
            await client.post("/containers/create?name=web", body)
            waiting = asyncio.ensure_future(client.ask("POST", "/containers/web/wait?condition=removed"))
            target, upgrade = "/containers/web/attach?stream=1&stdout=1", {"upgrade": "tcp"}
            attached = asyncio.ensure_future(client.ask("POST", target, headers=upgrade))
            await asyncio.sleep(0)
            assert (await client.ask("POST", "/containers/web/start")).status in (400, 501)
            assert (await waiting).json()["StatusCode"] in (127, 128)
            assert (await attached).status == 101

    asyncio.run(test())
