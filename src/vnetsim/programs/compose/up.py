"""`docker compose up` and `create`."""

from __future__ import annotations

import re

from vnetsim.compose import selection
from vnetsim.compose.model import Project
from vnetsim.process import Program
from vnetsim.programs.compose.attached import check_attached, up_attached
from vnetsim.programs.compose.convergence import Strategy, create
from vnetsim.programs.compose.session import ComposeSession
from vnetsim.programs.compose.starting import start_project, wait_for_project
from vnetsim.programs.docker.cobra import CommandError, ParsedFlags


def run_up(session: ComposeSession, options: ParsedFlags) -> Program:
    detached = options.switch("detach") or options.switch("wait") or options.switch("no-start")
    _check_flags(options, detached=detached)
    project = _project(session, options)
    if not project.services:
        raise CommandError("no service selected")
    strategy = _strategy(session, options)
    yield from create(session, project, strategy)
    if options.switch("no-start"):
        return 0
    if not detached:
        return (yield from up_attached(session, project, options))
    yield from start_project(session, project)
    if options.switch("wait"):
        yield from wait_for_project(session, project)
    return 0


def _check_flags(options: ParsedFlags, *, detached: bool) -> None:
    """validateFlags."""
    pairs = (("force-recreate", "no-recreate"), ("build", "no-build"), ("always-recreate-deps", "no-recreate"))
    for one, other in pairs:
        if options.has(one) and options.switch(one) and options.switch(other):
            raise CommandError(f"--{one} and --{other} are incompatible")
    if not options.has("attach"):
        return
    if not detached:
        check_attached(options)
    elif options.texts("attach") or any(options.switch(name) for name in _OF_ATTACHED):
        raise CommandError(
            "--detach cannot be combined with --abort-on-container-exit, --abort-on-container-failure, --attach, "
            "--attach-dependencies or --watch"
        )


#: Flags of attached runs.
_OF_ATTACHED = ("abort-on-container-exit", "abort-on-container-failure", "attach-dependencies")


def run_create(session: ComposeSession, options: ParsedFlags) -> Program:
    _check_flags(options, detached=False)
    project = _project(session, options)
    yield from create(session, project, _strategy(session, options))
    return 0


def _project(session: ComposeSession, options: ParsedFlags) -> Project:
    """The project with the scales of the command line."""
    project = session.project(options.arguments)
    for entry in options.texts("scale"):
        name, equals, number = entry.partition("=")
        if not equals:
            raise CommandError(f"invalid --scale option {entry}. Should be SERVICE=NUM")
        if not re.fullmatch(r"[+-]?[0-9]+", number):
            raise CommandError(f'strconv.Atoi: parsing "{number}": invalid syntax')
        if name not in project.services:
            raise CommandError(f"no such service: {name}: not found")
        _set_scale(project, name, int(number))
    if options.text("pull") in ("always", "never", "missing"):
        for service in project.services.values():
            service.pull_policy = options.text("pull")
    if options.has("no-deps") and options.switch("no-deps"):
        selection.select_services(project, options.arguments, dependencies=False)
    return project


def run_scale(session: ComposeSession, options: ParsedFlags) -> Program:
    scales: dict[str, int] = {}
    for entry in options.arguments:
        name, equals, number = entry.partition("=")
        if not (name and equals and number):
            raise CommandError(f"invalid scale specifier: {entry}")
        if not re.fullmatch(r"[+-]?[0-9]+", number):
            raise CommandError(f"invalid scale specifier: can't parse replica value as int: {entry}")
        scales[name] = int(number)
    project = session.project(list(scales))
    if options.switch("no-deps"):
        selection.select_services(project, list(scales), dependencies=False)
    for name, scale in scales.items():
        _set_scale(project, name, scale)
    yield from create(session, project, Strategy(services=list(scales)))
    yield from start_project(session, project)
    return 0


def _set_scale(project: Project, name: str, scale: int) -> None:
    service = project.services[name]
    service.scale = scale
    if service.deploy is not None:
        service.deploy.replicas = scale


def _strategy(session: ComposeSession, options: ParsedFlags) -> Strategy:
    environment = session.process.context.environment
    recreate = "force" if options.switch("force-recreate") else "never" if options.switch("no-recreate") else "diverged"
    always = options.has("always-recreate-deps") and options.switch("always-recreate-deps")
    return Strategy(
        services=options.arguments,
        recreate=recreate,
        dependencies="force" if always else "never" if options.switch("no-recreate") else "diverged",
        remove_orphans=options.switch("remove-orphans") or _is_true(environment.get("COMPOSE_REMOVE_ORPHANS", "")),
        ignore_orphans=_is_true(environment.get("COMPOSE_IGNORE_ORPHANS", "")),
        timeout=options.given_number("timeout"),
    )


def _is_true(text_: str) -> bool:
    return text_.strip().lower() in ("1", "t", "true")
