"""`docker compose start`, `stop`, `restart`, `rm` and `down`."""

from __future__ import annotations

from collections.abc import Iterable

from vnetsim.compose import selection
from vnetsim.compose.model import Project
from vnetsim.errors import NotModelled
from vnetsim.process import Program
from vnetsim.programs.compose.containers import (
    containers_of,
    is_orphan,
    name_of,
    networks_of,
    progress_name,
    project_from,
    service_of,
)
from vnetsim.programs.compose.convergence import remove_container, stop_services
from vnetsim.programs.compose.networks import remove_network
from vnetsim.programs.compose.session import ComposeSession, Json, Step, graph_of, require_services, reversed_graph
from vnetsim.programs.compose.starting import start_project
from vnetsim.programs.compose.volumes import remove_volumes
from vnetsim.programs.docker.cobra import ParsedFlags


def _with_containers(session: ComposeSession, options: ParsedFlags) -> tuple[Project, list[Json]]:
    """The project of the files, or what the containers of -p tell of it."""
    project, name = session.project_or_name()
    containers = containers_of(session, name.lower())
    if project is None:
        project = project_from(session, name, containers)
    require_services(project, options.arguments)
    return project, containers


def run_start(session: ComposeSession, options: ParsedFlags) -> Program:
    project, _ = _with_containers(session, options)
    selection.select_services(project, options.arguments)
    yield from start_project(session, project)
    return 0


def run_stop(session: ComposeSession, options: ParsedFlags) -> Program:
    project, _ = _with_containers(session, options)
    yield from stop_services(
        session, project, options.arguments or list(project.services), options.given_number("timeout")
    )
    return 0


def run_restart(session: ComposeSession, options: ParsedFlags) -> Program:
    project, containers = _with_containers(session, options)
    graph, timeout = graph_of(project, restart_only=True), options.given_number("timeout")
    wanted = set(options.arguments or project.services)
    if not options.switch("no-deps"):
        wanted = _with_dependents(graph, wanted)

    def restart(name: str) -> Step:
        yield from session.together([_restart(session, one, timeout) for one in containers if service_of(one) == name])

    yield from session.in_order({name: needs & wanted for name, needs in graph.items() if name in wanted}, restart)
    return 0


def _restart(session: ComposeSession, container: Json, timeout: int | None) -> Step:
    restart = session.docker.engine.container_restart(container["Id"], timeout)
    return session.progress(progress_name(container), "Restarting", "Started", restart)


# --- removing ------------------------------------------------------------------------------------------------------


def run_rm(session: ComposeSession, options: ParsedFlags) -> Program:
    project, name = session.project_or_name(options.arguments)
    if options.switch("stop"):
        found = project or project_from(session, name, containers_of(session, name))
        yield from stop_services(session, found, options.arguments or list(found.services), None)
    containers = containers_of(session, name, services=options.arguments or None)
    if project is not None:
        containers = [one for one in containers if service_of(one) in project.services]
    stopped = [one for one in containers if one["State"] not in ("running", "paused", "restarting")]
    if not stopped:
        session.process.error("No stopped containers\n")
        return 0
    if not options.switch("force"):
        raise NotModelled("docker compose rm without --force")
    session.line(f"Going to remove {', '.join(map(name_of, stopped))}")
    yield from session.together([_remove(session, container) for container in stopped])
    return 0


def _remove(session: ComposeSession, container: Json) -> Step:
    delete = session.docker.engine.container_delete(container["Id"], force=True)
    return session.progress(progress_name(container), "Removing", "Removed", delete)


def run_down(session: ComposeSession, options: ParsedFlags) -> Program:
    project, name = session.project_or_name()
    orphans_too, timeout = options.switch("remove-orphans"), options.given_number("timeout")
    volumes = options.switch("volumes")
    containers = containers_of(session, name.lower(), one_off=orphans_too)
    if project is None:
        project = project_from(session, name, containers) if containers else Project(name=name)
        project.networks = networks_of(session, name)
    require_services(project, options.arguments, ": not found")
    known = dict(graph_of(project))
    if options.arguments:
        known = {one: needs for one, needs in known.items() if one in _with_dependents(known, options.arguments)}

    def remove(service: str) -> Step:
        own = [one for one in containers if service_of(one) == service]
        yield from session.together([remove_container(session, one, timeout, volumes=volumes) for one in own])

    yield from session.in_order(reversed_graph(known), remove)
    orphans = [one for one in containers if service_of(one) not in known and is_orphan(project, one)]
    if orphans_too:
        yield from session.together([remove_container(session, one, timeout, volumes=volumes) for one in orphans])
    networks = sorted(key for key, network in project.networks.items() if not network.external)
    if not containers and not networks:
        session.warn(f'Warning: No resource found to remove for project "{name}".')
    elif networks:
        yield from session.together([remove_network(session, project, key) for key in networks])
    yield from remove_volumes(session, project if volumes else Project())
    return 0


def _with_dependents(graph: dict[str, set[str]], services: Iterable[str]) -> set[str]:
    wanted = set(services)
    while more := {name for name, needs in graph.items() if needs & wanted} - wanted:
        wanted |= more
    return wanted
