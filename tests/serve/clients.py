"""Clients of the Engine API for tests, in the process of the server: no sockets, no clock of the computer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import attrs

from vnetsim import Lab
from vnetsim.serve.hijacked import hijacked_head
from vnetsim.serve.messages import ApiRequest, Hijack, parse_query, unescape
from vnetsim.serve.middleware import NEWEST
from vnetsim.serve.server import APIServer


@attrs.frozen
class Reply:
    """The whole answer to a request; `head` is that of a hijacked connection."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    head: str = ""

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def message(self) -> str:
        text: str = self.json()["message"]
        return text


class Script:
    """A hijacked connection whose client sends what it has to send, and then nothing more."""

    def __init__(self, sent: bytes, *, stays: bool = True, has_gone: Callable[[], bool] = lambda: False) -> None:
        self._sent, self._stays, self.has_gone = [sent] if sent else [], stays, has_gone
        self.received = b""

    async def read(self) -> bytes:
        if self._sent:
            return self._sent.pop()
        if self._stays:
            await asyncio.get_running_loop().create_future()
        return b""

    async def write(self, data: bytes) -> None:
        self.received += data

    def is_gone(self) -> bool:
        return self.has_gone()


class Client:
    """Asks a server; time passes only while an operation is waited for."""

    def __init__(self, server: APIServer) -> None:
        self.server = server

    def now(self) -> str:
        """The time of the simulated machine, in seconds since 1970 with nine decimals."""
        now = str(self.server.backend.machine.wall_clock())
        return f"{now[:-9]}.{now[-9:]}"

    async def ask(
        self, method: str, target: str, body: Any = None, headers: Mapping[str, str] | None = None, sent: bytes = b"",
        has_gone: Callable[[], bool] = lambda: False,
    ) -> Reply:  # fmt: skip
        """`body` is sent as JSON unless it is bytes; `sent` is what follows on a hijacked connection."""
        path, _, query = target.partition("?")
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        given = {"content-type": "application/json"} if headers is None and data else dict(headers or {})
        request = ApiRequest(
            method=method, path=unescape(path), version=NEWEST, query=parse_query(query), headers=given, body=data
        )
        response = await self.server.respond(request)
        if isinstance(response, Hijack):
            duplex = Script(sent, stays=not sent, has_gone=has_gone)
            await response.run(duplex)
            head = hijacked_head(request, response).decode("ascii")
            return Reply(int(head.split(" ")[1]), duplex.received, {}, head)
        pieces = [response.body]
        if response.stream is not None:
            pieces = [piece async for piece in response.stream]
        return Reply(response.status, b"".join(pieces), response.headers)

    async def happened(self, action: str) -> None:
        """Until there is such an event."""
        while not any(event["Action"] == action for event in self.server.backend.engine.system_events()):
            await asyncio.sleep(0)

    async def get(self, target: str) -> Any:
        reply = await self.ask("GET", target)
        assert reply.status == 200, reply
        return reply.json()

    async def post(self, target: str, body: Any = None) -> Any:
        reply = await self.ask("POST", target, body)
        assert reply.status in (200, 201, 204), reply
        return reply.json() if reply.body else None

    async def run(self, name: str, *command: str, **config: Any) -> str:
        """`docker run -d`: the id of the container."""
        made = await self.post(f"/containers/create?name={name}", {"Image": "busybox", "Cmd": list(command), **config})
        await self.post(f"/containers/{name}/start")
        identifier: str = made["Id"]
        return identifier


@asynccontextmanager
async def served(lab: Lab | None = None, **options: Any) -> AsyncIterator[Client]:
    """A server without listeners; the clock of the computer stands still."""
    server = APIServer(lab or Lab(docker=True), speed=options.pop("speed", None), wall=lambda: 0, **options)
    try:
        yield Client(server)
    finally:
        server.close()
        await server.wait_closed()
