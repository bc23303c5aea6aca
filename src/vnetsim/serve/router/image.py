"""Images (api/server/router/image of moby 28.5).

Not modelled: push, search, builds with BuildKit, contexts of builds that are URLs.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Generator, Mapping, Sequence
from typing import Any, Final

from vnetsim.docker.api.build import BuildFailed, BuildOptions
from vnetsim.docker.api.types import Json
from vnetsim.docker.gotypes import quote
from vnetsim.docker.images.archives import read_tree
from vnetsim.docker.images.reference import familiar_name
from vnetsim.docker.runconfig.platform import is_own
from vnetsim.errors import EngineError, NotModelled
from vnetsim.serve.backend import Backend
from vnetsim.serve.messages import (
    JSON,
    ApiRequest,
    ApiResponse,
    Handler,
    Response,
    go_complaint,
    json_line,
    json_response,
    parse_json,
)
from vnetsim.serve.router.routes import ApiRoute
from vnetsim.serve.router.system import NO_BUILDKIT
from vnetsim.serve.strconv import NumError, atoi, parse_int

#: Sizes of a cache of builds (parseBytesFromFormValue).
_KEPT: Final = ("reserved-space", "keep-storage", "max-used-space", "min-free-space")
#: What buildx starts as a builder of its own, when the engine has no BuildKit (driver/docker-container of buildx).
_BUILDKIT_IMAGE: Final = "moby/buildkit"
_TAR: Final = "application/x-tar"
#: A method of the router is called list.
_Messages = list[Json]


class ImageRouter:
    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def list(self, request: ApiRequest, _names: Mapping[str, str]) -> Response:
        found = self._backend.engine.image_list(all=request.flag("all"), filters=request.filters())
        if request.since(1, 51) and found:
            containers = self._backend.engine.container_list(all=True)
            found = [
                {**image, "Containers": sum(one["ImageID"] == image["Id"] for one in containers)} for image in found
            ]
        elif not request.since(1, 44):
            found = [{**image, "VirtualSize": image["Size"]} for image in found]
        return json_response(found)

    async def inspect(self, request: ApiRequest, names: Mapping[str, str]) -> Response:
        found = self._backend.engine.image_inspect(names["name"])
        return json_response(found if request.since(1, 44) else {**found, "VirtualSize": found["Size"]})

    async def history(self, _request: ApiRequest, names: Mapping[str, str]) -> Response:
        return json_response(self._backend.engine.image_history(names["name"]))

    async def create(self, request: ApiRequest, _names: Mapping[str, str]) -> Response:
        name, tag = request.text("fromImage"), request.text("tag")
        if not name:
            return await self._import(request)
        separator = "@" if tag.startswith("sha256:") else ":"
        reference = f"{name}{separator}{tag}" if tag else name
        if familiar_name(name) == _BUILDKIT_IMAGE:
            raise NotModelled(NO_BUILDKIT)
        lines = await self._backend.complete(self._backend.engine.image_create(reference))
        if not is_own(platform := request.text("platform")):
            raise NotModelled(f"an image of the platform {platform}")
        return ApiResponse(stream=_progress(lines, tag), headers={"Content-Type": JSON})

    async def _import(self, request: ApiRequest) -> Response:
        if request.text("fromSrc") != "-":
            raise NotModelled("an import from a URL")
        operation = self._backend.engine.image_import(
            request.body, _named(request), message=request.text("message"), changes=request.query.get("changes", ())
        )
        return _stream([{"status": await self._backend.complete(operation)}])

    async def tag(self, request: ApiRequest, names: Mapping[str, str]) -> Response:
        repository, tag = request.text("repo"), request.text("tag")
        target = f"{repository}:{tag}" if tag else repository
        await self._backend.complete(self._backend.engine.image_tag(names["name"], target))
        return ApiResponse(status=201)

    async def delete(self, request: ApiRequest, names: Mapping[str, str]) -> Response:
        if not names["name"].strip():
            raise EngineError(400, "image name cannot be blank")
        operation = self._backend.engine.image_delete(
            names["name"], force=request.flag("force"), prune=not request.flag("noprune")
        )
        return json_response(await self._backend.complete(operation))

    async def prune(self, request: ApiRequest, _names: Mapping[str, str]) -> Response:
        return json_response(await self._backend.complete(self._backend.engine.image_prune(request.filters())))

    async def search(self, request: ApiRequest, _names: Mapping[str, str]) -> Response:
        _checked_atoi(request, "limit", "invalid limit specified: ")
        raise NotModelled("docker search: no registry is searched")

    async def build_prune(self, request: ApiRequest, _names: Mapping[str, str]) -> Response:
        """There is never a cache: how much of it is kept is checked only."""
        filters = request.filters()
        for name in _KEPT:
            _checked_atoi(request, name, f"{name} is in bytes and expects an integer, got {request.text(name)}: ")
        return json_response(await self._backend.complete(self._backend.engine.build_prune(filters)))

    # --- archives ----------------------------------------------------------------------------------------------------

    async def save(self, request: ApiRequest, names: Mapping[str, str]) -> Response:
        wanted = [names["name"]] if "name" in names else list(request.query.get("names", ()))
        archive = await self._backend.complete(self._backend.engine.image_save(wanted))
        return ApiResponse(body=archive, headers={"Content-Type": _TAR})

    async def load(self, request: ApiRequest, _names: Mapping[str, str]) -> Response:
        messages: _Messages = []
        operation = self._backend.engine.image_load(request.body, messages.append, quiet=request.flag("quiet"))
        return await self._streamed(operation, messages, begun=True)

    async def commit(self, request: ApiRequest, _names: Mapping[str, str]) -> Response:
        operation = self._backend.engine.image_commit(
            request.text("container"), _named(request), comment=request.text("comment"), author=request.text("author"),
            changes=request.query.get("changes", ()), config=request.json() if request.body else None,
        )  # fmt: skip
        return json_response(await self._backend.complete(operation), status=201)

    async def build(self, request: ApiRequest, _names: Mapping[str, str]) -> Response:
        if request.text("version") not in ("", "1", "2"):
            raise EngineError(400, f"invalid version {quote(request.text('version'))}")
        if request.text("version") == "2":
            raise NotModelled(NO_BUILDKIT)
        if request.text("remote"):
            raise NotModelled("docker build with a URL")
        messages: _Messages = []
        options = _options(request)
        operation = self._backend.engine.image_build(read_tree(request.body), options, messages.append)

        def warn(sentence: str) -> None:
            if not options.quiet:
                messages.append({"stream": f"[Warning] vnetsim: {sentence}\n"})

        with self._backend.hearing(warn):
            return await self._streamed(operation, messages)

    async def _streamed(
        self, operation: Generator[Any, Any, object], messages: _Messages, *, begun: bool = False
    ) -> Response:
        """What it reported; an error once the stream has begun is a message, too (jsonmessage), and so is what is not
        modelled."""
        try:
            await self._backend.complete(operation)
        except (EngineError, NotModelled) as error:
            if not messages and not begun:
                raise
            code = {"code": error.code} if isinstance(error, BuildFailed) else {}
            said = error.message if isinstance(error, EngineError) else str(error)
            messages.append({"errorDetail": {**code, "message": said}, "error": said})
        return _stream(messages)


def _named(request: ApiRequest) -> str:
    """The reference of `repo` and `tag`."""
    repository, tag = request.text("repo"), request.text("tag")
    return f"{repository}:{tag}" if tag else repository


def _options(request: ApiRequest) -> BuildOptions:
    """newImageBuildOptions; EngineError 400 for what is no JSON."""
    return BuildOptions(
        tags=tuple(filter(None, request.query.get("t", ()))), dockerfile=request.text("dockerfile") or "Dockerfile",
        args=_texts(request, "buildargs"), labels={k: v or "" for k, v in _texts(request, "labels").items()},
        target=request.text("target"), network=request.text("networkmode"),
        extra_hosts=tuple(filter(None, request.query.get("extrahosts", ()))), no_cache=request.flag("nocache"),
        quiet=request.flag("q"), remove=request.flag("rm", default=True), force_remove=request.flag("forcerm"),
        pull=request.flag("pull"), limits=_limits(request), isolation=request.text("isolation"),
        security=tuple(map(str, _array(request, "securityopt", "security"))), squash=request.flag("squash"),
        platform=request.text("platform"), cache_from=tuple(map(str, _array(request, "cachefrom", "cache-from"))),
    )  # fmt: skip


def _limits(request: ApiRequest) -> dict[str, int | str]:
    """httputils.Int64ValueOrZero but for `shmsize`; EngineError 500, 400 for ulimits that are no JSON."""
    try:
        parse_int(request.text("shmsize") or "0")
    except NumError as error:
        raise error.of_engine from None
    _array(request, "ulimits", "ulimit settings")
    numbers = {"Memory": "memory", "MemorySwap": "memswap", "CpuPeriod": "cpuperiod", "CpuQuota": "cpuquota"}
    found: dict[str, int | str] = {field: _or_zero(request.text(name)) for field, name in numbers.items()}
    return found | {"CpusetCpus": request.text("cpusetcpus"), "CpusetMems": request.text("cpusetmems")}


def _checked_atoi(request: ApiRequest, name: str, complaint: str) -> None:
    """EngineError 400 for a parameter that is given and is no number."""
    try:
        atoi(request.text(name) or "0")
    except NumError as error:
        raise EngineError(400, f"{complaint}{error}") from None


def _or_zero(text: str) -> int:
    try:
        return parse_int(text)
    except ValueError:
        return 0


def _array(request: ApiRequest, name: str, what: str) -> list[Any]:
    """A parameter that is a JSON array; EngineError 400."""
    text = request.text(name)
    try:
        found = json.loads(text) if text else []
    except (ValueError, RecursionError):
        raise EngineError(400, f"error reading {what}: {go_complaint(text)}") from None
    if not isinstance(found, list | None):
        raise EngineError(400, f"error reading {what}: expected an array")
    return found or []


def _texts(request: ApiRequest, name: str) -> dict[str, str | None]:
    """A parameter that is a JSON object of texts."""
    text = request.text(name)
    found = parse_json(text.encode()) if text else {}
    if not isinstance(found, dict) or not all(isinstance(value, str | None) for value in found.values()):
        raise EngineError(400, f"error reading {name}: expected an object of strings")
    return {str(key): value for key, value in found.items()}


def _stream(messages: Sequence[Json]) -> ApiResponse:
    """In pieces: clients tell a stream from an object by its chunks."""

    async def pieces() -> AsyncIterator[bytes]:
        for message in messages:
            yield json_line(message)

    return ApiResponse(stream=pieces(), headers={"Content-Type": JSON})


async def _progress(lines: list[str], tag: str) -> AsyncIterator[bytes]:
    """jsonmessage: the lines of `docker pull`."""
    for line in lines:
        what, separator, rest = line.partition(": Pulling from ")
        message: Json = {"status": f"Pulling from {rest}", "id": what} if separator else {"status": line}
        yield json_line(message)
    del tag


def _not_modelled(what: str) -> Handler:
    async def refuse(_request: ApiRequest, _names: Mapping[str, str]) -> Response:
        raise NotModelled(what)

    return refuse


def routes(backend: Backend) -> list[ApiRoute]:
    router = ImageRouter(backend)
    return [
        ApiRoute("GET", "/images/json", router.list),
        ApiRoute("GET", "/images/search", router.search),
        ApiRoute("GET", "/images/get", router.save),
        ApiRoute("GET", "/images/{name:.*}/get", router.save),
        ApiRoute("GET", "/images/{name:.*}/history", router.history),
        ApiRoute("GET", "/images/{name:.*}/json", router.inspect),
        ApiRoute("POST", "/images/load", router.load),
        ApiRoute("POST", "/images/create", router.create),
        ApiRoute("POST", "/images/{name:.*}/push", _not_modelled("docker push")),
        ApiRoute("POST", "/images/{name:.*}/tag", router.tag),
        ApiRoute("POST", "/images/prune", router.prune),
        ApiRoute("DELETE", "/images/{name:.*}", router.delete),
        ApiRoute("GET", "/distribution/{name:.*}/json", _not_modelled("manifests of registries")),
        ApiRoute("POST", "/build", router.build),
        ApiRoute("POST", "/build/prune", router.build_prune),
        ApiRoute("POST", "/build/cancel", _not_modelled("docker build")),
        ApiRoute("POST", "/commit", router.commit),
    ]
