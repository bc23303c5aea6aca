"""Starting containers, and what follows the end of a main process (daemon/start.go, monitor.go of moby 28.5).

A start: the namespace exists before the devices (the runtime makes it), the devices before the main process.

Not modelled: programs that handle signals: as the first process of its container a main process ignores all but
SIGKILL, unless it runs under --init, is a shell with a trap or is in `CATCHERS`.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from vnetsim.clock import MILLISECOND, SECOND, Wait
from vnetsim.docker.api.types import EngineOperation
from vnetsim.docker.container.container import Container, ContainerRun
from vnetsim.docker.container.restart_policy import should_restart
from vnetsim.docker.container.state import RestartManager
from vnetsim.docker.daemon.container_operations import Connector
from vnetsim.docker.daemon.daemon import Daemon
from vnetsim.docker.daemon.health import HealthMonitors
from vnetsim.docker.daemon.runtime import CANNOT_START, Runtime
from vnetsim.docker.libnetwork.etchosts import HostsLine
from vnetsim.docker.libnetwork.portbinding import exposed_ports, requested_bindings
from vnetsim.docker.libnetwork.resolver import Resolver
from vnetsim.docker.libnetwork.sandbox import Sandbox
from vnetsim.docker.libnetwork.sandbox_dns import SandboxFileOptions
from vnetsim.docker.signal import NUMBERS
from vnetsim.errors import EngineError, VnetsimError
from vnetsim.process import Child, Process, Program, Service

#: How long these take, roughly as recorded.
RUNTIME_CREATE: Final = 75 * MILLISECOND
ENDPOINT: Final = 20 * MILLISECOND
MAIN_START: Final = 5 * MILLISECOND
EXIT: Final = 40 * MILLISECOND

_NETWORKING: Final = "failed to set up container networking"

#: Programs that catch signals, and which.
CATCHERS: Final = {"ping": ("INT",), "tcpdump": ("INT", "TERM", "HUP"), "traceroute": ("INT",)}


class Starter:
    """Starts containers, and cleans up after their end."""

    def __init__(self, daemon: Daemon, connector: Connector, runtime: Runtime, monitors: HealthMonitors) -> None:
        self._daemon = daemon
        self._connector = connector
        self._runtime = runtime
        self._monitors = monitors
        #: Exit statuses by container id, also of containers that are gone.
        self.statuses: dict[str, int] = {}

    def start(self, container: Container) -> EngineOperation[None]:
        if container.state.paused:
            raise EngineError(409, "cannot start a paused container, try unpause instead")
        if container.state.running:
            return
        container.restarts = RestartManager()
        known = len(self._daemon.machine.gaps)
        yield from self.try_start(container)
        run = container.run
        if run is not None and run.main is not None and not container.stderr.attached:
            yield from self._runtime.first_steps(run.main, known, f"main process of {container.name}")

    def try_start(self, container: Container) -> EngineOperation[None]:
        try:
            yield from self._start(container)
        except VnetsimError as error:
            container.state.error = error.message if isinstance(error, EngineError) else str(error)
            container.state.exit_code = container.state.exit_code or CANNOT_START
            self._clear(container)
            self._reset(container)
            container.waiters.closed(container.state.exit_code)
            if container.host_config["AutoRemove"]:
                self.forget(container, volumes=True)
            raise

    def _start(self, container: Container) -> EngineOperation[None]:
        if container.joins is not None:
            other = self._runtime.joined_container(container)
            container.config["Hostname"] = other.hostname
            container.config["Domainname"] = other.config["Domainname"]
        container.pristine = container.files is None and container.unstarted is None and not container.copied
        run = container.run = self._runtime.prepare(container)
        self._furnish(container)
        yield self._daemon.host.sleep(RUNTIME_CREATE)
        self._runtime.check(container, run)
        if container.sandbox is not None:
            container.sandbox.set_key(self._runtime.netns(run))
            yield from self._join_networks(container)
        yield self._daemon.host.sleep(MAIN_START)
        self._begin(container, run)

    def _furnish(self, container: Container) -> None:
        """initializeNetworking: a sandbox and the three files, or those that the container that is joined has."""
        files = container.files
        assert files is not None
        if container.joins is not None:
            container.etc = self._runtime.joined_container(container).etc
            container.etc.share_with(files)
            return
        if container.network_disabled:
            return
        on_host = container.mode == "host"
        container.etc.set_up(files, self._daemon.host.files, self._etc_options(container), on_host=on_host)
        container.sandbox = Sandbox(
            self._daemon.host, self._daemon.new_id(), container.etc, self._daemon.drivers,
            on_host=on_host, requests=requested_bindings(container.config, container.host_config),
            exposed=exposed_ports(container.config), start_resolver=self._start_resolver,
        )  # fmt: skip

    def _etc_options(self, container: Container) -> SandboxFileOptions:
        config, options = container.host_config, self._daemon.options
        return SandboxFileOptions(
            hostname=container.hostname,
            domainname=container.config["Domainname"],
            extra_hosts=tuple(line for entry in config["ExtraHosts"] or () for line in self._extra_hosts(entry)),
            dns=config["Dns"] or options.dns,
            search=config["DnsSearch"] or options.dns_search,
            options=config["DnsOptions"] or options.dns_opt,
        )

    def _extra_hosts(self, entry: str) -> list[HostsLine]:
        name, _, address = entry.partition(":")
        if address != "host-gateway":
            return [HostsLine(address.strip("[]"), name)]
        if not self._daemon.host_gateways:
            raise EngineError(500, "unable to derive the IP value for host-gateway")
        return [HostsLine(str(gateway), name) for gateway in self._daemon.host_gateways]

    def _start_resolver(self, sandbox: Sandbox) -> Child:
        return Resolver(self._daemon.host, sandbox).start()

    def _join_networks(self, container: Container) -> EngineOperation[None]:
        """allocateNetwork."""
        for name, settings in container.attachments:
            settings.forget()
            try:
                self._connector.join(container, name, settings)
            except EngineError as error:
                raise EngineError(error.status, f"{_NETWORKING}: {error.message}") from None
            yield self._daemon.host.sleep(ENDPOINT)

    def _begin(self, container: Container, run: ContainerRun) -> None:
        container.now = self._daemon.now
        run.main = self._runtime.start(container, run)
        if run.context.pid_namespace == container.id and not container.host_config["Init"]:
            program = container.command[0].rsplit("/", 1)[-1]
            self._daemon.machine.protect(run.main.pid, [NUMBERS[name] for name in CATCHERS.get(program, ())])
        state = container.state
        state.running, state.restarting, state.error, state.exit_code = True, False, "", 0
        container.restarts.cancelled = False
        state.started_at = self._daemon.now()
        self._daemon.events.container(container, "start")
        self._monitors.begin(container)
        run.watcher = self._daemon.host.run(
            partial(_Watcher, self, container, run), "containerd-shim", self._daemon.machine.host
        )

    # --- the end of a run ----------------------------------------------------------------------------------------

    def end(self, container: Container, status: int) -> EngineOperation[int]:
        """The main process has ended."""
        yield self._daemon.host.sleep(EXIT)
        self._ended(container, status)
        return status

    def _ended(self, container: Container, status: int) -> None:
        """handleContainerExit."""
        self._clear(container)
        state = container.state
        state.exit_code = status
        state.finished_at = self._daemon.now()
        state.paused = False
        state.restarting = state.running = should_restart(container, self._daemon.stopping)
        container.stdout.end_line()
        container.stderr.end_line()
        self._reset(container)
        if container.restarts.stopping:
            container.restarts.stopping = False
            self._daemon.events.container(container, "stop")
        seconds = (state.finished_at - state.started_at) // SECOND
        self._daemon.events.container(container, "die", execDuration=str(seconds), exitCode=str(status))
        container.waiters.ended(status)
        if state.restarting:
            container.restarts.count += 1
            container.restarts.waiting = self._daemon.host.run(
                lambda process: self._restart_later(process, container), "dockerd", self._daemon.machine.host
            )
        elif container.host_config["AutoRemove"]:
            self.forget(container, volumes=True)

    def _restart_later(self, process: Process, container: Container) -> Program:
        yield process.sleep(container.restarts.delay)
        container.restarts.waiting = None
        try:
            yield from self.try_start(container)
        except VnetsimError:
            container.state.running = container.state.restarting = False
        return 0

    def _reset(self, container: Container) -> None:
        """No client is attached any more (container.Reset)."""
        container.stdout.attached.clear()
        container.stderr.attached.clear()
        container.stdin = container.stdin_end = container.terminal = None

    def _clear(self, container: Container) -> None:
        self._monitors.end(container)
        self._connector.release(container)
        if container.run is not None:
            self._runtime.discard(container.run)
            container.run = None
        container.execs.clear()

    def forget(self, container: Container, *, volumes: bool = False) -> None:
        """Remove a container from the engine's state, with its anonymous `volumes`."""
        self._daemon.links.remove(container)
        self._daemon.containers.remove(container)
        container.state.dead = True
        container.waiters.removed(container.state.exit_code)
        self._daemon.events.container(container, "destroy")
        for mount in container.mounts if volumes else ():
            name = mount.get("Name") or ""
            if name and self._daemon.volumes.find(name).anonymous and not self._daemon.users_of(name):
                self._daemon.volumes.remove(name, [])


class _Watcher(Service):
    """A thread that waits for the main process and cleans up after it."""

    __slots__ = ("_container", "_run", "_starter")

    def __init__(self, starter: Starter, container: Container, run: ContainerRun, process: Process) -> None:
        super().__init__(process)
        self._starter, self._container, self._run = starter, container, run

    def wait(self) -> Wait:
        assert self._run.main is not None
        return self._run.main.wait()

    def handle(self, event: int) -> EngineOperation[int]:
        status = self._starter.statuses[self._container.id] = int(
            event if self._run.killed_with is None else self._run.killed_with
        )
        return self._starter.end(self._container, status)
