"""Containers are started when those that they depend on run, are healthy, or have ended well (pkg/compose/start.go)."""

from __future__ import annotations

from typing import Final

from vnetsim.compose.checks import scale_of
from vnetsim.compose.model import Project
from vnetsim.compose.service import ServiceDependency
from vnetsim.docker.images.programs import UNKNOWN_PROGRAM
from vnetsim.programs.compose.containers import containers_of, name_of, progress_name, service_of
from vnetsim.programs.compose.fileobjects import inject
from vnetsim.programs.compose.session import ComposeSession, Json, Step, graph_of
from vnetsim.programs.docker.cobra import CommandError

_LOOK: Final = 500_000_000
_COMPLETED: Final = "service_completed_successfully"
_HEALTHY: Final = "service_healthy"


def start_project(session: ComposeSession, project: Project) -> Step:
    """Each service when those that it depends on run, are healthy, or have ended well."""
    containers = containers_of(session, project.name)
    _expect_completion(session, project, containers)

    def start(name: str) -> Step:
        service = project.services[name]
        waits = [
            _wait(session, containers, name, other, dependency)
            for other, dependency in sorted(service.depends_on.items())
            if dependency.condition in (_HEALTHY, _COMPLETED)
            and other in project.services
            and scale_of(project.services[other]) > 0
        ]
        if waits:
            yield from session.together(waits)
        own = [one for one in containers if service_of(one) == name]
        if not own and scale_of(service) > 0:
            raise CommandError(f'service "{name}" has no container to start')
        for container in own:
            if container["State"] != "running":
                inject(session, project, service, container["Id"])
                run = session.docker.engine.container_start(container["Id"])
                yield from session.progress(progress_name(container), "Starting", "Started", run)

    yield from session.in_order(graph_of(project), start)


def _expect_completion(session: ComposeSession, project: Project, containers: list[Json]) -> None:
    """Tell the engine which containers others wait for to end well."""
    awaited = {
        other
        for service in project.services.values()
        for other, dependency in service.depends_on.items()
        if dependency.condition == "service_completed_successfully"
    }
    for container in containers:
        if service_of(container) in awaited:
            session.docker.engine.container_expect_completion(container["Id"])


def _wait(
    session: ComposeSession, containers: list[Json], name: str, other: str,
    dependency: ServiceDependency,
) -> Step:  # fmt: skip
    """waitDependencies, for one of them."""
    found = [one for one in containers if service_of(one) == other]
    if not found:
        if dependency.required:
            raise CommandError(f"{name} is missing dependency {other}")
        session.warn(f"{name} is missing dependency {other}")
        return
    if dependency.condition == _COMPLETED:
        yield from _completed(session, found, other)
        return
    try:
        yield from _healthy(session, found)
    except CommandError as error:
        if dependency.required:
            for container in found:
                session.event(progress_name(container), "Error")
            raise CommandError(f"dependency failed to start: {error}") from None
        what = f'optional dependency "{other}" failed to start'
        for container in found:
            session.event(progress_name(container), f"Skipped: {what}")
        session.warn(f"{what}: {error}")


def _healthy(session: ComposeSession, containers: list[Json], *, or_running: bool = False) -> Step:
    """Until all are healthy: CommandError for one that is not, has no check (unless it may just run), or has ended."""
    for container in containers:
        session.event(progress_name(container), "Waiting")
    while True:
        yield session.process.sleep(_LOOK)
        if all(_is_healthy(session, container, or_running=or_running) for container in containers):
            break
    for container in containers:
        session.event(progress_name(container), "Healthy")


def _may_have_a_check(session: ComposeSession, container: Json) -> bool:
    """Whether nothing is known about the image."""
    context = session.docker.engine.container_context(container["Id"])
    return context.available is not None and UNKNOWN_PROGRAM in context.available


def _is_healthy(session: ComposeSession, container: Json, *, or_running: bool) -> bool:
    """isServiceHealthy."""
    inspected = session.docker.engine.container_inspect(container["Id"])
    name, state = name_of(container), inspected["State"]
    if state["Status"] == "exited":
        raise CommandError(f"container {name} exited ({state['ExitCode']})")
    if or_running and not inspected["Config"].get("Healthcheck"):
        return bool(state["Status"] == "running")
    if not state.get("Health") and _may_have_a_check(session, container):
        image = inspected["Config"]["Image"]
        session.process.machine.assume(f"{image} is assumed to have a health check of its own that succeeds")
        return bool(state["Status"] == "running")
    if not state.get("Health"):
        raise CommandError(f"container {name} has no healthcheck configured")
    if state["Health"]["Status"] == "unhealthy":
        raise CommandError(f"container {name} is unhealthy")
    return bool(state["Health"]["Status"] == "healthy")


def _completed(session: ComposeSession, containers: list[Json], name: str) -> Step:
    for container in containers:
        session.event(progress_name(container), "Waiting")
    while True:
        yield session.process.sleep(_LOOK)
        for container in containers:
            state = session.docker.engine.container_inspect(container["Id"])["State"]
            if state["Status"] != "exited":
                continue
            if state["ExitCode"] == 0:
                session.event(progress_name(container), "Exited")
                return
            message = f'service "{name}" didn\'t complete successfully: exit {state["ExitCode"]}'
            session.event(progress_name(container), message)
            raise CommandError(message)


def wait_for_project(session: ComposeSession, project: Project) -> Step:
    """--wait: until all run, or are healthy if they have a check."""
    containers = containers_of(session, project.name)
    steps = []
    for name in project.services:
        own = [one for one in containers if service_of(one) == name]
        if own:
            steps.append(_healthy(session, own, or_running=True))
    yield from session.together(steps)
