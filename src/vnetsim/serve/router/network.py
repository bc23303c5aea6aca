"""Networks (api/server/router/network of moby 28.5)."""

from __future__ import annotations

from collections.abc import Mapping

from vnetsim.docker.gotypes import parse_bool
from vnetsim.errors import EngineError
from vnetsim.serve.backend import Backend
from vnetsim.serve.bodies import checked
from vnetsim.serve.messages import NO_CONTENT, ApiRequest, ApiResponse, Response, json_response
from vnetsim.serve.router.routes import ApiRoute
from vnetsim.serve.router.swarm import NOT_A_MANAGER


class NetworkRouter:
    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def list(self, request: ApiRequest, _names: Mapping[str, str]) -> Response:
        engine = self._backend.engine
        found = engine.network_list(request.filters())
        if not request.since(1, 28):
            # The client shows what is connected from the list.
            found = [engine.network_inspect(network["Id"]) for network in found]
        return json_response(found)

    async def inspect(self, request: ApiRequest, names: Mapping[str, str]) -> Response:
        verbose = request.text("verbose")
        try:
            _ = parse_bool(verbose) if verbose else False
        except ValueError:
            problem = f'strconv.ParseBool: parsing "{verbose}": invalid syntax'
            raise EngineError(400, f"invalid value for verbose: {verbose}: {problem}") from None
        found = self._backend.engine.network_inspect(names["id"])
        if request.text("scope") not in ("", found["Scope"]):
            raise EngineError(404, f"network {names['id']} not found")
        return json_response(found)

    async def create(self, request: ApiRequest, _names: Mapping[str, str]) -> Response:
        body = checked(request.required_json(), "CreateRequest")
        if body.get("Driver") == "overlay":
            raise EngineError(403, NOT_A_MANAGER)
        return json_response(await self._backend.complete(self._backend.engine.network_create(body)), 201)

    async def connect(self, request: ApiRequest, names: Mapping[str, str]) -> Response:
        body = checked(request.required_json(), "ConnectOptions")
        await self._backend.complete(self._backend.engine.network_connect(names["id"], body))
        return ApiResponse()

    async def disconnect(self, request: ApiRequest, names: Mapping[str, str]) -> Response:
        body = checked(request.required_json(), "DisconnectOptions")
        await self._backend.complete(self._backend.engine.network_disconnect(names["id"], body))
        return ApiResponse()

    async def delete(self, _request: ApiRequest, names: Mapping[str, str]) -> Response:
        await self._backend.complete(self._backend.engine.network_delete(names["id"]))
        return NO_CONTENT

    async def prune(self, request: ApiRequest, _names: Mapping[str, str]) -> Response:
        return json_response(await self._backend.complete(self._backend.engine.network_prune(request.filters())))


def routes(backend: Backend) -> list[ApiRoute]:
    router = NetworkRouter(backend)
    return [
        ApiRoute("GET", "/networks", router.list),
        ApiRoute("GET", "/networks/", router.list),
        ApiRoute("GET", "/networks/{id:.*}", router.inspect),
        ApiRoute("POST", "/networks/create", router.create),
        ApiRoute("POST", "/networks/{id:.*}/connect", router.connect),
        ApiRoute("POST", "/networks/{id:.*}/disconnect", router.disconnect),
        ApiRoute("POST", "/networks/prune", router.prune),
        ApiRoute("DELETE", "/networks/{id:.*}", router.delete),
    ]
