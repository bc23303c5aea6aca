"""Containers (api/server/router/container of moby 28.5).

Not modelled: checkpoints, the size of a terminal; `archive` is in its own module.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Final

from vnetsim.docker.api.types import Json
from vnetsim.docker.gotypes import quote
from vnetsim.docker.runconfig.config import CONFIG
from vnetsim.docker.runconfig.platform import is_own
from vnetsim.errors import EngineError, NotModelled, VnetsimError
from vnetsim.serve.backend import Backend
from vnetsim.serve.bodies import checked
from vnetsim.serve.messages import (
    JSON,
    NO_CONTENT,
    NOT_MODIFIED,
    ApiRequest,
    ApiResponse,
    Response,
    json_line,
    json_response,
)
from vnetsim.serve.router.routes import ApiRoute
from vnetsim.serve.strconv import NumError, optional_atoi, parse_int

_CONDITIONS: Final = {"": "not-running", "not-running": "not-running", "next-exit": "next-exit", "removed": "removed"}


class ContainerRouter:
    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    # --- what there is -----------------------------------------------------------------------------------------------

    async def list(self, request: ApiRequest, _names: Mapping[str, str]) -> Response:
        found = self._backend.engine.container_list(
            all=request.flag("all"), filters=request.filters(), limit=optional_atoi(request.text("limit"))
        )
        if request.flag("size"):
            found = [{**container, **self._size(container["Id"])} for container in found]
        return json_response(found)

    def _size(self, container: str) -> Json:
        """Without a size of 0, as the engine leaves it out of lists."""
        return {name: size for name, size in self._backend.engine.container_size(container).items() if size}

    async def inspect(self, request: ApiRequest, names: Mapping[str, str]) -> Response:
        found = self._backend.engine.container_inspect(names["name"])
        if request.flag("size"):
            found = {**found, **self._backend.engine.container_size(found["Id"])}
        return json_response(found)

    async def top(self, request: ApiRequest, names: Mapping[str, str]) -> Response:
        found = self._backend.engine.container_top(names["name"], request.text("ps_args"))
        return json_response({"Processes": found["Processes"], "Titles": found["Titles"]})

    # --- operations --------------------------------------------------------------------------------------------------

    async def create(self, request: ApiRequest, _names: Mapping[str, str]) -> Response:
        body = checked(request.required_json(), "")
        if not set(body) & set(CONFIG):
            raise EngineError(400, "config cannot be empty in order to create a container")
        if not is_own(request.text("platform")):
            unavailable = "was found but does not provide the specified platform"
            raise EngineError(404, f"image with reference {body.get('Image')} {unavailable}")
        name = request.text("name") or None
        return json_response(await self._backend.complete(self._backend.engine.container_create(body, name)), 201)

    def _runs(self, name: str) -> bool:
        running: bool = self._backend.engine.container_inspect(name)["State"]["Running"]
        return running

    async def start(self, request: ApiRequest, names: Mapping[str, str]) -> Response:
        if request.body:
            removed = (
                "starting container with non-empty request body was deprecated since API v1.22 and removed in v1.24"
            )
            raise EngineError(400, removed)
        if request.text("checkpoint"):
            raise NotModelled("docker start --checkpoint")
        runs = self._runs(names["name"])
        await self._backend.complete(self._backend.engine.container_start(names["name"]))
        return NOT_MODIFIED if runs else NO_CONTENT

    async def stop(self, request: ApiRequest, names: Mapping[str, str]) -> Response:
        timeout = optional_atoi(request.text("t"))
        runs = self._runs(names["name"])
        stopping = self._backend.engine.container_stop(names["name"], timeout, request.text("signal"))
        await self._backend.complete(stopping)
        return NO_CONTENT if runs else NOT_MODIFIED

    async def restart(self, request: ApiRequest, names: Mapping[str, str]) -> Response:
        timeout = optional_atoi(request.text("t"))
        await self._backend.complete(
            self._backend.engine.container_restart(names["name"], timeout, request.text("signal"))
        )
        return NO_CONTENT

    async def kill(self, request: ApiRequest, names: Mapping[str, str]) -> Response:
        signal = request.text("signal") or "KILL"
        await self._backend.complete(self._backend.engine.container_kill(names["name"], signal))
        return NO_CONTENT

    async def pause(self, _request: ApiRequest, names: Mapping[str, str]) -> Response:
        await self._backend.complete(self._backend.engine.container_pause(names["name"]))
        return NO_CONTENT

    async def unpause(self, _request: ApiRequest, names: Mapping[str, str]) -> Response:
        await self._backend.complete(self._backend.engine.container_unpause(names["name"]))
        return NO_CONTENT

    async def rename(self, request: ApiRequest, names: Mapping[str, str]) -> Response:
        await self._backend.complete(self._backend.engine.container_rename(names["name"], request.text("name")))
        return NO_CONTENT

    async def update(self, request: ApiRequest, names: Mapping[str, str]) -> Response:
        body = checked(request.required_json(), "UpdateConfig")
        return json_response(await self._backend.complete(self._backend.engine.container_update(names["name"], body)))

    async def delete(self, request: ApiRequest, names: Mapping[str, str]) -> Response:
        await self._backend.complete(
            self._backend.engine.container_delete(
                names["name"], force=request.flag("force"), volumes=request.flag("v"), link=request.flag("link")
            )
        )
        return NO_CONTENT

    async def prune(self, request: ApiRequest, _names: Mapping[str, str]) -> Response:
        return json_response(await self._backend.complete(self._backend.engine.container_prune(request.filters())))

    async def wait(self, request: ApiRequest, names: Mapping[str, str]) -> Response:
        """The head of the answer is sent at once, so that a client can wait first and start then."""
        condition = _CONDITIONS.get(request.text("condition") if request.since(1, 30) else "")
        if condition is None:
            raise EngineError(400, f"invalid condition: {quote(request.text('condition'))}")
        found = self._backend.engine.container_inspect(names["name"])
        waited = self._waited(found["Id"], condition, hurries=found["State"]["Running"])
        return ApiResponse(stream=waited, headers={"Content-Type": JSON})

    async def _waited(self, container: str, condition: str, *, hurries: bool) -> AsyncIterator[bytes]:
        """Unhurried where it does not run yet: `docker run` waits first, and with -d it leaves after the start."""
        waiting = self._backend.engine.container_wait(container, condition)
        try:
            yield json_line(await self._backend.complete(waiting, follows_client=True, hurries=lambda: hurries))
        except VnetsimError as error:
            yield json_line({"StatusCode": 0, "Error": {"Message": getattr(error, "message", str(error))}})

    async def resize(self, request: ApiRequest, names: Mapping[str, str]) -> Response:
        height, width = (_size(request, name, what) for name, what in (("h", "height"), ("w", "width")))
        self._backend.engine.container_resize(names["name"], height, width)
        return ApiResponse()


def _size(request: ApiRequest, name: str, what: str) -> int:
    """httputils.Uint32Value."""
    text = request.text(name)
    try:
        number = parse_int(text)
        if not 0 <= number < 1 << 32:
            raise NumError("ParseInt", text, "value out of range")
    except NumError as error:
        raise EngineError(400, f"invalid resize {what} {quote(text)}: {error.reason}") from None
    return number


def routes(backend: Backend) -> list[ApiRoute]:
    router = ContainerRouter(backend)
    posts = {
        "start": router.start, "stop": router.stop, "restart": router.restart, "kill": router.kill,
        "pause": router.pause, "unpause": router.unpause, "rename": router.rename, "update": router.update,
        "wait": router.wait, "resize": router.resize,
    }  # fmt: skip
    return [
        ApiRoute("GET", "/containers/json", router.list),
        ApiRoute("GET", "/containers/{name:.*}/json", router.inspect),
        ApiRoute("GET", "/containers/{name:.*}/top", router.top),
        ApiRoute("POST", "/containers/create", router.create),
        ApiRoute("POST", "/containers/prune", router.prune),
        *(ApiRoute("POST", f"/containers/{{name:.*}}/{verb}", handler) for verb, handler in posts.items()),
        ApiRoute("DELETE", "/containers/{name:.*}", router.delete),
    ]
