"""The Engine API for callers outside of the simulation: each operation runs to its end and gives its answer."""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from vnetsim.docker.api.client import APIClient
from vnetsim.docker.api.types import EngineOperation

Parameters = ParamSpec("Parameters")
Answer = TypeVar("Answer")


class Complete(Protocol):
    """Lets simulated time pass until a generator ends."""

    def __call__(self, steps: Generator[Any, Any, Answer], /) -> Answer: ...


def _run(
    operation: Callable[Concatenate[APIClient, Parameters], EngineOperation[Answer]],
) -> Callable[Concatenate[EngineClient, Parameters], Answer]:
    """An operation that changes something or takes time."""

    @wraps(operation)
    def call(client: EngineClient, /, *args: Parameters.args, **kwargs: Parameters.kwargs) -> Answer:
        steps: EngineOperation[Answer] = getattr(client.engine, operation.__name__)(*args, **kwargs)
        return client.complete(steps)

    return call


def _read(
    operation: Callable[Concatenate[APIClient, Parameters], Answer],
) -> Callable[Concatenate[EngineClient, Parameters], Answer]:
    """An operation that only reads."""

    @wraps(operation)
    def call(client: EngineClient, /, *args: Parameters.args, **kwargs: Parameters.kwargs) -> Answer:
        answer: Answer = getattr(client.engine, operation.__name__)(*args, **kwargs)
        return answer

    return call


class EngineClient:
    """`lab.docker`: the operations of `APIClient`, whose documentation says what each takes, gives and refuses."""

    def __init__(self, engine: APIClient, complete: Complete) -> None:
        self.engine, self.complete = engine, complete

    container_create = _run(APIClient.container_create)
    container_expect_completion = _read(APIClient.container_expect_completion)
    container_stat_path = _read(APIClient.container_stat_path)
    container_get_archive = _read(APIClient.container_get_archive)
    container_put_archive = _read(APIClient.container_put_archive)
    container_export = _read(APIClient.container_export)
    container_size = _read(APIClient.container_size)
    container_changes = _read(APIClient.container_changes)
    container_put_file = _read(APIClient.container_put_file)
    container_start = _run(APIClient.container_start)
    container_stop = _run(APIClient.container_stop)
    container_restart = _run(APIClient.container_restart)
    container_kill = _run(APIClient.container_kill)
    container_pause = _run(APIClient.container_pause)
    container_unpause = _run(APIClient.container_unpause)
    container_rename = _run(APIClient.container_rename)
    container_resize = _read(APIClient.container_resize)
    container_update = _run(APIClient.container_update)
    container_delete = _run(APIClient.container_delete)
    container_attach = _run(APIClient.container_attach)
    container_detach = _read(APIClient.container_detach)
    container_terminal = _read(APIClient.container_terminal)
    container_runs = _read(APIClient.container_runs)
    container_wait = _run(APIClient.container_wait)
    container_prune = _run(APIClient.container_prune)
    container_list = _read(APIClient.container_list)
    container_inspect = _read(APIClient.container_inspect)
    container_knows_ports = _read(APIClient.container_knows_ports)
    container_context = _read(APIClient.container_context)
    container_logs = _read(APIClient.container_logs)
    container_log_lines = _read(APIClient.container_log_lines)
    container_top = _read(APIClient.container_top)
    container_usage = _read(APIClient.container_usage)
    exec_create = _run(APIClient.exec_create)
    exec_start = _run(APIClient.exec_start)
    exec_terminal = _read(APIClient.exec_terminal)
    exec_detach = _read(APIClient.exec_detach)
    exec_inspect = _read(APIClient.exec_inspect)
    network_list = _read(APIClient.network_list)
    network_inspect = _read(APIClient.network_inspect)
    network_create = _run(APIClient.network_create)
    network_connect = _run(APIClient.network_connect)
    network_disconnect = _run(APIClient.network_disconnect)
    network_delete = _run(APIClient.network_delete)
    network_prune = _run(APIClient.network_prune)
    image_list = _read(APIClient.image_list)
    image_inspect = _read(APIClient.image_inspect)
    image_prune = _run(APIClient.image_prune)
    build_prune = _run(APIClient.build_prune)
    image_create = _run(APIClient.image_create)
    image_build = _run(APIClient.image_build)
    image_declare = _run(APIClient.image_declare)
    image_history = _read(APIClient.image_history)
    image_commit = _run(APIClient.image_commit)
    image_save = _run(APIClient.image_save)
    image_load = _run(APIClient.image_load)
    image_import = _run(APIClient.image_import)
    image_tag = _run(APIClient.image_tag)
    image_delete = _run(APIClient.image_delete)
    volume_create = _run(APIClient.volume_create)
    volume_list = _read(APIClient.volume_list)
    volume_inspect = _read(APIClient.volume_inspect)
    volume_delete = _run(APIClient.volume_delete)
    volume_prune = _run(APIClient.volume_prune)
    system_version = _read(APIClient.system_version)
    system_info = _read(APIClient.system_info)
    system_disk_usage = _read(APIClient.system_disk_usage)
    system_event_count = _read(APIClient.system_event_count)
    system_events = _read(APIClient.system_events)
    ping = _read(APIClient.ping)
