"""Files of containers: archive, export, changes (api/server/router/container/copy.go of moby 28.5).

A body that is sent as a form is read as one, so that nothing is unpacked: Go's ParseForm takes it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Final

from vnetsim.docker.api.types import Json
from vnetsim.errors import EngineError
from vnetsim.serve.backend import Backend
from vnetsim.serve.messages import ApiRequest, ApiResponse, Response, json_response
from vnetsim.serve.router.routes import ApiRoute

_FORM: Final = "application/x-www-form-urlencoded"


class ArchiveRouter:
    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def stat(self, request: ApiRequest, names: Mapping[str, str]) -> Response:
        found = self._backend.engine.container_stat_path(names["name"], _path(request))
        return ApiResponse(headers=_stat_header(found))

    async def get(self, request: ApiRequest, names: Mapping[str, str]) -> Response:
        found, archive = self._backend.engine.container_get_archive(names["name"], _path(request))
        return ApiResponse(body=archive, headers={"Content-Type": "application/x-tar", **_stat_header(found)})

    async def put(self, request: ApiRequest, names: Mapping[str, str]) -> Response:
        is_form = request.headers.get("content-type", "").partition(";")[0].strip().lower() == _FORM
        if is_form and b";" in request.body:
            raise EngineError(400, "invalid semicolon separator in query")
        self._backend.engine.container_put_archive(
            names["name"], _path(request), b"" if is_form else request.body,
            replaces=not request.flag("noOverwriteDirNonDir"),
        )  # fmt: skip
        return ApiResponse()

    async def export(self, _request: ApiRequest, names: Mapping[str, str]) -> Response:
        archive = self._backend.engine.container_export(names["name"])
        return ApiResponse(body=archive, headers={"Content-Type": "application/octet-stream"})

    async def changes(self, _request: ApiRequest, names: Mapping[str, str]) -> Response:
        return json_response(self._backend.engine.container_changes(names["name"]))


def _path(request: ApiRequest) -> str:
    """httputils.ArchiveFormValues."""
    path = request.text("path")
    if not path:
        raise EngineError(400, "bad parameter: pathcannot be empty")
    return path


def _stat_header(stat: Json) -> dict[str, str]:
    text = json.dumps(stat, ensure_ascii=False, separators=(",", ":"))
    return {"X-Docker-Container-Path-Stat": base64.b64encode(text.encode("utf-8", "replace")).decode("ascii")}


def routes(backend: Backend) -> list[ApiRoute]:
    router = ArchiveRouter(backend)
    return [
        ApiRoute("HEAD", "/containers/{name:.*}/archive", router.stat),
        ApiRoute("GET", "/containers/{name:.*}/archive", router.get),
        ApiRoute("PUT", "/containers/{name:.*}/archive", router.put),
        ApiRoute("GET", "/containers/{name:.*}/export", router.export),
        ApiRoute("GET", "/containers/{name:.*}/changes", router.changes),
    ]
