"""docker stats (api/server/router/container, daemon/stats of moby 28.5).

Counters of packets are those of the devices.  Programs of a simulated machine use no processor time and no memory:
these are 0, as are numbers of blocks.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Final

from vnetsim.clock import SECOND
from vnetsim.docker.api.types import EngineOperation, Json
from vnetsim.docker.gotypes import ZERO_TIME, timestamp
from vnetsim.errors import EngineError
from vnetsim.serve.backend import Backend
from vnetsim.serve.messages import ApiRequest, ApiResponse, Response, json_line, json_response
from vnetsim.serve.router.routes import ApiRoute

_BLOCKS: Final = ("service_bytes", "serviced", "queue", "service_time", "wait_time", "merged", "time")
_NO_CPU: Final[Json] = {
    "cpu_usage": {"total_usage": 0, "usage_in_kernelmode": 0, "usage_in_usermode": 0},
    "throttling_data": {"periods": 0, "throttled_periods": 0, "throttled_time": 0},
}


class StatsRouter:
    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def stats(self, request: ApiRequest, names: Mapping[str, str]) -> Response:
        container: str = self._backend.engine.container_inspect(names["name"])["Id"]
        if request.flag("stream", default=True):
            return ApiResponse(stream=self._stream(container))
        before = ZERO_TIME
        if not request.flag("one-shot") and self._runs(container):
            before = self._now()
            await self._backend.complete(self._a_second(), follows_client=True)
        return json_response(self._read(container, before))

    async def _stream(self, container: str) -> AsyncIterator[bytes]:
        """A reading each second, until the container is removed."""
        before = ZERO_TIME
        while True:
            try:
                reading = self._read(container, before)
            except EngineError:
                return
            yield json_line(reading)
            before = self._now()
            await self._backend.complete(self._a_second(), follows_client=True)

    def _a_second(self) -> EngineOperation[None]:
        yield self._backend.machine.sleep(SECOND)

    def _now(self) -> str:
        return timestamp(self._backend.machine.wall_clock())

    def _runs(self, container: str) -> bool:
        running: bool = self._backend.engine.container_inspect(container)["State"]["Running"]
        return running

    def _read(self, container: str, before: str) -> Json:
        found = self._backend.engine.container_inspect(container)
        head = {"name": found["Name"], "id": found["Id"]}
        if not found["State"]["Running"]:
            blocks = dict.fromkeys(_block_keys(), None)
            return {**head, **_reading(ZERO_TIME, ZERO_TIME, {}, blocks), "memory_stats": {}}
        usage = self._backend.engine.container_usage(container)
        networks = {"networks": usage["networks"]} if usage["networks"] else {}
        return {
            **head,
            **_reading(self._now(), before, {"current": usage["pids"]}, {key: [] for key in _block_keys()}),
            "memory_stats": {"usage": 0, "max_usage": 0, "stats": {}, "limit": usage["limit"]},
            **networks,
        }


def _block_keys() -> list[str]:
    return [*(f"io_{name}_recursive" for name in _BLOCKS), "sectors_recursive"]


def _reading(read: str, before: str, pids: Json, blocks: Json) -> Json:
    return {
        "read": read, "preread": before, "pids_stats": pids, "blkio_stats": blocks, "num_procs": 0,
        "storage_stats": {}, "cpu_stats": _NO_CPU, "precpu_stats": _NO_CPU,
    }  # fmt: skip


def routes(backend: Backend) -> list[ApiRoute]:
    return [ApiRoute("GET", "/containers/{name:.*}/stats", StatsRouter(backend).stats)]
