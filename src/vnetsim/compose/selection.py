"""Selection of a project's services and resources: by profile, by name, without unused resources."""

from __future__ import annotations

from fnmatch import fnmatchcase

from vnetsim.compose.model import Project
from vnetsim.compose.service import ServiceConfig
from vnetsim.compose.values import ComposeError


def has_profile(service: ServiceConfig, profiles: list[str]) -> bool:
    return not service.profiles or "*" in profiles or any(profile in service.profiles for profile in profiles)


def apply_profiles(project: Project, profiles: list[str]) -> None:
    """WithProfiles: services of other profiles are disabled."""
    everything = {**project.services, **project.disabled}
    project.services = {name: service for name, service in everything.items() if has_profile(service, profiles)}
    project.disabled = {name: service for name, service in everything.items() if name not in project.services}
    project.profiles = list(profiles)


def enable_services(project: Project, names: list[str]) -> None:
    """WithServicesEnabled: naming a service activates its profiles."""
    if names:
        more = [
            profile
            for name in names
            if name not in project.services and name in project.disabled
            for profile in project.disabled[name].profiles
        ]
        apply_profiles(project, [*project.profiles, *more])


def select_services(project: Project, names: list[str], *, dependencies: bool = True) -> None:
    """WithSelectedServices: only those and what they depend on."""
    if not names:
        return
    wanted: set[str] = set()
    _collect(project, names, wanted, {}, dependencies=dependencies)
    for name, service in list(project.services.items()):
        service.depends_on = {key: value for key, value in service.depends_on.items() if key in wanted}
        if name not in wanted:
            project.disabled[name] = project.services.pop(name)


def _collect(
    project: Project, names: list[str], wanted: set[str], required: dict[str, bool], *, dependencies: bool
) -> None:
    for name in names:
        matching = [service for service in project.services if fnmatchcase(service, name)]
        if not matching and required.get(name, True):
            raise ComposeError(f"no such service: {name}", ("services", name))
        for service in matching:
            if service in wanted:
                continue
            wanted.add(service)
            found = project.services[service].depends_on if dependencies else {}
            needs = {key: value.required for key, value in found.items()}
            if needs:
                _collect(project, sorted(needs), wanted, needs, dependencies=True)


def in_dependency_order(project: Project) -> list[str]:
    """ForEachService: names sorted, each behind what it depends on."""
    order: list[str] = []

    def visit(name: str) -> None:
        if name in order or name not in project.services:
            return
        for dependency in sorted(project.services[name].depends_on):
            visit(dependency)
        order.append(name)

    for name in sorted(project.services):
        visit(name)
    return order


def drop_unused_resources(project: Project) -> None:
    """WithoutUnnecessaryResources."""
    services = project.services.values()
    secrets = {secret.source for service in services for secret in service.secrets}
    secrets |= {secret.source for service in services if service.build is not None for secret in service.build.secrets}
    mounted = {mount.source for service in services for mount in service.volumes if mount.type == "volume"}
    configs = {config.source for service in services for config in service.configs}
    networks = {name for service in services for name in service.networks}
    models = {name for service in services for name in service.models}
    project.networks = {name: item for name, item in project.networks.items() if name in networks}
    project.volumes = {name: item for name, item in project.volumes.items() if name in mounted}
    project.secrets = {name: item for name, item in project.secrets.items() if name in secrets}
    project.configs = {name: item for name, item in project.configs.items() if name in configs}
    project.models = {name: item for name, item in project.models.items() if name in models}
