"""Ping, version, info, events, disk usage (api/server/router/system of moby 28.5).

The builder is advertised as by an engine with the feature "buildkit" off (recorded: `dockerd --feature
buildkit=false`): clients before 23.0 then use the classic one by themselves.

Not modelled: registries to log in to, BuildKit (its sessions, its gRPC services).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Final

from vnetsim.clock import SECOND
from vnetsim.docker.api.types import Filters, Json
from vnetsim.errors import EngineError, NotModelled
from vnetsim.serve.backend import Backend
from vnetsim.serve.messages import ApiRequest, ApiResponse, Response, json_line, json_response
from vnetsim.serve.router.routes import ApiRoute
from vnetsim.serve.strconv import parse_timestamp

#: Clients print it: what they can do.
NO_BUILDKIT: Final = "builds with BuildKit: set DOCKER_BUILDKIT=0 for the classic builder"
_PING: Final = {
    "Builder-Version": "1",
    "Cache-Control": "no-cache, no-store, must-revalidate",
    "Content-Type": "text/plain; charset=utf-8",
    "Pragma": "no-cache",
    "Swarm": "inactive",
}


class SystemRouter:
    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def ping(self, request: ApiRequest, _names: Mapping[str, str]) -> Response:
        body = b"" if request.method == "HEAD" else self._backend.engine.ping().encode()
        return ApiResponse(body=body, headers=_PING)

    async def version(self, _request: ApiRequest, _names: Mapping[str, str]) -> Response:
        return json_response(self._backend.engine.system_version())

    async def info(self, request: ApiRequest, _names: Mapping[str, str]) -> Response:
        found = self._backend.engine.system_info()
        return json_response(found if request.since(1, 50) else _older_info(request, found))

    async def auth(self, _request: ApiRequest, _names: Mapping[str, str]) -> Response:
        raise NotModelled("logging in to a registry")

    async def session(self, request: ApiRequest, _names: Mapping[str, str]) -> Response:
        if not request.upgrades:
            raise EngineError(400, "no upgrade proto in request")
        raise NotModelled(NO_BUILDKIT)

    # --- events ------------------------------------------------------------------------------------------------------

    async def events(self, request: ApiRequest, _names: Mapping[str, str]) -> Response:
        since, until = _time(request.text("since")), _time(request.text("until"))
        if since is not None and until is not None and since > until:
            raise EngineError(
                400,
                f'`since` time ("{request.text("since")}") cannot be after `until` time ("{request.text("until")}")',
            )
        stream = self._events(request.filters(), since, until)
        return ApiResponse(stream=stream, headers={"Content-Type": "application/json"})

    async def _events(self, filters: Filters, since: int | None, until: int | None) -> AsyncIterator[bytes]:
        """Those since `since`, or from now on; up to `until`, or without end."""
        backend = self._backend
        known = backend.engine.system_event_count() if since is None else 0
        while True:
            wanted = backend.engine.system_events(filters, known)
            known = backend.engine.system_event_count()
            for event in wanted:
                if _between(event, since, until):
                    yield json_line(event)
            left = None if until is None else until - backend.machine.wall_clock()
            if left is not None and left <= 0:
                return
            await backend.pace.moved(left and left / SECOND)

    # --- disk usage --------------------------------------------------------------------------------------------------

    async def disk_usage(self, request: ApiRequest, _names: Mapping[str, str]) -> Response:
        wanted = request.query.get("type", ())
        for kind in wanted:
            if kind not in _KINDS:
                raise EngineError(400, f"unknown object type: {kind}")
        kinds = wanted or _KINDS
        found = self._backend.engine.system_disk_usage()
        keys = {"Images": "image", "Containers": "container", "Volumes": "volume", "BuildCache": "build-cache"}
        shown = {key: value if keys.get(key, "image") in kinds else None for key, value in found.items()}
        return json_response({**shown, "LayersSize": shown["LayersSize"] or 0})


def _older_info(request: ApiRequest, info: Json) -> Json:
    """What versions before 1.50 have otherwise; their keys are sorted (getInfo of system_routes.go)."""
    found = {**info, "BridgeNfIptables": False, "BridgeNfIp6tables": False}
    if not request.since(1, 49):
        found.pop("FirewallBackend", None)
        commits = ("ContainerdCommit", "RuncCommit", "InitCommit")
        found |= {key: {"Expected": info[key]["ID"], **info[key]} for key in commits}
    if not request.since(1, 47):
        artifacts = ("AllowNondistributableArtifactsCIDRs", "AllowNondistributableArtifactsHostnames")
        found["RegistryConfig"] = {**dict.fromkeys(artifacts), **info["RegistryConfig"]}
    if not request.since(1, 46):
        found.pop("Containerd", None)
    if not request.since(1, 42):
        found["KernelMemory"] = True
    return dict(sorted(found.items()))


_KINDS: Final = ("container", "image", "volume", "build-cache")


def _time(text: str) -> int | None:
    """None for ""."""
    return parse_timestamp(text) if text else None


def _between(event: Json, since: int | None, until: int | None) -> bool:
    at = event["timeNano"]
    return (since is None or at >= since) and (until is None or at <= until)


def routes(backend: Backend) -> list[ApiRoute]:
    router = SystemRouter(backend)
    return [
        ApiRoute("GET", "/_ping", router.ping),
        ApiRoute("HEAD", "/_ping", router.ping),
        ApiRoute("GET", "/version", router.version),
        ApiRoute("GET", "/info", router.info),
        ApiRoute("GET", "/events", router.events),
        ApiRoute("GET", "/system/df", router.disk_usage),
        ApiRoute("POST", "/auth", router.auth),
        ApiRoute("POST", "/session", router.session),
        ApiRoute("POST", "/grpc", router.session),
    ]
