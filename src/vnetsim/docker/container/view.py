"""The containers that exist, by id and by name (container/view.go of moby 28.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from vnetsim.docker.container.container import Container, restarting
from vnetsim.errors import EngineError


class Containers:
    """The containers in the order of their creation, and the names in use."""

    def __init__(self) -> None:
        self._by_id: dict[str, Container] = {}
        self._by_name: dict[str, Container] = {}
        #: Resolves a link's name (`/app/db`) to the linked container: the engine sets it.
        self.linked: Callable[[str], Container | None] = lambda _: None

    def __iter__(self) -> Iterator[Container]:
        return iter(list(self._by_id.values()))

    def add(self, container: Container) -> None:
        self._by_id[container.id] = self._by_name[container.name] = container

    def remove(self, container: Container) -> None:
        if self._by_id.pop(container.id, None) is not None:
            del self._by_name[container.name]

    def rename(self, container: Container, name: str) -> None:
        del self._by_name[container.name]
        container.name = name
        self._by_name[name] = container

    def __contains__(self, container: Container) -> bool:
        return container.id in self._by_id

    def named(self, name: str) -> Container | None:
        return self._by_name.get(name)

    def find(self, term: str) -> Container:
        """By id, by name or link (with or without the slash), by the beginning of an id; EngineError 404 or 400."""
        if not term:
            raise EngineError(400, 'invalid name or ID supplied: ""')
        if term in self._by_id:
            return self._by_id[term]
        if (container := self.named(term.removeprefix("/"))) is not None:
            return container
        child = self.linked(f"/{term.removeprefix('/')}")
        if child is not None and child in self:
            return child
        beginning = [container for container in self if container.id.startswith(term)]
        if len(beginning) > 1:
            raise EngineError(400, f"multiple IDs found with provided prefix: {term}")
        if not beginning:
            raise EngineError(404, f"No such container: {term}")
        return beginning[0]

    def running(self, term: str) -> Container:
        """A container in which exec is possible; EngineError 409 for another one."""
        container = self.find(term)
        if not container.state.running:
            raise EngineError(409, f"container {container.id} is not running")
        if container.state.paused:
            raise EngineError(409, f"Container {term} is paused, unpause the container before exec")
        if container.state.restarting:
            raise EngineError(409, restarting(container))
        return container
