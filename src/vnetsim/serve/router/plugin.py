"""Plugins: there are none (api/server/router/plugin of moby 28.5).

Not modelled: managed plugins; installing one is refused.
"""

from __future__ import annotations

from collections.abc import Mapping

from vnetsim.docker.gotypes import quote
from vnetsim.errors import EngineError, NotModelled
from vnetsim.serve.backend import Backend
from vnetsim.serve.messages import ApiRequest, Response, json_response
from vnetsim.serve.router.routes import ApiRoute
from vnetsim.serve.strconv import NumError, atoi


async def _list(request: ApiRequest, _names: Mapping[str, str]) -> Response:
    request.filters()
    return json_response([])


async def _none(_request: ApiRequest, names: Mapping[str, str]) -> Response:
    raise EngineError(404, f"plugin {quote(names['name'])} not found")


async def _enable(request: ApiRequest, names: Mapping[str, str]) -> Response:
    try:
        atoi(request.text("timeout"))
    except NumError as error:
        raise error.of_engine from None
    return await _none(request, names)


async def _refused(_request: ApiRequest, _names: Mapping[str, str]) -> Response:
    raise NotModelled("managed plugins")


def routes(_backend: Backend) -> list[ApiRoute]:
    return [
        ApiRoute("GET", "/plugins", _list),
        ApiRoute("GET", "/plugins/privileges", _refused),
        ApiRoute("GET", "/plugins/{name:.*}/json", _none),
        ApiRoute("DELETE", "/plugins/{name:.*}", _none),
        ApiRoute("POST", "/plugins/{name:.*}/enable", _enable),
        *(ApiRoute("POST", f"/plugins/{{name:.*}}/{verb}", _none) for verb in ("disable", "set", "upgrade")),
        ApiRoute("POST", "/plugins/pull", _refused),
        ApiRoute("POST", "/plugins/create", _refused),
        ApiRoute("POST", "/plugins/{name:.*}/push", _none),
    ]
