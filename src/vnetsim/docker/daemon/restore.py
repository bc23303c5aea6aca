"""Containers over the end of an engine: restored, stopped with it, or lost (daemon.restore, Shutdown of moby 28.5)."""

from __future__ import annotations

import contextlib
from typing import Final

from vnetsim.docker.api.types import EngineOperation
from vnetsim.docker.container.container import Container
from vnetsim.docker.container.restart_policy import policy_wants
from vnetsim.docker.container.state import RestartManager
from vnetsim.docker.daemon.daemon import Daemon
from vnetsim.docker.daemon.start import Starter
from vnetsim.docker.daemon.stop import Stopper
from vnetsim.errors import EngineError, VnetsimError
from vnetsim.process import Main, Process, Program

#: The exit code of a container whose end no engine saw.
_LOST: Final = 255


class Restorer:
    """Starts the containers of an engine before this one, and stops those of this one."""

    def __init__(self, daemon: Daemon, starter: Starter, stopper: Stopper) -> None:
        self._daemon, self._starter, self._stopper = daemon, starter, stopper

    def restore(self) -> EngineOperation[None]:
        """daemon.restore: restart containers by policy, in the order of creation (a real engine: in any order)."""
        for container in self._daemon.containers:
            if container.state.started_at and policy_wants(container, container.restarts.by_hand):
                container.restarts = RestartManager(by_hand=container.restarts.by_hand)
                with contextlib.suppress(VnetsimError):
                    yield from self._starter.try_start(container)
            elif container.host_config["AutoRemove"] and container.state.started_at:
                self._daemon.links.remove(container)
                self._daemon.containers.remove(container)

    def lose(self, container: Container) -> None:
        """The container's run was lost without an exit code: the next engine reports 255."""
        state = container.state
        if state.running and not state.restarting:
            state.exit_code, state.finished_at = _LOST, self._daemon.now()
        state.running = state.paused = state.restarting = False
        if container.health is not None:
            container.health.lose()
        container.run = container.sandbox = container.restarts.waiting = None
        for _, settings in container.attachments:
            settings.forget()

    def shut_down(self) -> EngineOperation[None]:
        """Stop all containers at the same time; the next engine restarts them by policy."""
        stops = [
            self._daemon.host.run(self._shutdown_thread(container), "dockerd", self._daemon.machine.host)
            for container in self._daemon.containers
            if container.state.running
        ]
        for stop in stops:
            if stop.status is None:
                yield stop.wait()

    def _shutdown_thread(self, container: Container) -> Main:
        def main(process: Process) -> Program:
            del process
            by_hand = container.restarts.by_hand
            with contextlib.suppress(EngineError):
                yield from self._stopper.stop(container, None)
            container.restarts.by_hand = by_hand
            return 0

        return main
