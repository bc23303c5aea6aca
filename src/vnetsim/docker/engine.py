"""The engine: the operations of its API (api/server, daemon of moby 28.5).

    engine = DockerEngine(machine, DaemonOptions.parse(["--icc=false"]))
    yield from engine.start()
    answer = yield from engine.container_create({"Image": "nginx"}, "web")

`api.client.APIClient` documents each operation, and what is not modelled.
"""

from __future__ import annotations

from typing import Final, TypeVar

from vnetsim.clock import MILLISECOND
from vnetsim.docker.api.client import APIClient
from vnetsim.docker.api.network import EndpointSettings
from vnetsim.docker.api.types import NO_FILTERS, SOCKET, EngineOperation, Filters, Json, LogLine
from vnetsim.docker.config.options import DaemonOptions
from vnetsim.docker.container.container import Container
from vnetsim.docker.daemon import info as system
from vnetsim.docker.daemon.attach import attach, detach
from vnetsim.docker.daemon.container_operations import Connector
from vnetsim.docker.daemon.create import Creation
from vnetsim.docker.daemon.daemon import Daemon, Disk
from vnetsim.docker.daemon.delete import Remover
from vnetsim.docker.daemon.exec import Execs
from vnetsim.docker.daemon.file_operations import FileOperations
from vnetsim.docker.daemon.filters import Matcher, labelled
from vnetsim.docker.daemon.health import HealthMonitors
from vnetsim.docker.daemon.image_operations import ImageOperations
from vnetsim.docker.daemon.inspect import inspect_container
from vnetsim.docker.daemon.list_containers import select_containers, summary
from vnetsim.docker.daemon.mounted import remove_volume
from vnetsim.docker.daemon.network import NetworkControl
from vnetsim.docker.daemon.restore import Restorer
from vnetsim.docker.daemon.runtime import Runtime
from vnetsim.docker.daemon.start import Starter
from vnetsim.docker.daemon.stats import usage
from vnetsim.docker.daemon.stop import Stopper
from vnetsim.docker.daemon.top import top
from vnetsim.docker.gotypes import parse_bool, quote
from vnetsim.docker.runconfig.update import check_update, update
from vnetsim.docker.volumes import inspect_volume
from vnetsim.errors import EngineError
from vnetsim.process import Context, Input, Output, Terminal
from vnetsim.process.machine import Machine

#: How long these take, roughly as recorded.
START: Final = 300 * MILLISECOND
STOP: Final = 1000 * MILLISECOND
CREATE: Final = 20 * MILLISECOND
CONNECT: Final = 25 * MILLISECOND
DISCONNECT: Final = 70 * MILLISECOND

Answer = TypeVar("Answer")


