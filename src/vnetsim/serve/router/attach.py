"""Clients attached to the main process of a container (postContainersAttach and wsContainersAttach of
api/server/router/container, moby 28.5)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Final

import attrs

from vnetsim.docker.api.types import Json
from vnetsim.docker.term import parse_keys
from vnetsim.errors import EngineError
from vnetsim.serve.attached import AttachedClient, attached
from vnetsim.serve.backend import Backend, client_streams
from vnetsim.serve.messages import RAW_STREAM, ApiRequest, Duplex, Hijack, Response
from vnetsim.serve.router.routes import ApiRoute
from vnetsim.serve.websocket import BINARY, TEXT, WebSocket, handshake

_STREAMS: Final = ("stdin", "stdout", "stderr")


class AttachRouter:
    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def attach(self, request: ApiRequest, names: Mapping[str, str]) -> Response:
        try:
            found = self._find(request, names["name"])
        except EngineError as error:
            return refused_stream(error)
        tty: bool = found["Config"]["Tty"]
        media_type = request.stream_type(tty=tty) if request.upgrades else RAW_STREAM

        async def run(duplex: Duplex) -> None:
            await self._attached(request, duplex, found, framed=not tty)

        return Hijack(media_type=media_type, run=run)

    async def attach_websocket(self, request: ApiRequest, names: Mapping[str, str]) -> Response:
        """Nothing is multiplexed: a frame does not say which stream it is of."""
        found = self._find(request, names["name"])
        accepted, head = handshake(request.headers)
        if not request.since(1, 42):
            request = attrs.evolve(request, query={**request.query, **{stream: ["1"] for stream in _STREAMS}})

        async def run(duplex: Duplex) -> None:
            if accepted:
                socket = WebSocket(duplex, BINARY if request.since(1, 28) else TEXT)
                await self._attached(request, socket, found, framed=False)
                with contextlib.suppress(ConnectionError, TimeoutError):
                    await socket.close()

        return Hijack(media_type=RAW_STREAM, run=run, head=head)

    def _find(self, request: ApiRequest, name: str) -> Json:
        """EngineError 400, 404, 409: with bad keys, no such container, one that cannot be attached to now."""
        _check_keys(request.text("detachKeys"))
        found = self._backend.engine.container_inspect(name)
        if found["State"]["Paused"]:
            raise EngineError(409, f"container {name} is paused, unpause the container before attach")
        if found["State"]["Restarting"]:
            raise EngineError(409, f"container {name} is restarting, wait until the container is running")
        return found

    async def _attached(self, request: ApiRequest, duplex: Duplex, found: Json, *, framed: bool) -> None:
        engine, container, tty = self._backend.engine, found["Id"], found["Config"]["Tty"]
        wants_stdin = request.flag("stdin") and found["Config"]["OpenStdin"]
        apart = isinstance(duplex, WebSocket) and not tty
        async with attached(self._backend, duplex, stdin=wants_stdin and not tty, apart=apart) as client:
            stdout, stderr = client.streams = client_streams(client.output, tty=tty, framed=framed)
            if request.flag("logs"):
                for stream, text in engine.container_logs(container):
                    if request.flag(stream):
                        (stdout if stream == "stdout" else stderr).write(text)
            if not request.flag("stream"):
                return
            # First of all: a start that fails at once closes the streams.
            end = asyncio.ensure_future(
                self._backend.complete(
                    engine.container_wait(container, "reset"),
                    follows_client=True,
                    hurries=lambda: client.is_there() and self._backend.runs(container),
                )
            )
            try:
                await self._backend.complete(
                    engine.container_attach(
                        container,
                        client.stdin,
                        stdout if request.flag("stdout") else None,
                        stderr if request.flag("stderr") else None,
                    )
                )
                await self._until_left(request, client, found, end)
            finally:
                end.cancel()
                await asyncio.gather(end, return_exceptions=True)

    async def _until_left(
        self, request: ApiRequest, client: AttachedClient, found: Json, end: asyncio.Future[Json]
    ) -> None:
        engine, container = self._backend.engine, found["Id"]
        try:
            terminal = engine.container_terminal(container)
        except EngineError:
            return  # its start has failed, and it went with that
        stdout, stderr = client.streams
        if terminal is not None and request.flag("stdout"):
            terminal.screens.append(stdout)
        wants_stdin = request.flag("stdin") and found["Config"]["OpenStdin"]
        keys = request.text("detachKeys")
        client.listen(terminal if wants_stdin else None, keys, ends_input=found["Config"]["StdinOnce"])
        if await client.until_left(end):
            engine.container_detach(container, stdout, stderr, by_keys=client.by_keys)


def _check_keys(text: str) -> None:
    """EngineError 400 for what are no detach keys."""
    try:
        parse_keys(text or "ctrl-p,ctrl-q")
    except ValueError:
        raise EngineError(400, f"Invalid detach keys ({text}) provided") from None


def refused_stream(error: EngineError) -> Hijack:
    """The connection is hijacked before the engine looks: its refusal is a line of text."""
    text = f"{error.message}\r\n".encode()

    async def run(duplex: Duplex) -> None:
        await duplex.write(text)

    return Hijack(media_type=RAW_STREAM, run=run, status=error.status)


def routes(backend: Backend) -> list[ApiRoute]:
    router = AttachRouter(backend)
    return [
        ApiRoute("POST", "/containers/{name:.*}/attach", router.attach),
        ApiRoute("GET", "/containers/{name:.*}/attach/ws", router.attach_websocket),
    ]
