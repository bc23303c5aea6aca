"""Containers are started when those that they depend on run, or have ended well (pkg/compose/start.go)."""

from __future__ import annotations

from typing import Final

from vnetsim.compose.checks import scale_of
from vnetsim.compose.model import Project
from vnetsim.programs.compose.containers import containers_of, name_of, progress_name, service_of
from vnetsim.programs.compose.session import ComposeSession, Json, Step, graph_of
from vnetsim.programs.docker.cobra import CommandError

_LOOK: Final = 500_000_000


def start_project(session: ComposeSession, project: Project) -> Step:
    """Each service when those that it depends on run, or have ended well."""
    containers = containers_of(session, project.name)
    _expect_completion(session, project, containers)

    def start(name: str) -> Step:
        service = project.services[name]
        for other, dependency in sorted(service.depends_on.items()):
            if dependency.condition == "service_completed_successfully" and other in project.services:
                yield from _completed(session, [one for one in containers if service_of(one) == other], other)
            if dependency.condition == "service_healthy":
                session.process.machine.assume(f"health checks do not run: service {other} is assumed to be healthy")
        own = [one for one in containers if service_of(one) == name]
        if not own and scale_of(service) > 0:
            raise CommandError(f'service "{name}" has no container to start')
        for container in own:
            if container["State"] != "running":
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
    """--wait: until all run."""
    containers = [one for one in containers_of(session, project.name) if service_of(one) in project.services]
    for container in containers:
        session.event(progress_name(container), "Waiting")
    yield session.process.sleep(_LOOK)
    for container in containers:
        state = session.docker.engine.container_inspect(container["Id"])["State"]
        if state["Status"] == "exited":
            raise CommandError(f"container {name_of(container)} exited ({state['ExitCode']})")
        session.event(progress_name(container), "Healthy")
