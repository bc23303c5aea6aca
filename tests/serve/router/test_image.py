"""Images by the API."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.serve.clients import served


def test_a_pull_reports_its_progress_in_lines_of_json() -> None:
    async def main() -> None:
        async with served() as client:
            body = (await client.ask("POST", "/images/create?fromImage=alpine&tag=3.10")).body
            lines = [json.loads(line) for line in body.splitlines()]
            assert lines[0] == {"status": "Pulling from library/alpine", "id": "3.10"}
            assert lines[-1] == {"status": "Status: Downloaded newer image for alpine:3.10"}
            assert "alpine:3.10" in (await client.get("/images/alpine:3.10/json"))["RepoTags"]

    asyncio.run(main())


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/images/load"), ("GET", "/images/get"), ("GET", "/images/nginx/get"), ("POST", "/images/nginx/push"),
     ("GET", "/images/search"), ("POST", "/commit"), ("POST", "/images/create?fromSrc=-")],
)  # fmt: skip
def test_what_has_no_layers_is_refused_by_name(method: str, path: str) -> None:
    async def main() -> None:
        async with served() as client:
            reply = await client.ask(method, path)
            assert reply.status == 501
            assert reply.message.startswith("vnetsim: not modelled: ")

    asyncio.run(main())
