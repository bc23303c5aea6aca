"""Clients of one lab, in the process of the server."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.serve.clients import served
from vnetsim import Lab
from vnetsim.budget import Budget
from vnetsim.errors import UsageError
from vnetsim.serve.listeners import UnixHost
from vnetsim.serve.server import APIServer


def test_a_lab_that_others_change_cannot_be_forked() -> None:
    lab = Lab(docker=True)

    async def play() -> None:
        async with served(lab) as client:
            await client.post("/networks/create", {"Name": "n1"})

    asyncio.run(play())
    assert "n1" in lab.run("docker network ls").stdout
    with pytest.raises(UsageError, match="clients of the Engine API"):
        lab.fork()


def test_clients_share_one_lab() -> None:
    async def play() -> None:
        async with served() as client:
            answers = await asyncio.gather(*(client.ask("POST", "/networks/create", {"Name": "n1"}) for _ in range(5)))
            assert sorted(each.status for each in answers) == [201, 409, 409, 409, 409]

    asyncio.run(play())


def test_the_same_requests_have_the_same_answers() -> None:
    async def play() -> list[bytes]:
        async with served(Lab(7, docker=True)) as client:
            await client.run("web", "sleep", "5")
            return [(await client.ask("GET", path)).body for path in ("/containers/web/json", "/events?until=0")]

    assert asyncio.run(play()) == asyncio.run(play())


def test_a_lab_over_its_budget_says_so() -> None:
    async def play() -> str:
        async with served(Lab(docker=True, budget=Budget(steps=30_000))) as client:
            await client.run("web", "sh", "-c", "while true; do true; done")
            reply = await client.ask("POST", "/containers/web/wait")
            assert reply.status == 200
            refused = await client.ask("POST", "/networks/create", {"Name": "n1"})
            assert refused.status == 503
            return refused.message

    assert "budget" in asyncio.run(play())


def test_a_fault_of_vnetsim_is_an_answer_and_no_traceback() -> None:
    told: list[str] = []

    async def play() -> None:
        async with served(complain=told.append) as client:
            reply = await client.ask("POST", "/volumes/create", {"Name": {"a": 3}})
            assert (reply.status, "fault" in reply.message) in ((500, True), (400, False))

    asyncio.run(play())
    assert all("Traceback" not in each for each in told)


def test_it_listens_on_a_socket_of_unix_that_is_its_owners(tmp_path: Path) -> None:
    async def play() -> bytes:
        server = APIServer(Lab(docker=True))
        closing = asyncio.ensure_future(server.wait_closed())
        path = tmp_path / "d.sock"
        await server.listen([UnixHost(str(path))])
        assert path.stat().st_mode & 0o777 == 0o600
        reader, writer = await asyncio.open_unix_connection(str(path))
        writer.write(b"GET /_ping HTTP/1.0\r\n\r\n")
        found = await reader.read()
        writer.close()
        server.close()
        await closing
        assert not path.exists()
        return found

    assert asyncio.run(play()).endswith(b"OK")


@pytest.mark.parametrize(("program", "expected"), [
    ("sleep 1; x=stat; $x /", ["vnetsim: not modelled: the program stat (stat /)"]),
    ("cat /none; nosuch; exit 3", []),
])  # fmt: skip
def test_what_is_not_modelled_is_said_once_and_what_programs_answer_is_not(program: str, expected: list[str]) -> None:
    said: list[str] = []

    async def play() -> None:
        async with served(complain=said.append) as client:
            for name in ("one", "two"):
                await client.run(name, "sh", "-c", program)
                await client.ask("POST", f"/containers/{name}/wait")

    asyncio.run(play())
    assert said == expected
