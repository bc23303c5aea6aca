"""Which networks `docker network ls` and `prune` select (daemon/network/filter.go of moby 28.5)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from vnetsim.docker.api.network import PREDEFINED
from vnetsim.docker.api.types import Filters
from vnetsim.docker.daemon.filters import Matcher, labelled
from vnetsim.docker.libnetwork.network import DockerNetwork
from vnetsim.errors import EngineError

NETWORK_KEYS: Final = ("dangling", "driver", "id", "label", "name", "scope", "type")


def select_networks(networks: Iterable[DockerNetwork], filters: Filters) -> list[DockerNetwork]:
    matcher = Matcher(filters, NETWORK_KEYS)
    chosen = [
        network
        for network in networks
        if matcher.exactly("driver", network.driver)
        and matcher.matches("name", network.name)
        and matcher.matches("id", network.id)
        and matcher.labels("label", network.labels)
        and matcher.exactly("scope", network.scope)
    ]
    chosen = _by_use(chosen, matcher.values("dangling"))
    return _by_type(chosen, matcher.values("type"))


def _by_use(networks: list[DockerNetwork], values: list[str]) -> list[DockerNetwork]:
    if not values:
        return networks
    if len(values) > 1:
        raise EngineError(400, 'got more than one value for filter key "dangling"')
    if values[0] not in ("0", "1", "true", "false"):
        message = 'invalid value for filter \'dangling\', must be "true" (or "1"), or "false" (or "0")'
        raise EngineError(400, message)
    # The list does not look at containers: all networks that are not predefined count as unused.
    dangling = values[0] in ("1", "true")
    return [n for n in networks if (n.name not in PREDEFINED) == dangling]


def _by_type(networks: list[DockerNetwork], values: list[str]) -> list[DockerNetwork]:
    if not values:
        return networks
    for value in values:
        if value not in ("builtin", "custom"):
            raise EngineError(500, f"invalid filter: 'type'='{value}'")
    return [n for n in networks if ("builtin" if n.name in PREDEFINED else "custom") in values]


def prunable(network: DockerNetwork, matcher: Matcher, until: int | None, created: int) -> bool:
    """Whether `docker network prune` takes it; times in nanoseconds since 1970."""
    return (
        not network.config_only
        and network.name not in PREDEFINED
        and not network.endpoints
        and (until is None or created <= until)
        and labelled(matcher, network.labels)
    )
