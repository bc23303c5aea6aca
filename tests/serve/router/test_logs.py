"""docker logs by the API."""

from __future__ import annotations

import asyncio

from tests.serve.clients import Client, served
from vnetsim.serve.stdcopy import split

_SCRIPT = "echo one; sleep 10; echo two; sleep 10; echo three >&2; printf four"


def frames(query: str, *, first: str = "") -> list[tuple[int, bytes]]:
    """What a client gets of the log of `_SCRIPT`; a request for `first` before its end."""

    async def main() -> bytes:
        async with served() as client:
            await client.run("web", "sh", "-c", _SCRIPT)
            following = asyncio.ensure_future(client.ask("GET", f"/containers/web/logs?{first}")) if first else None
            await client.post("/containers/web/wait")
            if following is not None:
                return (await following).body
            return (await client.ask("GET", f"/containers/web/logs?{query}")).body

    found, rest = split(asyncio.run(main()))
    assert rest == b""
    return found


EVERY = [(1, b"one\n"), (1, b"two\n"), (2, b"three\n"), (1, b"four")]


def test_a_log_has_lines_of_two_streams() -> None:
    assert frames("stdout=1&stderr=1") == EVERY
    assert frames("stderr=1") == [(2, b"three\n")]


def test_the_end_of_a_log() -> None:
    assert frames("stdout=1&stderr=1&tail=2") == EVERY[2:]
    assert frames("stdout=1&tail=0") == []
    assert frames("stdout=1&tail=all") == [EVERY[0], EVERY[1], EVERY[3]]


def test_a_log_is_followed_to_the_end_of_its_container() -> None:
    assert frames("", first="stdout=1&stderr=1&follow=1") == EVERY


def test_a_log_between_two_times() -> None:
    async def times(client: Client) -> list[str]:
        body = (await client.ask("GET", "/containers/web/logs?stdout=1&stderr=1&timestamps=1")).body
        return [line.decode().split(" ")[0] for _, line in split(body)[0]]

    async def main() -> list[tuple[int, bytes]]:
        async with served() as client:
            await client.run("web", "sh", "-c", _SCRIPT)
            await client.post("/containers/web/wait")
            stamps = await times(client)
            assert stamps == sorted(stamps)
            start = int(float(client.now())) - 15
            reply = await client.ask("GET", f"/containers/web/logs?stdout=1&stderr=1&since={start}&until={start + 10}")
            return split(reply.body)[0]

    assert asyncio.run(main()) == [(1, b"two\n")]
