"""Execs by the API: whose time is hurried."""

from __future__ import annotations

import asyncio

from tests.serve.clients import served


def test_time_is_hurried_for_an_exec_until_its_client_has_gone() -> None:
    """The program goes on without it, as it does on a real engine; `exec` of one that waits ends at once."""

    async def test() -> None:
        async with served() as client:
            await client.run("box", "sleep", "infinity")
            made = await client.post("/containers/box/exec", {"AttachStdout": True, "Cmd": ["sleep", "100"]})
            began, gone = float(client.now()), True
            running = asyncio.ensure_future(client.ask("POST", f"/exec/{made['Id']}/start", {}, has_gone=lambda: gone))
            for _ in range(100):
                await asyncio.sleep(0)
            assert (await client.get(f"/exec/{made['Id']}/json"))["Running"]
            assert float(client.now()) < began + 1
            gone = False
            client.server.backend.pace.wake()
            assert (await running).body == b""
            assert began + 100 <= float(client.now()) < began + 101

    asyncio.run(test())
