"""Volumes (api/server/router/volume of moby 28.5).  Not modelled: cluster volumes."""

from __future__ import annotations

from collections.abc import Mapping

from vnetsim.serve.backend import Backend
from vnetsim.serve.bodies import checked
from vnetsim.serve.messages import NO_CONTENT, ApiRequest, Response, json_response
from vnetsim.serve.router.routes import ApiRoute


class VolumeRouter:
    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def list(self, request: ApiRequest, _names: Mapping[str, str]) -> Response:
        return json_response({"Volumes": self._backend.engine.volume_list(request.filters()), "Warnings": None})

    async def inspect(self, _request: ApiRequest, names: Mapping[str, str]) -> Response:
        return json_response(self._backend.engine.volume_inspect(names["name"]))

    async def create(self, request: ApiRequest, _names: Mapping[str, str]) -> Response:
        body = checked(request.json(), "CreateOptions")
        return json_response(await self._backend.complete(self._backend.engine.volume_create(body)), 201)

    async def delete(self, request: ApiRequest, names: Mapping[str, str]) -> Response:
        removal = self._backend.engine.volume_delete(names["name"], force=request.flag("force"))
        await self._backend.complete(removal)
        return NO_CONTENT

    async def prune(self, request: ApiRequest, _names: Mapping[str, str]) -> Response:
        filters = dict(request.filters())
        if not request.since(1, 42):
            # Older clients prune volumes with names, too.
            filters.setdefault("all", ["true"])
        return json_response(await self._backend.complete(self._backend.engine.volume_prune(filters)))


def routes(backend: Backend) -> list[ApiRoute]:
    router = VolumeRouter(backend)
    return [
        ApiRoute("GET", "/volumes", router.list),
        ApiRoute("GET", "/volumes/{name:.*}", router.inspect),
        ApiRoute("POST", "/volumes/create", router.create),
        ApiRoute("POST", "/volumes/prune", router.prune),
        ApiRoute("DELETE", "/volumes/{name:.*}", router.delete),
    ]
