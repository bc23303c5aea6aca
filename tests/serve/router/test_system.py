"""Events by the API."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from tests.serve.clients import Client, served
from tests.serve.recorded_requests import HERE


async def actions(client: Client, target: str) -> list[Any]:
    body = (await client.ask("GET", target)).body
    return [json.loads(line)["Action"] for line in body.splitlines()]


def test_events_so_far_and_those_of_a_kind() -> None:
    async def main() -> None:
        async with served() as client:
            await client.run("web", "sleep", "3")
            await client.post("/containers/web/wait")
            every = await actions(client, f"/events?since=0&until={client.now()}")
            assert every[-3:] == ["start", "disconnect", "die"]
            some = 'filters={"type":["container"],"event":["die"]}'
            assert await actions(client, f"/events?since=0&until={client.now()}&{some}") == ["die"]

    asyncio.run(main())


def test_events_are_sent_as_they_happen() -> None:
    async def main() -> None:
        async with served() as client:
            until = float(client.now()) + 5
            following = asyncio.ensure_future(actions(client, f"/events?until={until}"))
            await asyncio.sleep(0)
            await client.run("web", "sleep", "100")
            await client.post("/containers/web/stop?t=9")
            assert "start" in await following

    asyncio.run(main())


@pytest.mark.parametrize("version", ["1.41", "1.48", "1.49", "1.50"])
def test_older_clients_find_in_info_what_they_look_for(version: str) -> None:
    """The members that a real engine has for each version, but for those that only a machine with hardware has."""
    steps = json.loads((HERE / "api_older.json").read_text("utf-8"))["steps"]
    real = next(json.loads(step["stdout"]) for step in steps if f"/v{version}/" in step.get("cmd", ""))

    async def main() -> Any:
        async with served() as client:
            return await client.get(f"/v{version}/info")

    mine = asyncio.run(main())
    assert set(mine) == set(real)
    assert set(mine["RuncCommit"]) == set(real["RuncCommit"])
    assert set(mine["RegistryConfig"]) == set(real["RegistryConfig"])


def test_clients_are_told_to_build_by_the_classic_builder() -> None:
    """As by an engine whose feature "buildkit" is off; a builder of their own is refused with what to do."""
    step = json.loads((HERE / "api_builder.json").read_text("utf-8"))["steps"][1]
    head = [line.partition(": ")[::2] for line in step["stdout"].splitlines()]

    async def main() -> None:
        async with served() as client:
            headers = (await client.ask("GET", "/_ping")).headers
            assert headers["Builder-Version"] == dict(head)["Builder-Version"]
            reply = await client.ask("POST", "/session", headers={"upgrade": "h2c"})
            assert (reply.status, "set DOCKER_BUILDKIT=0" in reply.message) == (501, True)
            assert (await client.ask("POST", "/session")).message == "no upgrade proto in request"

    asyncio.run(main())
