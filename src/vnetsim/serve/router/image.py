"""Images (api/server/router/image of moby 28.5).

Not modelled: load, save, import, push, search, builds with BuildKit, commit, the contents of layers.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from vnetsim.docker.api.types import Json
from vnetsim.errors import EngineError, NotModelled
from vnetsim.serve.backend import Backend
from vnetsim.serve.messages import JSON, ApiRequest, ApiResponse, Handler, Response, json_line, json_response
from vnetsim.serve.router.routes import ApiRoute


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
        self._backend.engine.image_inspect(names["name"])
        raise NotModelled("the history of an image")

    async def create(self, request: ApiRequest, _names: Mapping[str, str]) -> Response:
        name, tag = request.text("fromImage"), request.text("tag")
        if not name:
            raise NotModelled("docker import")
        separator = "@" if tag.startswith("sha256:") else ":"
        reference = f"{name}{separator}{tag}" if tag else name
        lines = await self._backend.complete(self._backend.engine.image_create(reference))
        return ApiResponse(stream=_progress(lines, tag), headers={"Content-Type": JSON})

    async def tag(self, request: ApiRequest, names: Mapping[str, str]) -> Response:
        repository, tag = request.text("repo"), request.text("tag")
        target = f"{repository}:{tag}" if tag else repository
        await self._backend.complete(self._backend.engine.image_tag(names["name"], target))
        return ApiResponse(status=201)

    async def delete(self, _request: ApiRequest, names: Mapping[str, str]) -> Response:
        if not names["name"].strip():
            raise EngineError(400, "image name cannot be blank")
        return json_response(await self._backend.complete(self._backend.engine.image_delete(names["name"])))

    async def prune(self, request: ApiRequest, _names: Mapping[str, str]) -> Response:
        return json_response(await self._backend.complete(self._backend.engine.image_prune(request.filters())))

    async def build_prune(self, _request: ApiRequest, _names: Mapping[str, str]) -> Response:
        return json_response(await self._backend.complete(self._backend.engine.build_prune()))

    async def save(self, _request: ApiRequest, names: Mapping[str, str]) -> Response:
        try:
            self._backend.engine.image_inspect(names["name"])
        except EngineError as error:
            raise EngineError(error.status, f"No such image: {names['name']}") from None
        raise NotModelled("docker save: images have no layers")


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
        ApiRoute("GET", "/images/search", _not_modelled("docker search: no registry is searched")),
        ApiRoute("GET", "/images/get", _not_modelled("docker save: images have no layers")),
        ApiRoute("GET", "/images/{name:.*}/get", router.save),
        ApiRoute("GET", "/images/{name:.*}/history", router.history),
        ApiRoute("GET", "/images/{name:.*}/json", router.inspect),
        ApiRoute("POST", "/images/load", _not_modelled("docker load: images have no layers")),
        ApiRoute("POST", "/images/create", router.create),
        ApiRoute("POST", "/images/{name:.*}/push", _not_modelled("docker push")),
        ApiRoute("POST", "/images/{name:.*}/tag", router.tag),
        ApiRoute("POST", "/images/prune", router.prune),
        ApiRoute("DELETE", "/images/{name:.*}", router.delete),
        ApiRoute("GET", "/distribution/{name:.*}/json", _not_modelled("manifests of registries")),
        ApiRoute("POST", "/build", _not_modelled("docker build")),
        ApiRoute("POST", "/build/prune", router.build_prune),
        ApiRoute("POST", "/build/cancel", _not_modelled("docker build")),
        ApiRoute("POST", "/commit", _not_modelled("docker commit")),
    ]
