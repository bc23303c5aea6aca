"""`docker compose cp` (docker/compose 2.40, pkg/compose/cp.go): files to all containers of a service, or from one."""

from __future__ import annotations

from vnetsim.errors import NotModelled
from vnetsim.process import Program
from vnetsim.programs.compose.containers import containers_of, name_of, number_of, the_container
from vnetsim.programs.compose.session import ComposeSession, Json, Step
from vnetsim.programs.docker import cp
from vnetsim.programs.docker.cobra import CommandError, ParsedFlags


def run(session: ComposeSession, options: ParsedFlags) -> Program:
    source, destination = options.arguments
    from_service, source_path = cp.split(source)
    to_service, target_path = cp.split(destination)
    if from_service and to_service:
        raise CommandError("copying between services is not supported")
    if not (from_service or to_service):
        raise CommandError("unknown copy direction")
    containers = _targets(session, options, from_service or to_service)
    if source_path == "-" and len(containers) > 1:
        raise NotModelled("docker compose cp - to several containers")
    follows = options.switch("follow-link")
    if from_service:
        steps = [_from(session, containers[0], source_path, target_path, follows=follows)]
    else:
        steps = [_to(session, one, source_path, target_path, follows=follows) for one in containers]
    yield from session.together(steps)
    return 0


def _targets(session: ComposeSession, options: ParsedFlags, service: str) -> list[Json]:
    """By number, those that do not run as well."""
    project = session.project_or_name()[1].lower()
    index = options.number("index")
    if index:
        return [the_container(session, service, index, project, stopped=True)]
    found = containers_of(session, project, services=[service], one_off=options.switch("all"))
    if not found:
        raise CommandError(f'no container found for service "{service}"')
    return sorted(found, key=number_of)


def _from(session: ComposeSession, container: Json, source: str, target: str, *, follows: bool) -> Step:
    name = name_of(container)
    copied = cp.copy_from(session.docker, container["Id"], source, target, follows=follows)
    return _progress(session, name, f"copy {name}:{source} to {target}", copied)


def _to(session: ComposeSession, container: Json, source: str, target: str, *, follows: bool) -> Step:
    name = name_of(container)
    copied = cp.copy_to(session.docker, container["Id"], source, target, follows=follows)
    return _progress(session, name, f"copy {source} to {name}:{target}", copied)


def _progress(session: ComposeSession, name: str, text: str, copied: cp.Copying) -> Step:
    session.event(name, "Copying", text)
    yield from copied
    session.event(name, "Copied", text)
