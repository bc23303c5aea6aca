"""Swarm, as an engine that is in none answers (api/server/router/swarm, daemon/cluster of moby 28.5).

Not modelled: Swarm itself; `swarm init` is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from vnetsim.errors import EngineError, NotModelled
from vnetsim.serve.backend import Backend
from vnetsim.serve.messages import ApiRequest, Response
from vnetsim.serve.router.routes import ApiRoute
from vnetsim.serve.strconv import NumError, parse_uint

NOT_A_MANAGER: Final = (
    'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm '
    "and try again."
)
_LISTS: Final = ("nodes", "services", "tasks", "secrets", "configs")


async def _no_manager(_request: ApiRequest, _names: Mapping[str, str]) -> Response:
    raise EngineError(503, NOT_A_MANAGER)


async def _no_member(_request: ApiRequest, _names: Mapping[str, str]) -> Response:
    raise EngineError(503, "This node is not part of a swarm")


async def _refused(request: ApiRequest, _names: Mapping[str, str]) -> Response:
    raise NotModelled(f"docker swarm {request.path.rpartition('/')[2]}")


async def _update(request: ApiRequest, _names: Mapping[str, str]) -> Response:
    """The version of what is to be changed is read before the swarm is looked for."""
    kind = request.path.split("/")[1].removesuffix("s")
    try:
        parse_uint(request.text("version"))
    except NumError as error:
        reason = f" '{request.text('version')}': {error}" if kind not in ("secret", "config") else ""
        raise EngineError(400, f"invalid {kind} version{reason}") from None
    raise EngineError(503, NOT_A_MANAGER)


def routes(_backend: Backend) -> list[ApiRoute]:
    return [
        ApiRoute("POST", "/swarm/init", _refused),
        ApiRoute("POST", "/swarm/join", _refused),
        ApiRoute("POST", "/swarm/leave", _no_member),
        ApiRoute("GET", "/swarm", _no_manager),
        ApiRoute("GET", "/swarm/unlockkey", _no_manager),
        ApiRoute("POST", "/swarm/update", _update),
        ApiRoute("POST", "/swarm/unlock", _no_manager),
        *(ApiRoute("GET", f"/{kind}", _no_manager) for kind in _LISTS),
        *(ApiRoute("GET", f"/{kind}/{{id}}", _no_manager) for kind in _LISTS),
        *(ApiRoute("GET", f"/{kind}/{{id}}/logs", _no_manager) for kind in ("services", "tasks")),
        *(ApiRoute("DELETE", f"/{kind}/{{id}}", _no_manager) for kind in _LISTS),
        *(ApiRoute("POST", f"/{kind}/create", _no_manager) for kind in _LISTS[1:]),
        *(ApiRoute("POST", f"/{kind}/{{id}}/update", _update) for kind in _LISTS),
    ]
