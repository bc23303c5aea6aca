"""Stopping, killing and pausing containers (daemon/stop.go, kill.go, restart.go, pause.go of moby 28.5)."""

from __future__ import annotations

from typing import Final

from vnetsim.clock import MILLISECOND, SECOND
from vnetsim.docker.api.types import EngineOperation
from vnetsim.docker.container.container import Container, ContainerRun, restarting
from vnetsim.docker.daemon.daemon import Daemon
from vnetsim.docker.daemon.health import HealthMonitors
from vnetsim.docker.daemon.mainprocess import stops_of
from vnetsim.docker.daemon.runtime import Runtime
from vnetsim.docker.daemon.start import CATCHERS, Starter
from vnetsim.docker.signal import NUMBERS, parse_signal
from vnetsim.errors import EngineError

#: How long it takes to freeze or thaw a container, roughly as recorded.
PAUSE: Final = 15 * MILLISECOND
_STOP_TIMEOUT: Final = 10
_KILLED: Final = 137


class Stopper:
    """Ends runs of containers."""

    def __init__(self, daemon: Daemon, runtime: Runtime, starter: Starter, monitors: HealthMonitors) -> None:
        self._daemon, self._runtime, self._starter, self._monitors = daemon, runtime, starter, monitors

    def stop(self, container: Container, timeout: int | None, signal: str = "") -> EngineOperation[None]:
        """Send `signal` or the stop signal, and SIGKILL after `timeout` seconds (10; negative: never)."""
        if not container.state.running:
            return
        if container.state.restarting:
            container.restarts.by_hand = True
            self.cancel_restart(container)
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
        yield from self.await_clearance(run)

    @staticmethod
    def _is_over(run: ContainerRun) -> bool:
        return run.main is None or run.main.status is not None or run.killed_with is not None

    def _await_end(self, run: ContainerRun, timeout: int) -> EngineOperation[None]:
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
    def await_clearance(run: ContainerRun | None) -> EngineOperation[None]:
        """Wait for the cleanup after a run."""
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
        elif name in NUMBERS and run.main.takes(NUMBERS[name]):
            pass  # by a trap of a shell
        elif container.host_config["Init"] and name in ("TERM", "INT", "HUP", "QUIT"):
            run.killed_with = 128 + NUMBERS[name]
            run.main.kill()
        elif name in stops_of(container):
            run.killed_with = 0
            run.main.kill()
        elif name in CATCHERS.get(program, ()):
            run.main.interrupt()

    def kill(self, container: Container, name: str) -> EngineOperation[None]:
        run = container.run
        if container.state.restarting:
            self.cancel_restart(container)
            return
        self.signal(container, parse_signal(name))
        if parse_signal(name) == "KILL":
            yield from self.await_clearance(run)

    def restart(self, container: Container, timeout: int | None, signal: str) -> EngineOperation[None]:
        automatic = container.host_config["AutoRemove"]
        container.host_config["AutoRemove"] = False
        try:
            yield from self.stop(container, timeout, signal)
        finally:
            container.host_config["AutoRemove"] = automatic
        yield from self._starter.start(container)
        self._daemon.events.container(container, "restart")

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
        self._monitors.end(container)
        self._daemon.events.container(container, "pause")

    def unpause(self, container: Container) -> EngineOperation[None]:
        if not container.state.paused:
            raise EngineError(500, f"Container {container.id} is not paused")
        yield self._daemon.host.sleep(PAUSE)
        if container.run is not None:
            self._runtime.thaw(container.run)
        container.state.paused = False
        self._monitors.go_on(container)
        self._daemon.events.container(container, "unpause")

    def cancel_restart(self, container: Container) -> None:
        """Cancel the pending restart of a container."""
        if container.restarts.waiting is not None:
            container.restarts.waiting.kill()
            container.restarts.waiting = None
        container.state.running = container.state.restarting = False