class DockerEngine(ImageOperations, FileOperations, APIClient):
    """A Docker Engine on a machine."""

    def __init__(self, machine: Machine, options: DaemonOptions, disk: Disk | None = None) -> None:
        """`disk`: the state of the previous engine; a new one if there was none."""
        self._daemon = Daemon(machine, options, disk or Disk.new(machine))
        self._daemon.volumes.removed = lambda volume: remove_volume(machine.host.files, volume)
        self._networks = NetworkControl(self._daemon)
        self._connector = Connector(self._daemon)
        self._runtime = Runtime(self._daemon)
        self._creation = Creation(self._daemon)
        self._execs = Execs(self._daemon, self._runtime)
        monitors = HealthMonitors(self._daemon, self._execs)
        self._starter = Starter(self._daemon, self._connector, self._runtime, monitors)
        self._stopper = Stopper(self._daemon, self._runtime, self._starter, monitors)
        self._remover = Remover(self._daemon, self._starter, self._stopper)
        self._restorer = Restorer(self._daemon, self._starter, self._stopper)

    # --- the engine itself -----------------------------------------------------------------------------------------

    def start(self) -> EngineOperation[None]:
        """Start dockerd: create chains and networks, restore containers, listen on the socket."""
        daemon = self._daemon
        daemon.firewall.setup()
        self._networks.restore()
        self._networks.make_predefined()
        daemon.start()
        daemon.images.started = daemon.images.started or daemon.now()
        yield daemon.host.sleep(START)
        yield from self._restorer.restore()
        daemon.machine.offer_service(SOCKET, self)

    def stop(self) -> EngineOperation[Disk]:
        """Shut down as at SIGTERM: stop all containers, leave bridges and rules; gives the disk."""
        daemon = self._daemon
        daemon.stopping = True
        yield from self._restorer.shut_down()
        yield daemon.host.sleep(STOP)
        daemon.machine.withdraw_service(SOCKET)
        daemon.host.close()
        return daemon.disk

    def abandon(self) -> None:
        """The machine lost its power: mark all running containers as lost."""
        for container in self._daemon.containers:
            self._restorer.lose(container)

    # --- containers ------------------------------------------------------------------------------------------------

    def _find(self, container: str) -> Container:
        return self._daemon.containers.find(container)

    def container_create(self, body: Json, name: str | None = None) -> EngineOperation[Json]:
        container, warnings = self._creation.create(body, name)
        yield self._daemon.host.sleep(CREATE)
        return {"Id": container.id, "Warnings": warnings}

    def container_expect_completion(self, container: str) -> None:
        self._find(container).expected_to_complete = True

    def container_start(self, container: str) -> EngineOperation[None]:
        yield from self._starter.start(self._find(container))

    def container_stop(self, container: str, timeout: int | None = None, signal: str = "") -> EngineOperation[None]:
        found = self._find(container)
        stop = self._stopper.stop(found, timeout, signal)
        yield from _prefixed(f"cannot stop container: {container}", stop, status=500)

    def container_restart(self, container: str, timeout: int | None = None, signal: str = "") -> EngineOperation[None]:
        found = self._find(container)
        yield from _prefixed(f"Cannot restart container {container}", self._stopper.restart(found, timeout, signal))

    def container_kill(self, container: str, signal: str = "KILL") -> EngineOperation[None]:
        yield from _prefixed(f"cannot kill container: {container}", self._kill(container, signal))

    def _kill(self, container: str, signal: str) -> EngineOperation[None]:
        yield from self._stopper.kill(self._find(container), signal)

    def container_pause(self, container: str) -> EngineOperation[None]:
        yield from self._stopper.pause(self._find(container))

    def container_unpause(self, container: str) -> EngineOperation[None]:
        yield from self._stopper.unpause(self._find(container))

    def container_rename(self, container: str, name: str) -> EngineOperation[None]:
        if not container or not name:
            raise EngineError(400, "Neither old nor new names may be empty")
        found = self._find(container)
        slashed = name if name.startswith("/") else f"/{name}"
        if slashed == f"/{found.name}":
            raise EngineError(400, "Renaming a container with the same name as its current name")
        try:
            new_name = self._creation.reserve(slashed, found.id)
        except EngineError as error:
            raise EngineError(error.status, f"Error when allocating new name: {error.message}") from None
        old_name = found.name
        self._daemon.links.rename(found, f"/{old_name}/", f"/{new_name}/")
        self._daemon.containers.rename(found, new_name)
        self._connector.rename(found)
        self._daemon.events.container(found, "rename", oldName=f"/{old_name}")
        yield from ()

    def container_resize(self, container: str, height: int, width: int) -> None:
        found = self._find(container)
        if not found.state.running:
            raise EngineError(409, f"container {found.id} is not running")
        self._daemon.events.container(found, "resize", height=str(height), width=str(width))

    def container_update(self, container: str, body: Json) -> EngineOperation[Json]:
        warnings = check_update(body)
        found = self._find(container)
        update(found.host_config, body, found.id, running=found.state.running)
        self._daemon.events.container(found, "update")
        yield from ()
        return {"Warnings": warnings or None}

    def container_delete(
        self, container: str, force: bool = False, volumes: bool = False, link: bool = False
    ) -> EngineOperation[None]:
        found = self._find(container)
        if link:
            self._remove_link(container)
            return
        yield from _prefixed(f"cannot remove container {quote(container)}", self._remover.delete(found, force, volumes))

    def _remove_link(self, name: str) -> None:
        parent_name, _, alias = name.removeprefix("/").rpartition("/")
        if not parent_name:
            raise EngineError(500, "Conflict, cannot remove the default link name of the container")
        parent = self._daemon.containers.named(parent_name)
        if parent is None:
            raise EngineError(500, f"Cannot get parent /{parent_name} for link name /{parent_name}/{alias}")
        self._daemon.links.remove_link(parent, f"/{parent_name}/{alias}")
        self._connector.refresh(parent)

    def container_attach(
        self, container: str, stdin: Input | None = None, stdout: Output | None = None, stderr: Output | None = None
    ) -> EngineOperation[None]:
        attach(self._daemon, self._find(container), container, stdin, stdout, stderr)
        yield from ()

    def container_detach(self, container: str, stdout: Output, stderr: Output, by_keys: bool = False) -> None:
        detach(self._daemon, self._find(container), stdout, stderr, by_keys=by_keys)

    def container_terminal(self, container: str) -> Terminal | None:
        return self._find(container).terminal

    def container_wait(self, container: str, condition: str = "not-running") -> EngineOperation[Json]:
        return (yield from self._remover.wait(container, condition))

    def container_runs(self, container: str) -> bool:
        return self._find(container).state.running

    def container_prune(self, filters: Filters = NO_FILTERS) -> EngineOperation[Json]:
        return (yield from self._remover.prune(filters))

    def container_list(
        self,
        all: bool = False,  # noqa: A002
        filters: Filters = NO_FILTERS,
        limit: int | None = None,
    ) -> list[Json]:
        chosen = select_containers(self._daemon.containers, all, filters, limit)
        return [summary(container, self._daemon.now(), self._daemon.images) for container in chosen]

    def container_inspect(self, container: str) -> Json:
        found = self._find(container)
        links = [f"/{child.name}:{alias}" for alias, child in self._daemon.links.children(found)]
        return inspect_container(found, links, self._daemon.options.bridge or "")

    def container_context(self, container: str) -> Context:
        found = self._find(container)
        if found.run is None or not found.state.running:
            raise EngineError(409, f"container {found.id} is not running")
        return found.run.context

    def container_knows_ports(self, container: str) -> bool:
        """Whether it is no assumption at which ports the main process listens."""
        return self._find(container).ports_known

    def container_logs(self, container: str) -> list[tuple[str, str]]:
        return list(self._logged(container).log)

    def container_log_lines(self, container: str, skip: int = 0) -> list[LogLine]:
        return self._logged(container).log_lines[skip:]

    def _logged(self, container: str) -> Container:
        found = self._find(container)
        if found.host_config["LogConfig"]["Type"] not in ("json-file", "local"):
            raise EngineError(501, "configured logging driver does not support reading")
        return found

    def container_top(self, container: str, arguments: str = "") -> Json:
        return top(self._daemon, self._find(container), arguments)

    def container_usage(self, container: str) -> Json:
        return usage(self._daemon, self._find(container), self.system_info()["MemTotal"])

    # --- further programs ------------------------------------------------------------------------------------------

    def exec_create(self, container: str, body: Json) -> EngineOperation[Json]:
        made = self._execs.create(container, body)
        yield from ()
        return {"Id": made.id}

    def exec_start(
        self,
        exec_id: str,
        stdin: Input | None = None,
        stdout: Output | None = None,
        stderr: Output | None = None,
        detach: bool = False,
    ) -> EngineOperation[int | None]:
        return (yield from self._execs.start(exec_id, stdin, stdout, stderr, detach))

    def exec_terminal(self, exec_id: str) -> Terminal | None:
        return self._execs.find(exec_id).terminal

    def exec_detach(self, exec_id: str) -> None:
        self._execs.detach(exec_id)

    def exec_inspect(self, exec_id: str) -> Json:
        return self._execs.find(exec_id).inspect()

    # --- networks --------------------------------------------------------------------------------------------------

    def network_list(self, filters: Filters = NO_FILTERS) -> list[Json]:
        return self._networks.list(filters)

    def network_inspect(self, network: str, verbose: bool = False) -> Json:
        del verbose
        return self._networks.inspect(network)

    def network_create(self, body: Json) -> EngineOperation[Json]:
        return (yield from self._networks.create(body))

    def network_connect(self, network: str, body: Json) -> EngineOperation[None]:
        container = self._find(body.get("Container") or "")
        settings = EndpointSettings.of(body.get("EndpointConfig") or {})
        self._connector.connect(container, network, settings)
        yield self._daemon.host.sleep(CONNECT)

    def network_disconnect(self, network: str, body: Json) -> EngineOperation[None]:
        force = bool(body.get("Force"))
        try:
            container = self._find(body.get("Container") or "")
        except EngineError:
            if force:
                self._connector.delete_stray(network, body.get("Container") or "")
            raise
        self._connector.disconnect(container, network, force)
        yield self._daemon.host.sleep(DISCONNECT)

    def network_delete(self, network: str) -> EngineOperation[None]:
        yield from self._networks.delete(network)

    def network_prune(self, filters: Filters = NO_FILTERS) -> EngineOperation[Json]:
        return (yield from self._networks.prune(filters))

    # --- volumes ---------------------------------------------------------------------------------------------------

    def volume_create(self, body: Json) -> EngineOperation[Json]:
        name = body.get("Name") or self._daemon.new_id()
        made = self._daemon.volumes.create(
            name,
            self._daemon.now(),
            driver=body.get("Driver") or "",
            labels=body.get("Labels") or None,
            options=body.get("DriverOpts") or None,
            anonymous=not body.get("Name"),
        )
        yield from ()
        return inspect_volume(made)

    def volume_list(self, filters: Filters = NO_FILTERS) -> list[Json]:
        matcher = Matcher(filters, ("dangling", "driver", "label", "name"))
        wanted = {parse_bool(value) for value in matcher.values("dangling")}
        return [
            inspect_volume(volume)
            for volume in self._daemon.volumes
            if matcher.exactly("driver", "local")
            and matcher.matches("name", volume.name)
            and matcher.labels("label", volume.labels or {})
            and (not wanted or (not self._daemon.users_of(volume.name)) in wanted)
        ]

    def volume_inspect(self, volume: str) -> Json:
        return inspect_volume(self._daemon.volumes.find(volume))

    def volume_delete(self, volume: str, force: bool = False) -> EngineOperation[None]:
        self._daemon.volumes.remove(volume, self._daemon.users_of(volume), force=force)
        yield from ()

    def volume_prune(self, filters: Filters = NO_FILTERS) -> EngineOperation[Json]:
        matcher = Matcher(filters, ("all", "label", "label!"))
        every = any(parse_bool(value) for value in matcher.values("all"))
        gone = [
            volume.name
            for volume in self._daemon.volumes
            if (every or volume.anonymous)
            and not volume.options
            and not self._daemon.users_of(volume.name)
            and labelled(matcher, volume.labels or {})
        ]
        for name in gone:
            self._daemon.volumes.remove(name, [])
        yield from ()
        return {"VolumesDeleted": gone or None, "SpaceReclaimed": 0}

    # --- system -------------------------------------------------------------------------------------------------------

    def system_version(self) -> Json:
        return system.version()

    def system_info(self) -> Json:
        return system.info(self._daemon, self._daemon.disk.engine_id)

    def system_events(self, filters: Filters = NO_FILTERS, skip: int = 0) -> list[Json]:
        return self._daemon.events.so_far(filters, skip)

    def system_disk_usage(self) -> Json:
        from vnetsim.docker.daemon.disk_usage import disk_usage  # noqa: PLC0415 -- most labs do not ask

        return disk_usage(self._daemon, self.container_list(all=True), self.volume_list())

    def system_event_count(self) -> int:
        return self._daemon.events.count

    def ping(self) -> str:
        return "OK"


def _prefixed(prefix: str, operation: EngineOperation[Answer], status: int | None = None) -> EngineOperation[Answer]:
    """Prefix the message of an EngineError."""
    try:
        return (yield from operation)
    except EngineError as error:
        raise EngineError(status or error.status, f"{prefix}: {error.message}") from None
