"""Convergence of a project's containers to its files: create, recreate, remove (pkg/compose/convergence.go)."""

from __future__ import annotations

import copy
import posixpath
from collections.abc import Callable, Generator
from typing import Any

from vnetsim.clock import Wait
from vnetsim.compose.checks import check_container_names, scale_of
from vnetsim.compose.config import image_of
from vnetsim.compose.model import Project
from vnetsim.compose.render import service_hash
from vnetsim.compose.service import ServiceConfig
from vnetsim.errors import EngineError
from vnetsim.process.files import Files
from vnetsim.programs.compose.bodies import check_modelled, container_body, container_name
from vnetsim.programs.compose.containers import (
    containers_of,
    is_one_off,
    is_orphan,
    name_of,
    number_of,
    progress_name,
    service_of,
)
from vnetsim.programs.compose.fileobjects import file_mounts
from vnetsim.programs.compose.networks import ensure_networks
from vnetsim.programs.compose.session import (
    HASH_LABEL,
    IMAGE_LABEL,
    LABEL,
    ComposeSession,
    Json,
    Step,
    graph_of,
    reversed_graph,
)
from vnetsim.programs.compose.volumes import ensure_volumes
from vnetsim.programs.docker.cobra import CommandError
from vnetsim.values import define, frozen


@frozen(kw_only=True)
class Strategy:
    """When containers are recreated (`diverged`, `force`, `never`): those of `services`, and their dependencies."""

    services: list[str]
    recreate: str = "diverged"
    dependencies: str = "diverged"
    remove_orphans: bool = False
    ignore_orphans: bool = False
    timeout: int | None = None


def create(session: ComposeSession, project: Project, strategy: Strategy) -> Step:
    """Everything that `up` does before it starts."""
    check_container_names(project)
    check_modelled(project)
    yield from ensure_images(session, project)

    def stop(services: list[str]) -> Step:
        return stop_services(session, project, services, strategy.timeout)

    networks = yield from ensure_networks(session, project, stop)
    yield from ensure_volumes(session, project)
    found = containers_of(session, project.name, one_off=True)
    orphans = [container for container in found if is_orphan(project, container)]
    if orphans and strategy.remove_orphans:
        yield from session.together([remove_container(session, one, strategy.timeout) for one in orphans])
    elif orphans and not strategy.ignore_orphans:
        names = " ".join(name_of(container) for container in orphans)
        session.warn(
            f"Found orphan containers ([{names}]) for this project. If you removed or renamed this service in your "
            "compose file, you can run this command with the --remove-orphans flag to clean it up."
        )
    own = [one for one in found if not is_one_off(one)]
    state = {name: [one for one in own if service_of(one) == name] for name in project.services}
    convergence = _Convergence(session, project, strategy, networks, state)
    yield from session.in_order(graph_of(project), convergence.service)


def ensure_images(session: ComposeSession, project: Project) -> Step:
    """Images that are not there are pulled; each container is labelled with the image that it is made of."""
    for _, service in sorted(project.services.items()):
        image = image_of(service, project)
        try:
            if service.pull_policy == "always":
                raise EngineError(404, image)
            found = session.docker.engine.image_inspect(image)
        except EngineError:
            if service.pull_policy == "never" and service.build is None:
                raise CommandError(f"Error response from daemon: No such image: {image}") from None
            making = _pull(session, service, image) if service.build is None else build(session, project, service)
            found = yield from making
        service.custom_labels[IMAGE_LABEL] = str(found["Id"])


def _pull(session: ComposeSession, service: ServiceConfig, image: str) -> Generator[Wait, Any, Json]:
    name = service.name
    session.event(name, "", "Pulling")
    try:
        yield from session.docker.engine.image_create(image)
    except EngineError as error:
        session.event(name, error.message, "Error")
        raise
    session.event(name, "", "Pulled")
    return session.docker.engine.image_inspect(image)


