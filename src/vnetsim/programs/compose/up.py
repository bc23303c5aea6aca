"""`docker compose up` and `create`."""

from __future__ import annotations

import re
from typing import Final

from vnetsim.compose import selection
from vnetsim.compose.model import Project
from vnetsim.errors import NotModelled
from vnetsim.process import Program
from vnetsim.programs.compose.command import ComposeCommand, not_modelled, strings
from vnetsim.programs.compose.convergence import Strategy, create
from vnetsim.programs.compose.session import ComposeSession
from vnetsim.programs.compose.starting import start_project, wait_for_project
from vnetsim.programs.docker.cobra import CommandError, ParsedFlags
from vnetsim.programs.docker.flags import BOOL, INT, STRING, Flag, switch, text


def _run_up(session: ComposeSession, options: ParsedFlags) -> Program:
    detached = options.switch("detach") or options.switch("wait") or options.switch("no-start")
    _check_flags(options, detached=detached)
    project = _project(session, options)
    if not project.services:
        raise CommandError("no service selected")
    if not detached:
        raise NotModelled("docker compose up without --detach")
    strategy = _strategy(session, options)
    yield from create(session, project, strategy)
    if options.switch("no-start"):
        return 0
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
    if detached and options.has("attach") and options.texts("attach"):
        raise CommandError(
            "--detach cannot be combined with --abort-on-container-exit, --abort-on-container-failure, --attach, "
            "--attach-dependencies or --watch"
        )


def _run_create(session: ComposeSession, options: ParsedFlags) -> Program:
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


def _run_scale(session: ComposeSession, options: ParsedFlags) -> Program:
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
        timeout=options.number("timeout") if options.has("timeout") and "timeout" in options.given else None,
    )


def _is_true(text_: str) -> bool:
    return text_.strip().lower() in ("1", "t", "true")


# --- the commands -----------------------------------------------------------------------------------------------------

_CREATE_FLAGS: Final = (
    switch("build", "Build images before starting containers"),
    switch("force-recreate", "Recreate containers even if their configuration and image haven't changed"),
    switch("no-build", "Don't build an image, even if it's policy"),
    switch("no-recreate", "If containers already exist, don't recreate them. Incompatible with --force-recreate."),
    switch("quiet-pull", "Pull without printing progress information"),
    switch("remove-orphans", "Remove containers for services not defined in the Compose file"),
    strings(
        "scale",
        "Scale SERVICE to NUM instances. Overrides the scale setting in the Compose file if present.",
        type_name="scale",
    ),
    Flag("yes", BOOL, 'Assume "yes" as answer to all prompts and run non-interactively', "y"),
)
UP: Final = ComposeCommand(
    "[OPTIONS] [SERVICE...]",
    "Create and start containers",
    _run_up,
    flags=(
        *_CREATE_FLAGS,
        not_modelled(
            "abort-on-container-exit", BOOL, "Stops all containers if any container was stopped. Incompatible with -d"
        ),
        not_modelled(
            "abort-on-container-failure",
            BOOL,
            "Stops all containers if any container exited with failure. Incompatible with -d",
        ),
        switch("always-recreate-deps", "Recreate dependent containers. Incompatible with --no-recreate."),
        strings("attach", "Restrict attaching to the specified services. Incompatible with --attach-dependencies."),
        not_modelled("attach-dependencies", BOOL, "Automatically attach to log output of dependent services"),
        Flag("detach", BOOL, "Detached mode: Run containers in the background", "d"),
        not_modelled(
            "exit-code-from",
            STRING,
            "Return the exit code of the selected service container. Implies --abort-on-container-exit",
        ),
        not_modelled(
            "menu",
            BOOL,
            "Enable interactive shortcuts when running attached. Incompatible with --detach. "
            "Can also be enable/disable by setting COMPOSE_MENU environment var.",
        ),
        strings("no-attach", "Do not attach (stream logs) to the specified services"),
        switch("no-color", "Produce monochrome output"),
        switch("no-deps", "Don't start linked services"),
        switch("no-log-prefix", "Don't print prefix in logs"),
        switch("no-start", "Don't start the services after creating them"),
        text("pull", 'Pull image before running ("always"|"missing"|"never")', default="policy"),
        switch("quiet-build", "Suppress the build output"),
        Flag(
            "renew-anon-volumes",
            BOOL,
            "Recreate anonymous volumes instead of retrieving data from the previous containers",
            "V",
        ),
        Flag(
            "timeout",
            INT,
            "Use this timeout in seconds for container shutdown when attached or when containers are already running",
            "t",
            initial=0,
        ),
        switch("timestamps", "Show timestamps"),
        switch("wait", "Wait for services to be running|healthy. Implies detached mode."),
        Flag(
            "wait-timeout",
            INT,
            "Maximum duration in seconds to wait for the project to be running|healthy",
            initial=0,
        ),
        not_modelled(
            "watch", BOOL, "Watch source code and rebuild/refresh containers when files are updated.", short="w"
        ),
    ),
)
CREATE: Final = ComposeCommand(
    "[OPTIONS] [SERVICE...]",
    "Creates containers for a service",
    _run_create,
    flags=(
        *_CREATE_FLAGS,
        text("pull", 'Pull image before running ("always"|"missing"|"never"|"build")', default="policy"),
    ),
)
SCALE: Final = ComposeCommand(
    "[SERVICE=REPLICAS...]",
    "Scale services",
    _run_scale,
    least=1,
    flags=(switch("no-deps", "Don't start linked services"),),
)
