"""Further programs in containers: exec (api/server/router/container/exec.go of moby 28.5).

Once the streams are the client's, an error is a line of standard output, as it is with dockerd.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from vnetsim.docker.api.types import Json
from vnetsim.errors import EngineError, VnetsimError
from vnetsim.serve.attached import attached
from vnetsim.serve.backend import Backend, client_streams
from vnetsim.serve.bodies import checked
from vnetsim.serve.messages import (
    HEADERS,
    RAW_STREAM,
    ApiRequest,
    ApiResponse,
    Duplex,
    Hijack,
    Response,
    json_response,
)
from vnetsim.serve.router.routes import ApiRoute

_ESCAPED: Final = "exec attach failed: error on attach stdin: read escape sequence\n"


class ExecRouter:
    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def create(self, request: ApiRequest, names: Mapping[str, str]) -> Response:
        body = checked(request.required_json(), "ExecOptions")
        creation = self._backend.engine.exec_create(names["name"], body)
        return json_response(await self._backend.complete(creation), 201)

    async def inspect(self, _request: ApiRequest, names: Mapping[str, str]) -> Response:
        return json_response(self._backend.engine.exec_inspect(names["id"]))

    async def start(self, request: ApiRequest, names: Mapping[str, str]) -> Response:
        body, exec_id = checked(request.json(), "ExecStartOptions"), names["id"]
        found = self._backend.engine.exec_inspect(exec_id)
        if body.get("Detach"):
            await self._backend.complete(self._backend.engine.exec_start(exec_id, detach=True))
            return ApiResponse()
        tty = bool(body.get("Tty"))
        media_type = request.stream_type(tty=tty) if request.upgrades else RAW_STREAM

        async def run(duplex: Duplex) -> None:
            await self._attached(duplex, exec_id, found, tty=tty)

        return Hijack(media_type=media_type, run=run, headers=HEADERS)

    async def _attached(self, duplex: Duplex, exec_id: str, found: Json, *, tty: bool) -> None:
        engine = self._backend.engine
        terminal = engine.exec_terminal(exec_id)
        async with attached(self._backend, duplex, stdin=bool(found["OpenStdin"]) and terminal is None) as client:
            # The client says whether it reads frames, whatever the exec was made with.
            stdout, stderr = client_streams(client.output, tty=found["ProcessConfig"]["tty"], framed=not tty)
            if terminal is not None:
                terminal.screens.append(stdout)
            client.listen(terminal, found["DetachKeys"])
            running = engine.exec_start(
                exec_id,
                client.stdin,
                stdout if found["OpenStdout"] else None,
                stderr if found["OpenStderr"] else None,
            )
            try:
                # When the client has gone the program goes on, and no client waits for it.
                ending = self._backend.complete(running, follows_client=terminal is not None, hurries=client.is_there)
                left = await client.until_left(ending)
            except VnetsimError as error:
                stdout.write(f"{getattr(error, 'message', error)}\r\n")
                return
            if left:
                engine.exec_detach(exec_id)
                if client.by_keys:
                    stdout.write(_ESCAPED)

    async def resize(self, _request: ApiRequest, names: Mapping[str, str]) -> Response:
        found = self._backend.engine.exec_inspect(names["id"])
        if not found["Running"]:
            raise EngineError(404, f"NotFound: process does not exist {found['ID']}: not found")
        return ApiResponse()


def routes(backend: Backend) -> list[ApiRoute]:
    router = ExecRouter(backend)
    return [
        ApiRoute("POST", "/containers/{name:.*}/exec", router.create),
        ApiRoute("GET", "/exec/{id:.*}/json", router.inspect),
        ApiRoute("POST", "/exec/{id:.*}/start", router.start),
        ApiRoute("POST", "/exec/{id:.*}/resize", router.resize),
    ]