def build(session: ComposeSession, project: Project, service: ServiceConfig) -> Generator[Wait, Any, Json]:
    """From the Dockerfile, if it is there; else it is an unknown image."""
    config, image = service.build, image_of(service, project)
    assert config is not None
    text = config.dockerfile_inline
    path = posixpath.join(config.context, config.dockerfile or "Dockerfile")
    files = session.process.files
    if not text and files.exists(path) and not files.is_directory(path):
        text = files.read(path)
    if text:
        known = project.environment
        given = {key: known.get(key) if value is None else value for key, value in config.args.items()}
        args = {key: value for key, value in given.items() if value is not None}
        context = context_of(files, config.context)
        yield from session.docker.engine.image_declare(image, text, args, config.target, context)
    else:
        yield from session.docker.engine.image_create(image)
    session.event(service.name, "", "Built")
    return session.docker.engine.image_inspect(image)


def context_of(files: Files, directory: str, below: str = "") -> dict[str, str]:
    """The texts of a build context, by their paths in it."""
    found: dict[str, str] = {}
    for name in files.list(directory) if files.is_directory(directory) else ():
        path, inner = posixpath.join(directory, name), posixpath.join(below, name)
        if files.is_directory(path):
            found |= context_of(files, path, inner)
        elif not files.is_program(path):
            found[inner] = files.read(path)
    return found


def _scale(service: ServiceConfig) -> int:
    """getScale."""
    scale = scale_of(service)
    if scale > 1 and service.container_name:
        raise CommandError(
            f'WARNING: The "{service.name}" service is using the custom container name "{service.container_name}". '
            "Docker requires each container to have a unique name. Remove the custom name to scale the service"
        )
    return scale


def resolve_namespaces(service: ServiceConfig, containers: Callable[[str], list[Json]]) -> None:
    """`service:NAME` becomes that service's first container."""
    for attribute, what in (("network_mode", "network"), ("ipc", "IPC"), ("pid", "PID")):
        mode: str = getattr(service, attribute)
        if not mode.startswith("service:"):
            continue
        other = mode.removeprefix("service:")
        found = containers(other)
        if not found:
            raise CommandError(f"cannot share {what} namespace with service {other}: container missing")
        setattr(service, attribute, f"container:{min(found, key=name_of)['Id']}")


def links_of(session: ComposeSession, project: Project, service: ServiceConfig, number: int) -> list[str]:
    """mimics V1: each linked container by three names."""
    links = []
    for link in service.links:
        other, _, alias = link.partition(":")
        for container in containers_of(session, project.name, services=[other]):
            known = (alias or other, f"{other}-{number}", f"{project.name}-{other}-{number}")
            links += [f"{name_of(container)}:{one}" for one in known]
    for link in service.external_links:
        name, _, alias = link.partition(":")
        links.append(f"{name}:{alias or name}")
    return links


