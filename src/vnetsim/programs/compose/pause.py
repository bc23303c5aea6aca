"""`docker compose kill`, `pause` and `unpause`."""

from __future__ import annotations

from collections.abc import Callable

from vnetsim.process import Program
from vnetsim.programs.compose.containers import containers_of, progress_name, service_of
from vnetsim.programs.compose.session import ComposeSession, Json, Step, require_services
from vnetsim.programs.docker.cobra import ParsedFlags


def _running(session: ComposeSession, options: ParsedFlags, *, one_off: bool = False) -> list[Json]:
    """The running containers of the wanted services."""
    project, name = session.project_or_name(options.arguments)
    require_services(project, options.arguments)
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
    kill = session.docker.engine.container_kill(container["Id"], signal)
    return session.progress(progress_name(container), "Killing", "Killed", kill)


def run_pause(session: ComposeSession, options: ParsedFlags) -> Program:
    return _each(session, options, session.docker.engine.container_pause, "Paused")


def run_unpause(session: ComposeSession, options: ParsedFlags) -> Program:
    return _each(session, options, session.docker.engine.container_unpause, "Unpaused")


def _each(session: ComposeSession, options: ParsedFlags, operation: Callable[[str], Step], done: str) -> Program:
    def step(container: Json) -> Step:
        yield from operation(container["Id"])
        session.event(progress_name(container), done)

    yield from session.together([step(one) for one in _running(session, options)])
    return 0
