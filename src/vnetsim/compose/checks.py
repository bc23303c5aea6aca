"""Checks beyond the schema, of the merged tree and of the project (validation/, loader/validate.go)."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from typing import Final

from vnetsim.compose.golang import sprint
from vnetsim.compose.model import Project
from vnetsim.compose.ports import is_ip
from vnetsim.compose.service import ServiceConfig
from vnetsim.compose.values import ComposeError, Path, YamlMap, YamlValue, dotted, matches

_INVALID: Final = "invalid compose project"


# --- the tree ------------------------------------------------------------------------------------------------------


def check_tree(tree: YamlMap) -> None:
    for key, value in tree.items():
        _check(value, (key,))


def _check(value: YamlValue, path: Path) -> None:
    for pattern, check in _CHECKS.items():
        if matches(path, pattern):
            check(value, path)
            return
    if isinstance(value, dict):
        for key, item in value.items():
            _check(item, (*path, key))
    elif isinstance(value, list):
        for item in value:
            _check(item, (*path, "[]"))


def _external(value: YamlValue, path: Path) -> None:
    if not isinstance(value, dict) or value.get("external") is not True:
        return
    for key in value:
        if key not in ("name", "external") and not key.startswith("x-"):
            raise ComposeError(f'{dotted(path)}: conflicting parameters "external" and "{key}" specified', (*path, key))


def _file_object(*keys: str) -> Callable[[YamlValue, Path], None]:
    def check(value: YamlValue, path: Path) -> None:
        if not isinstance(value, dict):
            raise ComposeError(f"{dotted(path)}: one of {', '.join(keys)} must be set", path)
        count = sum(key in value for key in keys)
        if count > 1:
            raise ComposeError(f"{dotted(path)}: {'|'.join(keys)} attributes are mutually exclusive", path)
        if count == 0 and "driver" not in value and "external" not in value:
            raise ComposeError(f"{dotted(path)}: one of {'|'.join(keys)} must be set", path)

    return check


def _host_ip(value: YamlValue, path: Path) -> None:
    if isinstance(value, dict) and "host_ip" in value and not is_ip(sprint(value["host_ip"])):
        raise ComposeError(f"{dotted(path)}: invalid ip address: {sprint(value['host_ip'])}", path)


def _watch_path(value: YamlValue, path: Path) -> None:
    if value == "":
        raise ComposeError(f"{dotted(path)}: value can't be blank", path)


def _devices(value: YamlValue, path: Path) -> None:
    if isinstance(value, dict) and "count" in value and "device_ids" in value:
        raise ComposeError(f'{dotted(path)}: "count" and "device_ids" attributes are exclusive', path)


_CHECKS: Final[dict[str, Callable[[YamlValue, Path], None]]] = {
    "volumes.*": _external,
    "configs.*": _file_object("file", "environment", "content"),
    "secrets.*": _file_object("file", "environment"),
    "services.*.ports.*": _host_ip,
    "services.*.develop.watch.*.path": _watch_path,
    "services.*.deploy.resources.reservations.devices.*": _devices,
    "services.*.gpus.*": _devices,
}


# --- the project ---------------------------------------------------------------------------------------------------


def check_consistency(project: Project) -> None:
    for name in sorted(project.services):
        service = project.services[name]
        for check in (_image, _build, _references, _dependencies, _scale, _limits, _container_name, _watch, _mounts):
            check(service, project)
    for name, secret in sorted(project.secrets.items()):
        if not secret.external and not secret.file and not secret.environment:
            message = f'secret "{name}" must declare either `file` or `environment`: {_INVALID}'
            raise ComposeError(message, ("secrets", name))
    check_cycle(project)


def _at(service: ServiceConfig, message: str, *keys: str) -> ComposeError:
    return ComposeError(message, ("services", service.name, *keys))


def _image(service: ServiceConfig, _project: Project) -> None:
    if service.build is None and not service.image and service.provider is None:
        message = f'service "{service.name}" has neither an image nor a build context specified: {_INVALID}'
        raise _at(service, message)


def _build(service: ServiceConfig, project: Project) -> None:
    build = service.build
    if build is None:
        return
    if build.dockerfile_inline and build.dockerfile:
        raise _at(
            service,
            f'service "{service.name}" declares mutualy exclusive dockerfile and dockerfile_inline: {_INVALID}',
            "build",
        )
    for name, context in sorted(build.additional_contexts.items()):
        if context.startswith("service:"):
            target = context.removeprefix("service:")
            found = project.services.get(target)
            if found is None or found.build is None:
                what = "unknown" if found is None else "non-buildable"
                raise _at(
                    service,
                    f'service "{service.name}" declares {what} service "{target}" as additional contexts {name}',
                    "build",
                )
    if build.platforms and service.platform and service.platform not in build.platforms:
        raise _at(
            service, f'service.build.platforms MUST include service.platform "{service.platform}": {_INVALID}', "build"
        )


def _references(service: ServiceConfig, project: Project) -> None:
    if service.network_mode and service.networks:
        message = f"service {service.name} declares mutually exclusive `network_mode` and `networks`: {_INVALID}"
        raise _at(service, message, "network_mode")
    for what, key, name, known in _referred(service, project):
        if name not in known:
            message = f'service "{service.name}" refers to undefined {what} {name}: {_INVALID}'
            raise _at(service, message, key, name)
    test = service.healthcheck.test if service.healthcheck is not None else []
    if test and test[0] not in ("CMD", "CMD-SHELL", "NONE"):
        message = 'healthcheck.test must start either by "CMD", "CMD-SHELL" or "NONE"'
        raise _at(service, message, "healthcheck", "test")


def _referred(service: ServiceConfig, project: Project) -> Iterator[tuple[str, str, str, Container[str]]]:
    """What a service names of the project's resources: kind, key in the service, name, where it should be."""
    for name in sorted(service.networks):
        yield "network", "networks", name, project.networks
    for volume in service.volumes:
        if volume.type == "volume" and volume.source:
            yield "volume", "volumes", volume.source, project.volumes
    for secret in service.build.secrets if service.build is not None else []:
        yield "build secret", "build", secret.source, project.secrets
    for config in service.configs:
        yield "config", "configs", config.source, project.configs
    for name in sorted(service.models):
        yield "model", "models", name, project.models
    for secret in service.secrets:
        yield "secret", "secrets", secret.source, project.secrets


