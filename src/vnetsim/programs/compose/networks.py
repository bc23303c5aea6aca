"""A project's networks: found or created, recreated if they changed, removed (pkg/compose/create.go, down.go)."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from vnetsim.clock import Wait
from vnetsim.compose.model import NetworkConfig, Project
from vnetsim.compose.render import network_hash
from vnetsim.errors import EngineError
from vnetsim.programs.compose.containers import containers_of
from vnetsim.programs.compose.session import (
    API_VERSION,
    HASH_LABEL,
    NETWORK_LABEL,
    PROJECT_LABEL,
    VERSION_LABEL,
    ComposeSession,
    Json,
    Step,
)
from vnetsim.programs.docker.cobra import CommandError

Stop = Callable[[list[str]], Step]


def ensure_networks(session: ComposeSession, project: Project, stop: Stop) -> Generator[Wait, Any, dict[str, str]]:
    """The id of each network; `stop` stops services, so that a network that changed can go."""
    found: dict[str, str] = {}
    for key, network in sorted(project.networks.items()):
        if network.external:
            found[key] = _external(session, network)
        else:
            found[key] = yield from _ensure(session, project, key, network, stop)
    return found


def _external(session: ComposeSession, network: NetworkConfig) -> str:
    named = session.docker.engine.network_list(filters={"name": [network.name]})
    for one in named:
        if one["Name"] == network.name:
            return str(one["Id"])
    raise CommandError(f"network {network.name} declared as external, but could not be found")


def _find(session: ComposeSession, name: str) -> Json | None:
    try:
        found = session.docker.engine.network_inspect(name)
    except EngineError:
        return None
    return found if found["Name"] == name else None


def _ensure(
    session: ComposeSession, project: Project, key: str, network: NetworkConfig, stop: Stop
) -> Generator[Wait, Any, str]:
    there = _find(session, network.name)
    dangling: list[Json] = []
    if there is not None:
        _check_owner(session, project, key, there)
        if there["Labels"].get(HASH_LABEL, "") in ("", network_hash(network)):
            return str(there["Id"])
        dangling = yield from _remove_diverged(session, project, key, network, stop)
    event = f"Network {network.name}"
    session.event(event, "Creating")
    try:
        answer = yield from session.docker.engine.network_create(_body(project, key, network))
    except EngineError as error:
        session.event(event, "Error")
        raise CommandError(f"failed to create network {network.name}: {error}") from None
    session.event(event, "Created")
    for container in dangling:
        yield from session.docker.engine.network_connect(network.name, {"Container": container["Id"]})
    return str(answer["Id"])


def _check_owner(session: ComposeSession, project: Project, key: str, there: Json) -> None:
    name, labels = there["Name"], there["Labels"] or {}
    owner = labels.get(PROJECT_LABEL)
    if owner != project.name:
        how = "by compose" if owner is None else f'for project "{project.name}"'
        session.warn(
            f"a network with name {name} exists but was not created {how}.\n"
            "Set `external: true` to use an existing network"
        )
    if labels.get(NETWORK_LABEL, "") != key:
        raise CommandError(
            f"network {name} was found but has incorrect label {NETWORK_LABEL} set to "
            f'"{labels.get(NETWORK_LABEL, "")}" (expected: "{key}")'
        )


def _remove_diverged(
    session: ComposeSession, project: Project, key: str, network: NetworkConfig, stop: Stop
) -> Generator[Wait, Any, list[Json]]:
    services = sorted(name for name, service in project.services.items() if key in service.networks)
    yield from stop(services)
    containers = containers_of(session, project.name, services=services)
    engine = session.docker.engine
    for container in containers:
        yield from engine.network_disconnect(network.name, {"Container": container["Id"], "Force": True})
    yield from engine.network_delete(network.name)
    session.event(f"Network {network.name}", "Removed")
    return containers


def _body(project: Project, key: str, network: NetworkConfig) -> Json:
    """The body of POST /networks/create."""
    body: Json = {
        "Name": network.name,
        "Driver": network.driver or "bridge",
        "Options": dict(network.driver_opts),
        "Internal": network.internal,
        "Attachable": network.attachable,
        "Labels": {
            **network.labels,
            NETWORK_LABEL: key,
            PROJECT_LABEL: project.name,
            VERSION_LABEL: API_VERSION,
            HASH_LABEL: network_hash(network),
        },
        "IPAM": {"Driver": network.ipam.driver or "default", "Options": None, "Config": _pools(network)},
    }
    for name, value in (("EnableIPv4", network.enable_ipv4), ("EnableIPv6", network.enable_ipv6)):
        if value is not None:
            body[name] = value
    return body


def _pools(network: NetworkConfig) -> list[Json]:
    pools: list[Json] = []
    for pool in network.ipam.config:
        if pool is None:
            continue
        fields = (
            ("Subnet", pool.subnet),
            ("IPRange", pool.ip_range),
            ("Gateway", pool.gateway),
            ("AuxiliaryAddresses", pool.aux_addresses),
        )
        pools.append({name: value for name, value in fields if value})
    return pools


def remove_network(session: ComposeSession, project: Project, key: str) -> Step:
    """One that is there, was made for the project and has no endpoints left."""
    name, engine = project.networks[key].name, session.docker.engine
    labels = [f"{PROJECT_LABEL}={project.name}", f"{NETWORK_LABEL}={key}"]
    made = engine.network_list(filters={"label": labels})
    if not made:
        return
    event = f"Network {name}"
    session.event(event, "Removing")
    for network in made:
        if network["Name"] != name:
            continue
        if engine.network_inspect(network["Id"])["Containers"]:
            session.event(event, "Resource is still in use")
            return
        try:
            yield from engine.network_delete(network["Id"])
        except EngineError as error:
            session.event(event, "Error")
            raise CommandError(f"failed to remove network {name}: {error}") from None
        session.event(event, "Removed")
        return
    session.event(event, "No resource found to remove")
