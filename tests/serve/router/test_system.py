"""Events by the API."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from tests.serve.clients import Client, served


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
