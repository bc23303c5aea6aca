"""Names of the simulation that stand for real servers on the loopback of the computer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.serve.clients import Client
from tests.serve.test_exposed import free_port
from vnetsim.errors import UsageError
from vnetsim.process import Child
from vnetsim.serve.bridged import BridgedName, addresses_of
from vnetsim.serve.daemon import ServeOptions, make_lab
from vnetsim.serve.server import APIServer
from vnetsim.wire.inet import IPv4

CURL = {"Image": "curlimages/curl", "HostConfig": {"NetworkMode": "shop"}}


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.0 200 OK\r\nContent-Length: 10\r\n\r\nreal bytes")
    writer.close()


@asynccontextmanager
async def bridged(real_port: int) -> AsyncIterator[tuple[Client, list[str]]]:
    """An engine with a network `shop`, in whose lab `api.example` is a server on the computer."""
    names, said = [f"api.example=127.0.0.1:{real_port}"], list[str]()
    options = ServeOptions(bridge=names)
    server = APIServer(make_lab(options, {}), speed=None, complain=said.append)
    server.bridge(options.names())
    client = Client(server)
    assert (await client.ask("POST", "/images/create?fromImage=curlimages/curl&tag=latest")).status == 200
    await client.post("/networks/create", {"Name": "shop"})
    try:
        yield client, said
    finally:
        server.close()
        await server.wait_closed()


async def output(client: Client, name: str, *command: str) -> bytes:
    await client.run(name, *command, **CURL)
    await client.post(f"/containers/{name}/wait")
    return (await client.ask("GET", f"/containers/{name}/logs?stdout=1&stderr=1")).body


def test_a_container_reads_from_a_real_server_and_rules_decide() -> None:
    async def test() -> None:
        server = await asyncio.start_server(_answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        url = f"http://api.example:{port}/"
        async with server, bridged(port) as (client, said):
            assert (await output(client, "one", "curl", "-s", url)).endswith(b"real bytes")
            machine = client.server.backend.machine
            spawned = machine.spawn(
                ["iptables", "-I", "DOCKER-USER", "-j", "REJECT", "--reject-with", "icmp-port-unreachable"],
                machine.host,
            )
            await client.server.backend.complete(_end(spawned))
            assert b"real bytes" not in await output(client, "two", "curl", "-sS", "--max-time", "5", url)
            assert said == []

    asyncio.run(test())


def _end(child: Child) -> Generator[Any, Any, None]:
    yield child.wait()


def test_without_a_real_server_the_connection_ends_and_a_sentence_says_why() -> None:
    async def test() -> None:
        port = free_port()
        async with bridged(port) as (client, said):
            answer = await output(client, "one", "curl", "-sS", f"http://api.example:{port}/")
            # Closed, or reset if what curl sent had come before.
            assert b"Empty reply" in answer or b"Connection reset" in answer
            assert len(said) == 1
            assert said[0].startswith(f"vnetsim: --bridge api.example: 127.0.0.1:{port} of this computer: ")

    asyncio.run(test())


def test_names_get_the_addresses_behind_that_of_the_lan() -> None:
    names = [BridgedName.parse(text) for text in ("a=127.0.0.1:1", "B=localhost:1", "a=[::1]:2")]
    assert addresses_of(names) == {"a": IPv4.parse("192.168.56.21"), "b": IPv4.parse("192.168.56.22")}


@pytest.mark.parametrize(
    "text", ["x", "x=1", "x=:1", "=127.0.0.1:1", "x=127.0.0.1:0", "x=127.0.0.1:99999", "x=192.0.2.1:80", "x=db:80",
             "localhost=127.0.0.1:80", "-x=127.0.0.1:80", "x y=127.0.0.1:80", "x..y=127.0.0.1:80"],
)  # fmt: skip
def test_what_is_no_name_and_address_of_the_loopback_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        BridgedName.parse(text)
    assert str(refused.value).startswith(f"--bridge {text}: ")


def test_others_than_the_loopback_are_allowed_with_anywhere() -> None:
    assert BridgedName.parse("x=192.0.2.1:80", anywhere=True).host == "192.0.2.1"


def test_the_same_name_and_port_twice_is_refused() -> None:
    with pytest.raises(UsageError, match="given twice"):
        addresses_of([BridgedName.parse("a=127.0.0.1:1"), BridgedName.parse("A=[::1]:1")])
