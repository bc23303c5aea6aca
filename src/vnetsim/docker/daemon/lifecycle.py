"""Starting, stopping and removing containers (daemon/start.go, stop.go, kill.go, delete.go, monitor.go of moby 28.5).

A start: the namespace is there before the devices (the runtime makes it), the devices before the main process.

Not modelled: programs that handle signals: as the first process of its container a main process ignores all but
SIGKILL, unless it runs under --init or is known below to catch one.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from typing import Any, Final

from vnetsim.clock import MILLISECOND, SECOND
from vnetsim.docker.api.types import EngineOperation, Filters, Json
from vnetsim.docker.container.container import Container, ContainerRun, restarting
from vnetsim.docker.container.state import RestartManager
from vnetsim.docker.daemon.container_operations import Connector
from vnetsim.docker.daemon.daemon import Daemon
from vnetsim.docker.daemon.filters import Matcher, labelled, read_until
from vnetsim.docker.daemon.runtime import CANNOT_START, Runtime
from vnetsim.docker.dns import Resolver
from vnetsim.docker.libnetwork.etchosts import HostsLine
from vnetsim.docker.libnetwork.portbinding import exposed_ports, requested_bindings
from vnetsim.docker.libnetwork.resolver_rules import ResolverRules
from vnetsim.docker.libnetwork.sandbox import Sandbox
from vnetsim.docker.libnetwork.sandbox_dns import SandboxFileOptions
from vnetsim.docker.signal import NUMBERS, parse_signal
from vnetsim.errors import EngineError, VnetsimError
from vnetsim.process import Child, Main, Process, Program

#: How long these take, roughly as recorded.
RUNTIME_CREATE: Final = 75 * MILLISECOND
ENDPOINT: Final = 20 * MILLISECOND
MAIN_START: Final = 5 * MILLISECOND
EXIT: Final = 40 * MILLISECOND
PAUSE: Final = 15 * MILLISECOND
#: Between a container's end and its restart by policy; a run of that length makes a new beginning.
_SHORTEST_DELAY: Final = 100 * MILLISECOND
_LONGEST_DELAY: Final = 60 * SECOND
_LONG_RUN: Final = 10 * SECOND
_STOP_TIMEOUT: Final = 10
_KILLED: Final = 137
_LOST: Final = 255
_NETWORKING: Final = "failed to set up container networking"
#: Programs that catch signals, and which.
_CATCHERS: Final = {"ping": ("INT",), "tcpdump": ("INT", "TERM", "HUP"), "traceroute": ("INT",)}


class Lifecycle:
    def __init__(self, daemon: Daemon, connector: Connector, runtime: Runtime) -> None:
        self._daemon = daemon
        self._connector = connector
        self._runtime = runtime
        self._statuses: dict[str, int] = {}

    # --- starting ------------------------------------------------------------------------------------------------

    def start(self, container: Container) -> EngineOperation[None]:
        if container.state.paused:
            raise EngineError(409, "cannot start a paused container, try unpause instead")
        if container.state.running:
            return
        container.restarts = RestartManager()
        known = len(self._daemon.machine.gaps)
        yield from self._try_start(container)
        run = container.run
        if run is not None and run.main is not None and not container.stderr.attached:
            yield from self._runtime.first_steps(run.main, known, f"main process of {container.name}")

    def _try_start(self, container: Container) -> EngineOperation[None]:
        try:
            yield from self._start(container)
        except VnetsimError as error:
            container.state.error = error.message if isinstance(error, EngineError) else str(error)
            container.state.exit_code = container.state.exit_code or CANNOT_START
            self._clear(container)
            if container.host_config["AutoRemove"]:
                self.forget(container)
            raise

    def _start(self, container: Container) -> EngineOperation[None]:
        if container.joins is not None:
            other = self._runtime.joined_container(container)
            container.config["Hostname"] = other.hostname
            container.config["Domainname"] = other.config["Domainname"]
        run = container.run = self._runtime.prepare(container)
        self._furnish(container)
        yield self._daemon.host.sleep(RUNTIME_CREATE)
        self._runtime.check(container, run)
        if container.sandbox is not None:
            container.sandbox.move_in(self._runtime.inside(run))
            yield from self._join_networks(container)
        yield self._daemon.host.sleep(MAIN_START)
        self._begin(container, run)

    def _furnish(self, container: Container) -> None:
        """initializeNetworking: a sandbox and the three files, or those of the container that is joined."""
        files = container.files
        assert files is not None
        if container.joins is not None:
            self._runtime.joined_container(container).etc.share_with(files)
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
            hostname=container.hostname, domainname=container.config["Domainname"],
            extra_hosts=tuple(line for entry in config["ExtraHosts"] or () for line in self._extra_hosts(entry)),
            dns=config["Dns"] or options.dns, search=config["DnsSearch"] or options.dns_search,
            options=config["DnsOptions"] or options.dns_opt,
        )  # fmt: skip

    def _extra_hosts(self, entry: str) -> list[HostsLine]:
        name, _, address = entry.partition(":")
        if address != "host-gateway":
            return [HostsLine(address.strip("[]"), name)]
        if not self._daemon.host_gateways:
            raise EngineError(500, "unable to derive the IP value for host-gateway")
        return [HostsLine(str(gateway), name) for gateway in self._daemon.host_gateways]

    def _start_resolver(self, sandbox: Sandbox) -> Child:
        return Resolver(self._daemon.host, sandbox, ResolverRules()).start()

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
        run.main = self._runtime.start(container, run)
        if run.context.pid_namespace == container.id and not container.host_config["Init"]:
            program = container.command[0].rsplit("/", 1)[-1]
            self._daemon.machine.protect(run.main.pid, [NUMBERS[name] for name in _CATCHERS.get(program, ())])
        state = container.state
        state.running, state.restarting, state.error, state.exit_code = True, False, "", 0
        container.restarts.cancelled = False
        state.started_at = self._daemon.now()
        self._daemon.events.container(container, "start")
        run.watcher = self._daemon.host.run(self._watcher(container, run), "containerd-shim", self._daemon.machine.host)

    # --- the end of a run ----------------------------------------------------------------------------------------

    def _watcher(self, container: Container, run: ContainerRun) -> Any:
        """A thread that waits for the main process and clears away after it."""

        def main(process: Process) -> Program:
            del process
            assert run.main is not None
            status = yield run.main.wait()
            status = run.killed_with or status
            self._statuses[container.id] = status
            yield self._daemon.host.sleep(EXIT)
            self._ended(container, status)
            return int(status)

        return main

    def _ended(self, container: Container, status: int) -> None:
        """handleContainerExit."""
        self._clear(container)
        state = container.state
        state.exit_code = status
        state.finished_at = self._daemon.now()
        state.paused = False
        state.restarting = state.running = self._policy_restarts(container)
        container.stdout.attached.clear()
        container.stderr.attached.clear()
        container.stdin = None
        if container.restarts.stopping:
            container.restarts.stopping = False
            self._daemon.events.container(container, "stop")
        seconds = (state.finished_at - state.started_at) // SECOND
        self._daemon.events.container(container, "die", execDuration=str(seconds), exitCode=str(status))
        if state.restarting:
            container.restarts.count += 1
            container.restarts.waiting = self._daemon.host.run(
                lambda process: self._restart_later(process, container), "dockerd", self._daemon.machine.host
            )
        elif container.host_config["AutoRemove"]:
            self.forget(container)

    def _policy_restarts(self, container: Container) -> bool:
        """RestartManager.ShouldRestart, and how long to wait: twice as long each time, anew after a run of 10 s."""
        restarts, state = container.restarts, container.state
        ran = state.finished_at - state.started_at
        restarts.delay = _SHORTEST_DELAY if ran >= _LONG_RUN or not restarts.delay else restarts.delay * 2
        restarts.delay = min(restarts.delay, _LONGEST_DELAY)
        if restarts.cancelled or self._daemon.stopping:
            return False
        return policy_wants(container, restarts.by_hand)

    def _restart_later(self, process: Process, container: Container) -> Program:
        yield process.sleep(container.restarts.delay)
        container.restarts.waiting = None
        try:
            yield from self._try_start(container)
        except VnetsimError:
            container.state.running = container.state.restarting = False
        return 0

    def _cancel_restart(self, container: Container) -> None:
        """It waits for its restart, and somebody wants it to stay down."""
        if container.restarts.waiting is not None:
            container.restarts.waiting.kill()
            container.restarts.waiting = None
        container.state.running = container.state.restarting = False

    # --- an engine that was there before ---------------------------------------------------------------------------

    def restore(self) -> EngineOperation[None]:
        """daemon.restore: what the policies want to run, in the order of creation (a real engine: in any)."""
        for container in self._daemon.containers:
            if container.state.started_at and policy_wants(container, container.restarts.by_hand):
                container.restarts = RestartManager(by_hand=container.restarts.by_hand)
                with contextlib.suppress(VnetsimError):
                    yield from self._try_start(container)
            elif container.host_config["AutoRemove"] and container.state.started_at:
                self._daemon.links.remove(container)
                self._daemon.containers.remove(container)

    def lose(self, container: Container) -> None:
        """Nothing is left of its run, and no exit code: 255 is what the next engine says."""
        state = container.state
        if state.running and not state.restarting:
            state.exit_code, state.finished_at = _LOST, self._daemon.now()
        state.running = state.paused = state.restarting = False
        container.run = container.sandbox = container.restarts.waiting = None
        for _, settings in container.attachments:
            settings.forget()

    def shut_down(self) -> EngineOperation[None]:
        """All containers are stopped, at once; what their policies want then is done by the next engine."""
        stops = [
            self._daemon.host.run(self._stopper(container), "dockerd", self._daemon.machine.host)
            for container in self._daemon.containers
            if container.state.running
        ]
        for stop in stops:
            if stop.status is None:
                yield stop.wait()

    def _stopper(self, container: Container) -> Main:
        def main(process: Process) -> Program:
            del process
            by_hand = container.restarts.by_hand
            with contextlib.suppress(EngineError):
                yield from self.stop(container, None)
            container.restarts.by_hand = by_hand
            return 0

        return main

    def _clear(self, container: Container) -> None:
        self._connector.release(container)
        if container.run is not None:
            self._runtime.discard(container.run)
            container.run = None
        container.execs.clear()

    def forget(self, container: Container) -> None:
        """It is removed."""
        self._daemon.links.remove(container)
        self._daemon.containers.remove(container)
        container.state.dead = True
        self._daemon.events.container(container, "destroy")

    # --- stopping ------------------------------------------------------------------------------------------------

    def stop(self, container: Container, timeout: int | None, signal: str = "") -> EngineOperation[None]:
        """`signal`, or the stop signal, and SIGKILL when `timeout` seconds (10; negative: never) have not helped."""
        if not container.state.running:
            return
        if container.state.restarting:
            container.restarts.by_hand = True
            self._cancel_restart(container)
            return
        if timeout is None:
            timeout = container.config["StopTimeout"]
        timeout = _STOP_TIMEOUT if timeout is None else timeout
        run = container.run
        container.restarts.stopping = True
        self.signal(container, parse_signal(signal or container.config["StopSignal"] or "TERM"))
        if run is not None and run.main is not None and not self._is_over(run):
            yield from self._await_end(run, timeout)
            if not self._is_over(run):
                self.signal(container, "KILL")
        yield from self._await_clearance(run)

    @staticmethod
    def _is_over(run: ContainerRun) -> bool:
        return run.main is None or run.main.status is not None or run.killed_with is not None

    def _await_end(self, run: ContainerRun, timeout: int) -> Generator[Any, Any, None]:
        """Until the main process ends, `timeout` seconds at most."""
        if timeout < 0:
            assert run.main is not None
            yield run.main.wait()
            return
        for _ in range(timeout * 10):
            if self._is_over(run):
                return
            yield self._daemon.host.sleep(SECOND // 10)

    @staticmethod
    def _await_clearance(run: ContainerRun | None) -> Generator[Any, Any, None]:
        if run is not None and run.watcher is not None and run.watcher.status is None:
            yield run.watcher.wait()

    def signal(self, container: Container, name: str) -> None:
        """Send a signal to the main process; EngineError 409 if there is none."""
        run = container.run
        if run is None or run.main is None or not container.state.running:
            raise EngineError(409, f"container {container.id} is not running")
        stop_signal = container.config["StopSignal"]
        ends = not stop_signal or name in ("KILL", parse_signal(stop_signal))
        container.restarts.cancelled = container.restarts.cancelled or ends
        container.restarts.by_hand = True
        self._daemon.events.container(container, "kill", signal=str(NUMBERS.get(name, 0)))
        if ends and container.state.paused:
            self._daemon.events.container(container, "unpause")
            self._runtime.thaw(run)
            container.state.paused = False
        program = container.command[0].rsplit("/", 1)[-1]
        if name == "KILL":
            run.killed_with = run.killed_with or _KILLED
            run.main.kill()
        elif container.host_config["Init"] and name in ("TERM", "INT", "HUP", "QUIT"):
            run.killed_with = 128 + NUMBERS[name]
            run.main.kill()
        elif name in _CATCHERS.get(program, ()):
            run.main.interrupt()

    def kill(self, container: Container, name: str) -> EngineOperation[None]:
        run = container.run
        if container.state.restarting:
            self._cancel_restart(container)
            return
        self.signal(container, parse_signal(name))
        if parse_signal(name) == "KILL":
            yield from self._await_clearance(run)

    def restart(self, container: Container, timeout: int | None, signal: str) -> EngineOperation[None]:
        automatic = container.host_config["AutoRemove"]
        container.host_config["AutoRemove"] = False
        try:
            yield from self.stop(container, timeout, signal)
        finally:
            container.host_config["AutoRemove"] = automatic
        yield from self.start(container)
        self._daemon.events.container(container, "restart")

    # --- pausing -------------------------------------------------------------------------------------------------

    def pause(self, container: Container) -> EngineOperation[None]:
        if not container.state.running:
            raise EngineError(409, f"container {container.id} is not running")
        if container.state.paused:
            raise EngineError(409, f"Container {container.id} is already paused")
        if container.state.restarting:
            raise EngineError(409, restarting(container))
        yield self._daemon.host.sleep(PAUSE)
        if container.run is not None:
            self._runtime.freeze(container.run)
        container.state.paused = True
        self._daemon.events.container(container, "pause")

    def unpause(self, container: Container) -> EngineOperation[None]:
        if not container.state.paused:
            raise EngineError(500, f"Container {container.id} is not paused")
        yield self._daemon.host.sleep(PAUSE)
        if container.run is not None:
            self._runtime.thaw(container.run)
        container.state.paused = False
        self._daemon.events.container(container, "unpause")

    # --- removing ------------------------------------------------------------------------------------------------

    def delete(self, container: Container, force: bool) -> EngineOperation[None]:
        state = container.state
        if state.restarting and force:
            self._cancel_restart(container)
        if state.running:
            if not force:
                words = f"container is {state.word}: stop the container before removing or force remove"
                raise EngineError(409, "container is paused and must be unpaused first" if state.paused else words)
            run = container.run
            self.signal(container, "KILL")
            yield from self._await_clearance(run)
        if container in self._daemon.containers:
            self.forget(container)

    def prune(self, filters: Filters) -> EngineOperation[Json]:
        matcher = Matcher(filters, ("label", "label!", "until"))
        until = read_until(matcher, self._daemon.now())
        deleted = []
        for container in sorted(self._daemon.containers, key=lambda container: container.created, reverse=True):
            labels = container.config["Labels"] or {}
            young = until is not None and container.created > until
            if not container.state.running and not young and labelled(matcher, labels):
                yield from self.delete(container, force=False)
                deleted.append(container.id)
        self._daemon.events.pruned("container")
        return {"ContainersDeleted": deleted or None, "SpaceReclaimed": 0}

    # --- waiting -------------------------------------------------------------------------------------------------

    def wait(self, term: str, condition: str) -> EngineOperation[Json]:
        if term in self._statuses and self._is_gone(term):
            return _waited(self._statuses[term])
        container = self._daemon.containers.find(term)
        run = container.run
        if condition == "not-running" and not container.state.running and run is None:
            return _waited(container.state.exit_code)
        while run is None or run.watcher is None:
            yield self._daemon.host.sleep(10 * MILLISECOND)
            run = container.run
        yield from self._await_clearance(run)
        return _waited(self._statuses[container.id])

    def _is_gone(self, container_id: str) -> bool:
        return not any(container.id == container_id for container in self._daemon.containers)


def _waited(status: int) -> Json:
    return {"StatusCode": status}


def policy_wants(container: Container, by_hand: bool) -> bool:
    """Whether a container that has ended is to run again; `by_hand`: somebody stopped it."""
    policy = container.host_config["RestartPolicy"]
    match policy["Name"]:
        case "always":
            return True
        case "unless-stopped":
            return not by_hand
        case "on-failure":
            most = policy["MaximumRetryCount"]
            return container.state.exit_code != 0 and (not most or container.restarts.count < most)
    return False
