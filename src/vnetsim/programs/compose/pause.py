"""`docker compose kill`, `pause` and `unpause`."""

from __future__ import annotations

from vnetsim.process import Program
from vnetsim.programs.compose.containers import containers_of, progress_name, service_of
from vnetsim.programs.compose.session import ComposeSession, Json, Step
from vnetsim.programs.docker.cobra import CommandError, ParsedFlags


def _running(session: ComposeSession, options: ParsedFlags, *, one_off: bool = False) -> list[Json]:
    """The running containers of the wanted services."""
    project, name = session.project_or_name(options.arguments)
    for service in options.arguments:
        if project is not None and service not in project.services:
            raise CommandError(f"no such service: {service}")
    wanted = options.arguments or None
    found = containers_of(session, name.lower(), stopped=False, services=wanted, one_off=one_off)
    return [one for one in found if project is None or service_of(one) in project.services]


def run_kill(session: ComposeSession, options: ParsedFlags) -> Program:
    containers = _running(session, options, one_off=True)
    if not containers:
        session.process.error("no container to kill")
        return 0
    yield from session.together([_kill(session, one, options.text("signal")) for one in containers])
    return 0


def _kill(session: ComposeSession, container: Json, signal: str) -> Step:
    session.event(progress_name(container), "Killing")
    yield from session.docker.engine.container_kill(container["Id"], signal)
    session.event(progress_name(container), "Killed")


def run_pause(session: ComposeSession, options: ParsedFlags) -> Program:
    containers = _running(session, options)
    if containers:
        yield from session.together([_pause(session, one) for one in containers])
    return 0


def _pause(session: ComposeSession, container: Json) -> Step:
    yield from session.docker.engine.container_pause(container["Id"])
    session.event(progress_name(container), "Paused")


def run_unpause(session: ComposeSession, options: ParsedFlags) -> Program:
    containers = _running(session, options)
    if containers:
        yield from session.together([_unpause(session, one) for one in containers])
    return 0


def _unpause(session: ComposeSession, container: Json) -> Step:
    yield from session.docker.engine.container_unpause(container["Id"])
    session.event(progress_name(container), "Unpaused")
