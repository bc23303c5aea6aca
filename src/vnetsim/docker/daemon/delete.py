"""Removing containers, and waiting for their end (daemon/delete.go, prune.go, wait.go of moby 28.5)."""

from __future__ import annotations

from vnetsim.docker.api.types import EngineOperation, Filters, Json
from vnetsim.docker.container.container import Container
from vnetsim.docker.daemon.daemon import Daemon
from vnetsim.docker.daemon.filters import Matcher, labelled, read_until
from vnetsim.docker.daemon.start import Starter
from vnetsim.docker.daemon.stop import Stopper
from vnetsim.errors import EngineError


class Remover:
    """Removes containers."""

    def __init__(self, daemon: Daemon, starter: Starter, stopper: Stopper) -> None:
        self._daemon, self._starter, self._stopper = daemon, starter, stopper

    def delete(self, container: Container, force: bool, volumes: bool = False) -> EngineOperation[None]:
        state = container.state
        if state.restarting and force:
            self._stopper.cancel_restart(container)
        if state.running:
            if not force:
                message = f"container is {state.status}: stop the container before removing or force remove"
                raise EngineError(409, "container is paused and must be unpaused first" if state.paused else message)
            run = container.run
            self._stopper.signal(container, "KILL")
            yield from self._stopper.await_clearance(run)
        if container in self._daemon.containers:
            self._starter.forget(container, volumes=volumes)

    def prune(self, filters: Filters) -> EngineOperation[Json]:
        matcher = Matcher(filters, ("label", "label!", "until"))
        until = read_until(matcher, self._daemon.now())
        deleted, freed = [], 0
        for container in sorted(self._daemon.containers, key=lambda container: container.created, reverse=True):
            labels = container.config["Labels"] or {}
            young = until is not None and container.created > until
            if not container.state.running and not young and labelled(matcher, labels):
                freed += self._size(container)
                yield from self.delete(container, force=False)
                deleted.append(container.id)
        self._daemon.events.pruned("container", freed)
        return {"ContainersDeleted": deleted or None, "SpaceReclaimed": freed}

    def _size(self, container: Container) -> int:
        """What it wrote, in bytes."""
        from vnetsim.docker.daemon.disk_usage import container_size  # noqa: PLC0415 -- most labs do not ask

        size: int = container_size(self._daemon, container)["SizeRw"]
        return size

    def wait(self, term: str, condition: str) -> EngineOperation[Json]:
        if term in self._starter.statuses and self._is_gone(term):
            return _waited(self._starter.statuses[term])
        container = self._daemon.containers.find(term)
        if condition == "not-running" and not container.state.running:
            return _waited(container.state.exit_code)
        waiters = container.waiters.by_condition(condition)
        exited = self._daemon.machine.completion()
        waiters.append(exited)
        try:
            return _waited((yield exited))
        finally:
            if exited in waiters:
                waiters.remove(exited)

    def _is_gone(self, container_id: str) -> bool:
        return not any(container.id == container_id for container in self._daemon.containers)


def _waited(status: int) -> Json:
    return {"StatusCode": status}
