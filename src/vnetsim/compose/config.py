"""The output of `docker compose config`: the project in canonical form, or one aspect of it (cmd/compose/config.go)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import attrs

from vnetsim.compose import checks, render, selection
from vnetsim.compose.model import Project
from vnetsim.compose.options import ProjectOptions
from vnetsim.compose.service import ServiceConfig
from vnetsim.compose.values import ComposeError
from vnetsim.values import frozen


@frozen(kw_only=True)
class ConfigRequest:
    """`aspect` is one of ASPECTS, or "" for the whole; `hash` names services, `*` all of them."""

    services: list[str] = attrs.field(factory=list)
    aspect: str = ""
    hash: str = ""
    format: str = ""
    quiet: bool = False


def answer(options: ProjectOptions, request: ConfigRequest) -> str:
    """The printed text; ComposeError with compose's message."""
    if request.hash and request.aspect not in ("services", "volumes", "networks", "models"):
        return _hashes(options, request.hash)
    if request.aspect:
        return _ASPECTS[request.aspect](options, request.services)
    project = options.project(request.services)
    if options.consistency:
        checks.check_container_names(project)
    if request.format not in ("", "yaml", "json"):
        raise ComposeError(f'unsupported format "{request.format}"')
    text = render.to_json(project) if request.format == "json" else render.to_yaml(project)
    return "" if request.quiet else text


def image_of(service: ServiceConfig, project: Project) -> str:
    """A service that is built and names no image has PROJECT-SERVICE."""
    return service.image or f"{project.name}-{service.name}"


def _lines(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _aspect(options: ProjectOptions) -> Project:
    return options.project(resolve_environment=False)


def _services(options: ProjectOptions, _names: list[str]) -> str:
    return _lines(selection.in_dependency_order(_aspect(options)))


def _volumes(options: ProjectOptions, _names: list[str]) -> str:
    return _lines(sorted(_aspect(options).volumes))


def _networks(options: ProjectOptions, _names: list[str]) -> str:
    return _lines(sorted(_aspect(options).networks))


def _models(options: ProjectOptions, _names: list[str]) -> str:
    return _lines([model.model for _, model in sorted(_aspect(options).models.items()) if model.model])


def _profiles(options: ProjectOptions, names: list[str]) -> str:
    project = options.project(names, resolve_environment=False)
    services = [*project.services.values(), *project.disabled.values()]
    return _lines(sorted({profile for service in services for profile in service.profiles}))


def _images(options: ProjectOptions, names: list[str]) -> str:
    project = options.project(names, resolve_environment=False)
    return _lines([image_of(service, project) for _, service in sorted(project.services.items())])


def _environment(options: ProjectOptions, names: list[str]) -> str:
    return _lines(sorted(f"{key}={value}" for key, value in options.project(names).environment.items()))


def _hashes(options: ProjectOptions, wanted: str) -> str:
    project = _aspect(options)
    names = sorted(project.services if wanted == "*" else wanted.split(","))
    lines = []
    for name in names:
        service = project.services.get(name)
        if service is None:
            reason = "disabled" if name in project.disabled else "not found"
            raise ComposeError(f"no such service: {name}: {reason}", ("services", name))
        lines.append(f"{name} {render.service_hash(service)}")
    return _lines(lines)


#: The flags that select one aspect, in the order in which compose tests them.
_ASPECTS: Final[dict[str, Callable[[ProjectOptions, list[str]], str]]] = {
    "services": _services,
    "volumes": _volumes,
    "networks": _networks,
    "models": _models,
    "profiles": _profiles,
    "images": _images,
    "environment": _environment,
}
ASPECTS: Final = tuple(_ASPECTS)