def _dependencies(service: ServiceConfig, project: Project) -> None:
    for name, dependency in sorted(service.depends_on.items()):
        if name not in project.services and (dependency.required or name not in project.disabled):
            message = f'service "{service.name}" depends on undefined service "{name}": {_INVALID}'
            raise _at(service, message, "depends_on", name)
    if service.network_mode.startswith("service:"):
        name = service.network_mode.removeprefix("service:")
        if name not in project.services:
            raise _at(service, f"service \"{name}\" not found for network_mode 'service:{name}'", "network_mode")


def _scale(service: ServiceConfig, _project: Project) -> None:
    if service.scale is not None and service.deploy is not None:
        if service.deploy.replicas not in (None, service.scale):
            raise _distinct(service, "scale", "deploy.replicas")
        service.deploy.replicas = service.scale
    if service.scale is not None and service.scale < 0:
        raise _at(service, f"services.{service.name}.scale: must be greater than or equal to 0", "scale")
    if service.deploy is not None and service.deploy.replicas is not None and service.deploy.replicas < 0:
        message = f"services.{service.name}.deploy.replicas: must be greater than or equal to 0"
        raise _at(service, message, "deploy", "replicas")


def _distinct(service: ServiceConfig, one: str, other: str) -> ComposeError:
    message = f"services.{service.name}: can't set distinct values on '{one}' and '{other}': {_INVALID}"
    return _at(service, message, one)