@define(eq=False)
class _Convergence:
    session: ComposeSession
    project: Project
    strategy: Strategy
    networks: dict[str, str]
    state: dict[str, list[Json]]

    def service(self, name: str) -> Step:
        """ensureService."""
        service = copy.deepcopy(self.project.services[name])
        wanted = _scale(service)
        resolve_namespaces(service, lambda other: self.state.get(other, []))
        containers = sorted(self.state[name], key=lambda one: (self._obsolete(service, one), number_of(one)))
        steps: list[Step] = []
        for container in containers[wanted:]:
            steps.append(remove_container(self.session, container, self.strategy.timeout))
        for container in containers[:wanted]:
            if self._obsolete(service, container):
                yield from self._stop_dependents(name)
                steps.append(self._recreate(service, container))
            elif container["State"] == "running":
                self.session.event(progress_name(container), "Running")
            elif container["State"] not in ("created", "restarting", "exited"):
                steps.append(self._restart(container))
        number = max(map(number_of, containers), default=0) + 1
        for offset in range(wanted - len(containers)):
            steps.append(self._create(service, number + offset))
        yield from self.session.together(steps)
        self.state[name] = containers_of(self.session, self.project.name, services=[name])

    def _policy(self, service: ServiceConfig) -> str:
        wanted = not self.strategy.services or service.name in self.strategy.services
        return self.strategy.recreate if wanted else self.strategy.dependencies

    def _obsolete(self, service: ServiceConfig, container: Json) -> bool:
        """mustRecreate."""
        policy = self._policy(service)
        if policy != "diverged":
            return policy == "force"
        labels = container["Labels"]
        if labels.get(HASH_LABEL) != service_hash(service) or labels.get(IMAGE_LABEL) != service.custom_labels.get(
            IMAGE_LABEL
        ):
            return True
        if container["State"] != "running":
            return False
        connected = {one["NetworkID"] for one in container["NetworkSettings"]["Networks"].values()}
        return any(self.networks.get(name) not in connected for name in service.networks)

    def _stop_dependents(self, name: str) -> Step:
        dependents = [
            other
            for other, service in sorted(self.project.services.items())
            if name in service.depends_on and service.depends_on[name].restart
        ]
        if dependents:
            yield from stop_services(self.session, self.project, dependents, None)
            for other in dependents:
                for container in self.state[other]:
                    container["State"] = "exited"

    def _make(self, service: ServiceConfig, name: str, number: int, labels: dict[str, str]) -> Step:
        all_labels = {**service.labels, **service.custom_labels, **labels}
        links = links_of(self.session, self.project, service, number)
        mounts = file_mounts(self.session, self.project, service)
        body = container_body(self.project, service, number, links, all_labels, mounts)
        answer: Json = yield from self.session.docker.engine.container_create(body, name)
        for warning in answer["Warnings"] or []:
            self.session.event(service.name, "", warning)

    def _create(self, service: ServiceConfig, number: int) -> Step:
        name = container_name(self.project, service, number)
        self.session.event(f"Container {name}", "Creating")
        try:
            yield from self._make(service, name, number, {})
        except (CommandError, EngineError) as error:
            self.session.event(f"Container {name}", str(error))
            raise
        self.session.event(f"Container {name}", "Created")

    def _recreate(self, service: ServiceConfig, replaced: Json) -> Step:
        """Create it under a temporary name, remove the old one, rename it."""
        event, engine = progress_name(replaced), self.session.docker.engine
        self.session.event(event, "Recreate")
        number = number_of(replaced)
        name = container_name(self.project, service, number)
        temporary = f"{replaced['Id'][:12]}_{name}"
        replaces = {f"{LABEL}replace": service.container_name or f"{service.name}-{number}"}
        try:
            yield from self._make(service, temporary, number, replaces)
            yield from engine.container_stop(replaced["Id"], self.strategy.timeout)
            yield from engine.container_delete(replaced["Id"])
            yield from engine.container_rename(temporary, name)
        except EngineError as error:
            self.session.event(event, str(error))
            raise
        self.session.event(event, "Recreated")

    def _restart(self, container: Json) -> Step:
        start = self.session.docker.engine.container_start(container["Id"])
        return self.session.progress(progress_name(container), "Restart", "Restarted", start)


# --- stopping and removing -----------------------------------------------------------------------------------------


def stop_services(session: ComposeSession, project: Project, services: list[str], timeout: int | None) -> Step:
    """In the reverse of the order in which they depend on each other."""
    containers = containers_of(session, project.name)

    def stop(name: str) -> Step:
        if name in services:
            own = [one for one in containers if service_of(one) == name]
            yield from session.together([stop_container(session, one, timeout) for one in own])

    yield from session.in_order(reversed_graph(graph_of(project)), stop)


def stop_container(session: ComposeSession, container: Json, timeout: int | None) -> Step:
    stop = session.docker.engine.container_stop(container["Id"], timeout)
    return session.progress(progress_name(container), "Stopping", "Stopped", stop, failed="Error while Stopping")


def remove_container(session: ComposeSession, container: Json, timeout: int | None, *, volumes: bool = False) -> Step:
    """Stopped first; with its anonymous `volumes`."""
    yield from stop_container(session, container, timeout)
    event = progress_name(container)
    session.event(event, "Removing")
    try:
        yield from session.docker.engine.container_delete(container["Id"], force=True, volumes=volumes)
    except EngineError as error:
        if error.status not in (404, 409):
            session.event(event, "Error while Removing")
            raise
    session.event(event, "Removed")
