"""A project's containers in the engine, by their labels (pkg/compose/containers.go)."""

from __future__ import annotations

from vnetsim.compose.kinds import Struct
from vnetsim.compose.model import NetworkConfig, Project
from vnetsim.compose.service import ServiceConfig, ServiceDependency
from vnetsim.digits import is_digits
from vnetsim.programs.compose.session import (
    DEPENDS_LABEL,
    HASH_LABEL,
    NETWORK_LABEL,
    NUMBER_LABEL,
    ONEOFF_LABEL,
    PROJECT_LABEL,
    SERVICE_LABEL,
    ComposeSession,
    Json,
)
from vnetsim.programs.docker.cobra import CommandError


def containers_of(
    session: ComposeSession, project: str, *, stopped: bool = True, services: list[str] | None = None,
    one_off: bool = False, number: int = 0,
) -> list[Json]:  # fmt: skip
    """Newest first; `one_off` includes what `run` made."""
    labels = [f"{PROJECT_LABEL}={project}", HASH_LABEL]
    if services is not None and len(services) == 1:
        labels.append(f"{SERVICE_LABEL}={services[0]}")
    if not one_off:
        labels.append(f"{ONEOFF_LABEL}=False")
    if number:
        labels.append(f"{NUMBER_LABEL}={number}")
    found = session.docker.engine.container_list(all=stopped, filters={"label": labels})
    return [one for one in found if not services or service_of(one) in services]


def service_of(container: Json) -> str:
    return str(container["Labels"].get(SERVICE_LABEL, ""))


def is_one_off(container: Json) -> bool:
    return str(container["Labels"].get(ONEOFF_LABEL)) == "True"


def is_orphan(project: Project, container: Json) -> bool:
    """isOrphaned: a one-off container that has ended, or one of a service that the project does not have."""
    if is_one_off(container):
        return container["State"] in ("exited", "dead")
    return service_of(container) not in {*project.services, *project.disabled}


def number_of(container: Json) -> int:
    text = str(container["Labels"].get(NUMBER_LABEL, ""))
    return int(text) if is_digits(text) else 0


def name_of(container: Json) -> str:
    """Without its slash; of several, the one that is no link."""
    names = [name.removeprefix("/") for name in container["Names"]]
    return str(next((name for name in names if "/" not in name), names[0]))


def progress_name(container: Json) -> str:
    return f"Container {name_of(container)}"


def the_container(session: ComposeSession, service: str, index: int, project: str, *, stopped: bool = False) -> Json:
    """getSpecifiedContainer: a running one unless any will do, that of the lowest number if none is named."""
    found = containers_of(session, project, stopped=stopped, services=[service], one_off=True, number=index)
    if not found:
        suffix = f" container #{index}" if index else ""
        raise CommandError(f'service "{service}" is not running{suffix}')
    return min(found, key=number_of)


def project_from(session: ComposeSession, name: str, containers: list[Json]) -> Project:
    """projectFromName: services and what they depend on as labels have it."""
    if not containers:
        raise CommandError(f'no container found for project "{name}": not found')
    project = Project(name=name)
    for container in sorted(containers, key=name_of):
        service = project.services.setdefault(service_of(container), ServiceConfig(name=service_of(container)))
        service.image = str(container["Image"])
        for entry in str(container["Labels"].get(DEPENDS_LABEL, "")).split(","):
            if entry:
                dependency, condition, restart = (*entry.split(":"), "", "")[:3]
                service.depends_on[dependency] = ServiceDependency(
                    condition=condition, restart=restart == "true", required=False
                )
    project.networks = networks_of(session, name)
    return project


def networks_of(session: ComposeSession, project: str) -> dict[str, NetworkConfig]:
    """actualNetworks: those that were made for the project."""
    found = session.docker.engine.network_list(filters={"label": [f"{PROJECT_LABEL}={project}"]})
    return {
        str(network["Labels"].get(NETWORK_LABEL, "")): Struct(NetworkConfig).decode({"name": network["Name"]}, "")
        for network in found
    }
