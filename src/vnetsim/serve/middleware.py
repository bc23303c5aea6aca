"""What happens to every request: its version, the headers of its answer, errors as answers
(api/server/middleware, api/server/httpstatus of moby 28.5)."""

from __future__ import annotations

import re
from typing import Final

import attrs

from vnetsim.docker.daemon.info import API_VERSION, OLDEST_API_VERSION
from vnetsim.errors import BudgetExceeded, EngineError, NotModelled, UsageError, VnetsimError
from vnetsim.serve.messages import ApiRequest, ApiResponse, Handler, Response, json_response
from vnetsim.serve.router.routes import ApiRoutes

_VERSIONED: Final = re.compile(r"/v([0-9.]+)(/.*)", re.DOTALL)
_VERSION: Final = re.compile(r"[0-9]{1,9}\.[0-9]{1,9}", re.ASCII)
_OLD: Final = {"Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff"}
#: Not modelled: Docker has it, this engine does not (501, as dockerd for a driver that cannot read logs).
_NOT_IMPLEMENTED: Final = 501


def numbers(version: str) -> tuple[int, int]:
    major, _, minor = version.partition(".")
    return int(major), int(minor)


NEWEST: Final = numbers(API_VERSION)


def split_version(path: str) -> tuple[str, str]:
    """The version in a path, "" for none, and the rest of the path."""
    match = _VERSIONED.fullmatch(path)
    return ("", path) if match is None else (match[1], match[2])


def check_version(version: str) -> tuple[int, int]:
    """VersionMiddleware: EngineError 400, or OldVersion, for one that this engine does not speak."""
    if not version:
        return NEWEST
    if not _VERSION.fullmatch(version):
        raise EngineError(404, "page not found")
    found = numbers(version)
    if found < numbers(OLDEST_API_VERSION):
        older = f"client version {version} is too old. Minimum supported API version is {OLDEST_API_VERSION}"
        raise OldVersion(f"{older}, please upgrade your client to a newer version")
    if found > NEWEST:
        newer = f"client version {version} is too new. Maximum supported API version is {API_VERSION}"
        raise EngineError(400, newer)
    return found


class OldVersion(UsageError):
    """Clients as old as that read the answer as plain text."""


class Dispatcher:
    """From a request to its answer, whatever happens."""

    def __init__(self, routes: ApiRoutes) -> None:
        self._routes = routes

    async def respond(self, request: ApiRequest) -> Response:
        """`request` as it came in: its path may begin with a version."""
        try:
            handler, request, names = self._routed(request)
            return await handler(request, names)
        except OldVersion as error:
            return ApiResponse(status=400, body=f"{error}\n".encode(), headers=_OLD)
        except VnetsimError as error:
            return refusal(error)

    def _routed(self, request: ApiRequest) -> tuple[Handler, ApiRequest, dict[str, str]]:
        version, path = split_version(request.path)
        route, names = self._routes.find(request.method, path)
        spoken = check_version(version)
        return route.handler, attrs.evolve(request, path=path, version=spoken), names


def refusal(error: VnetsimError) -> ApiResponse:
    """The body is `{"message": ...}`."""
    if isinstance(error, EngineError):
        return json_response({"message": error.message}, error.status)
    if isinstance(error, NotModelled):
        return json_response({"message": str(error)}, _NOT_IMPLEMENTED)
    if isinstance(error, BudgetExceeded):
        return json_response({"message": f"vnetsim: {error}"}, 503)
    return json_response({"message": str(error)}, 500)
