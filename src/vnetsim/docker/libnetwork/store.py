"""The networks that exist (libnetwork/store.go of moby 28.5)."""

from __future__ import annotations

from collections.abc import Iterator

from vnetsim.docker.libnetwork.network import DockerNetwork
from vnetsim.docker.stringid import short
from vnetsim.errors import EngineError


class Networks:
    """The networks in the order of their creation."""

    def __init__(self) -> None:
        self._by_id: dict[str, DockerNetwork] = {}

    def __iter__(self) -> Iterator[DockerNetwork]:
        return iter(list(self._by_id.values()))

    def add(self, network: DockerNetwork) -> None:
        self._by_id[network.id] = network

    def remove(self, network: DockerNetwork) -> None:
        del self._by_id[network.id]

    def named(self, name: str) -> DockerNetwork | None:
        for network in self._by_id.values():
            if network.name == name:
                return network
        return None

    def find(self, term: str) -> DockerNetwork:
        """By full id, by name, by the beginning of an id; EngineError 404 or 400."""
        if term in self._by_id:
            return self._by_id[term]
        if (network := self.named(term)) is not None:
            return network
        beginning = [network for network in self if network.id.startswith(term)]
        if len(beginning) == 1:
            return beginning[0]
        if beginning and term:
            matches = f"{len(beginning)} matches found based on ID prefix"
            raise EngineError(400, f"network {term} is ambiguous ({matches})")
        raise EngineError(404, f"network {term} not found")

    def check_unused(self, network: DockerNetwork) -> None:
        """EngineError 403 if the network is in use."""
        if network.config_only:
            if any(other.config_from == network.name for other in self):
                message = f'error while removing network: configuration network "{network.name}" is in use'
                raise EngineError(403, message)
        elif network.endpoints:
            users = ", ".join(f'name:"{e.name}" id:"{short(e.id)}"' for e in network.endpoints.values())
            message = f"network {network.name} has active endpoints ({users})"
            raise EngineError(403, f"error while removing network: {message}")
