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


def test_time_is_not_hurried_by_a_client_that_waits_before_the_start_and_leaves() -> None:
    """As `docker run -d` does; `docker wait` does hurry it, and so does a client that is attached."""

    async def test(client: Client) -> None:
        await client.post("/containers/create?name=one", {"Image": "busybox", "Cmd": ["sleep", "100"]})
        target = "/containers/one/attach?stream=1&stdout=1&stderr=1"
        waiting = asyncio.ensure_future(client.ask("POST", "/containers/one/wait?condition=next-exit"))
        attached = asyncio.ensure_future(client.ask("POST", target))
        await client.happened("attach")
        before = float(client.now())
        for _ in range(100):
            await asyncio.sleep(0)
        assert float(client.now()) == before
        attached.cancel()
        await client.post("/containers/one/start")
        for _ in range(100):
            await asyncio.sleep(0)
        assert float(client.now()) < before + 5
        assert not waiting.done()
        await client.post("/containers/one/wait")
        assert (await waiting).json() == {"StatusCode": 0}
        assert float(client.now()) > before + 99

    played(test)


def test_a_start_that_fails_lets_attached_clients_go() -> None:
    async def test(client: Client) -> None:
        await client.post("/containers/create?name=one", {"Image": "busybox", "Cmd": ["nosuch"]})
        attached = asyncio.ensure_future(client.ask("POST", "/containers/one/attach?stream=1&stdout=1&stderr=1"))
        await client.happened("attach")
        assert (await client.ask("POST", "/containers/one/start")).status == 400
        assert (await attached).body == b""
        assert (await client.get("/containers/one/json"))["State"]["ExitCode"] == 127

    played(test)


def test_an_image_is_not_taken_for_that_of_another_platform() -> None:
    async def test(client: Client) -> None:
        body = {"Image": "alpine", "Cmd": ["true"]}
        target = "/containers/create?platform="
        assert (await client.ask("POST", f"{target}linux/amd64", body)).status == 201
        refused = await client.ask("POST", f"{target}linux/arm64", body)
        assert refused.status == 404
        assert refused.message == "image with reference alpine was found but does not provide the specified platform"
        pulled = await client.ask("POST", "/images/create?fromImage=alpine&platform=linux/arm64")
        assert (pulled.status, pulled.message) == (501, "vnetsim: not modelled: an image of the platform linux/arm64")

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


@pytest.mark.parametrize(
    ("limits", "status"), [({"KernelMemory": 100_000_000}, 501), ({"Memory": 100_000_000}, 409), ({"Memory": 1}, 400)]
)
def test_an_update_that_is_refused_changes_nothing(limits: dict[str, int], status: int) -> None:
    """The memory limit without that of the swap, as recorded."""

    async def test(client: Client) -> None:
        await client.run("web", "sleep", "1000")
        body = {"RestartPolicy": {"Name": "always"}, **limits}
        assert (await client.ask("POST", "/containers/web/update", body)).status == status
        assert (await client.get("/containers/web/json"))["HostConfig"]["RestartPolicy"]["Name"] == "no"
        discarded = await client.post("/containers/web/update", {"RestartPolicy": {"Name": "always"}, "BlkioWeight": 9})
        assert discarded["Warnings"][0].endswith("Weight discarded.")
        assert (await client.get("/containers/web/json"))["HostConfig"]["RestartPolicy"]["Name"] == "always"

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