def _limits(service: ServiceConfig, _project: Project) -> None:
    if service.deploy is None:
        return
    limits, reservations = service.deploy.resources.limits, service.deploy.resources.reservations
    if service.cpus and limits is not None and limits.cpus != service.cpus:
        raise _distinct(service, "cpus", "deploy.resources.limits.cpus")
    if service.mem_limit and limits is not None and limits.memory != service.mem_limit:
        raise _distinct(service, "mem_limit", "deploy.resources.limits.memory")
    if service.mem_reservation and reservations is not None and reservations.memory != service.mem_reservation:
        raise _distinct(service, "mem_reservation", "deploy.resources.reservations.memory")
    if service.pids_limit and limits is not None and limits.pids != service.pids_limit:
        raise _distinct(service, "pids_limit", "deploy.resources.limits.pids")


def _container_name(service: ServiceConfig, _project: Project) -> None:
    if scale_of(service) > 1 and service.container_name:
        attribute = "deploy.replicas" if service.scale is None else "scale"
        # compose-go swaps the two.
        message = (
            f"services.{attribute}: can't set container_name and {service.name} as container name must be unique: "
            f"{_INVALID}"
        )
        raise _at(service, message, "container_name")


def scale_of(service: ServiceConfig) -> int:
    """How many containers a service has."""
    if service.scale is not None:
        return service.scale
    if service.deploy is not None and service.deploy.replicas is not None:
        return service.deploy.replicas
    return 1


def _watch(service: ServiceConfig, _project: Project) -> None:
    for trigger in service.develop.watch if service.develop is not None else []:
        if not trigger.target and trigger.action not in ("rebuild", "restart"):
            message = f"services.{service.name}.develop.watch: target is required for non-rebuild actions: {_INVALID}"
            raise _at(service, message, "develop")


def _mounts(service: ServiceConfig, _project: Project) -> None:
    mounts: dict[str, str] = {}
    targets = [("tmpfs", index, entry.partition(":")[0]) for index, entry in enumerate(service.tmpfs)]
    targets += [("volumes", index, volume.target) for index, volume in enumerate(service.volumes)]
    for key, index, target in targets:
        place = f"services.{service.name}.{key}[{index}]"
        if target in mounts:
            raise _at(service, f"{place}: target {target} already mounted as {mounts[target]}", key, str(index))
        mounts[target] = place


def check_container_names(project: Project) -> None:
    names: dict[str, str] = {}
    for name, service in sorted(project.services.items()):
        if service.container_name in names:
            # compose has a stray quotation mark, and prints the container's name instead of the service's.
            message = f'services.{name}: container name "{service.container_name}" is already in use by service {{}}"'
            raise _at(service, message, "container_name")
        if service.container_name:
            names[service.container_name] = name


def check_cycle(project: Project) -> None:
    """graph.CheckCycle: services and their dependencies in the order of names."""
    graph = {name: _edges(service, project) for name, service in project.services.items()}
    safe: set[str] = set()

    def visit(path: list[str]) -> None:
        for name in graph[path[-1]]:
            if name in path:
                cycle = [*path[path.index(name) :], name]
                message = f"dependency cycle detected: {' -> '.join(cycle)}"
                raise ComposeError(message, ("services", path[-1], "depends_on", name))
            if name not in safe:
                visit([*path, name])
        safe.add(path[-1])

    for name in sorted(graph):
        visit([name])


def _edges(service: ServiceConfig, project: Project) -> list[str]:
    for name, dependency in sorted(service.depends_on.items()):
        if name not in project.services and dependency.required:
            disabled = project.disabled.get(name)
            if disabled is not None:
                profiles = " ".join(disabled.profiles)
                message = (
                    f'service "{name}" is required by "{service.name}" but is disabled. '
                    f"Can be enabled by profiles [{profiles}]"
                )
            else:
                message = f'service "{service.name}" depends on unknown service "{name}"'
            raise _at(service, message, "depends_on", name)
    return sorted(name for name in service.depends_on if name in project.services)
