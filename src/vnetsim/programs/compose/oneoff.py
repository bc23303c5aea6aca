"""`docker compose run`: a one-off container of a service (cmd/compose/run.go, pkg/compose/run.go).

Not modelled: -t without a terminal, --build, --env-from-file, files of `--volume` beyond those of `volumes:`.
"""

from __future__ import annotations

import copy
from collections.abc import Generator
from typing import Any, Final

from vnetsim.clock import Wait
from vnetsim.compose import selection, volumes
from vnetsim.compose.model import SERVICES, Project
from vnetsim.compose.ports import parse
from vnetsim.compose.service import ServiceConfig
from vnetsim.compose.shellwords import split
from vnetsim.compose.values import YamlValue
from vnetsim.errors import NotModelled
from vnetsim.process import Program
from vnetsim.programs.compose.bodies import check_modelled, container_body
from vnetsim.programs.compose.containers import containers_of
from vnetsim.programs.compose.convergence import Strategy, create, ensure_images, links_of, resolve_namespaces
from vnetsim.programs.compose.fileobjects import file_mounts, inject
from vnetsim.programs.compose.session import LABEL, NUMBER_LABEL, ONEOFF_LABEL, ComposeSession, Json
from vnetsim.programs.compose.starting import start_project
from vnetsim.programs.docker.cobra import CommandError, ParsedFlags
from vnetsim.programs.docker.opts_file import with_value
from vnetsim.programs.docker.session import exit_status

_SLUG: Final = f"{LABEL}slug"
_SHORT: Final = 12
_BITS: Final = 256


def run_run(session: ComposeSession, options: ParsedFlags) -> Program:
    name, *command = options.arguments
    if options.switch("service-ports") and options.texts("publish"):
        raise CommandError("--service-ports and --publish are incompatible")
    _check_labels(options)
    project = session.project([name])
    service = copy.deepcopy(project.services[name])
    _override(session, service, options, command)
    session.quiet = options.switch("quiet")
    yield from _dependencies(session, project, name, options)
    identity = yield from _create(session, project, service, options)
    return (yield from _start(session, identity, service, options))


def _check_labels(options: ParsedFlags) -> None:
    if any("=" not in label for label in options.texts("label")):
        raise CommandError("label must be set as KEY=VALUE")


def _override(session: ComposeSession, service: ServiceConfig, options: ParsedFlags, command: list[str]) -> None:
    """runOptions.apply, and prepareRun."""
    if not options.switch("service-ports"):
        service.ports = _published(options)
    if options.texts("volume"):
        service.volumes = [*service.volumes, *_volumes(options)]
    if "entrypoint" in options.given:
        service.entrypoint = split(options.text("entrypoint"))
        service.command = []
    if command:
        service.command = command
    for entry in options.texts("env"):
        key, equals, value = with_value(session.process, entry).partition("=")
        if equals or key in session.process.context.environment:
            service.environment[key] = value
    service.labels = {**service.labels, **dict(label.split("=", 1) for label in options.texts("label"))}
    service.user = options.text("user") or service.user
    service.working_dir = options.text("workdir") or service.working_dir
    service.cap_add = [*service.cap_add, *options.texts("cap-add")]
    service.cap_drop = [*service.cap_drop, *options.texts("cap-drop")]
    service.tty = _wants_terminal(session, options)
    service.stdin_open = "interactive" not in options.given or options.switch("interactive")
    service.restart = ""
    if service.deploy is not None:
        service.deploy.restart_policy = None


def _wants_terminal(session: ComposeSession, options: ParsedFlags) -> bool:
    if "tty" in options.given and "no-TTY" in options.given:
        raise CommandError("--tty and --no-TTY can't be used together")
    if options.switch("tty") and not session.docker.on_terminal:
        raise NotModelled("docker compose run -t without a terminal")
    return session.docker.on_terminal and not options.switch("no-TTY")


def _published(options: ParsedFlags) -> list[Any]:
    found: list[YamlValue] = [port for text in options.texts("publish") for port in parse(text)]
    return SERVICES.decode({"x": {"ports": found}}, "services")["x"].ports if found else []


def _volumes(options: ParsedFlags) -> list[Any]:
    found: list[YamlValue] = [volumes.parse(text) for text in options.texts("volume")]
    return SERVICES.decode({"x": {"volumes": found}}, "services")["x"].volumes


def _dependencies(
    session: ComposeSession, project: Project, name: str, options: ParsedFlags
) -> Generator[Wait, Any, None]:
    """startDependencies: networks and volumes, and the services that this one depends on."""
    if options.switch("no-deps"):
        selection.select_services(project, [name], dependencies=False)
    others = copy.copy(project)
    others.services = {key: service for key, service in project.services.items() if key != name}
    others.disabled = {**project.disabled, name: project.services[name]}
    yield from create(session, others, Strategy(services=[], remove_orphans=options.switch("remove-orphans")))
    if others.services:
        yield from start_project(session, others)


def _create(
    session: ComposeSession, project: Project, service: ServiceConfig, options: ParsedFlags
) -> Generator[Wait, Any, str]:
    one = copy.copy(project)
    one.services = {service.name: service}
    check_modelled(one)
    yield from ensure_images(session, one)
    resolve_namespaces(service, lambda other: containers_of(session, project.name, services=[other]))
    slug = f"{session.process.machine.random.getrandbits(_BITS):064x}"
    name = options.text("name") or service.container_name or f"{project.name}-{service.name}-run-{slug[:_SHORT]}"
    service.container_name = name
    labels = {**service.labels, **service.custom_labels, _SLUG: slug, ONEOFF_LABEL: "True"}
    body = container_body(project, service, 1, links_of(session, project, service, 1), labels,
                          file_mounts(session, project, service))  # fmt: skip
    _as_one_off(body, service, name, options)
    answer: Json = yield from session.docker.engine.container_create(body, name)
    for warning in answer["Warnings"] or []:
        session.event(service.name, "", warning)
    inject(session, project, service, answer["Id"])
    return str(answer["Id"])


def _as_one_off(body: Json, service: ServiceConfig, name: str, options: ParsedFlags) -> None:
    body["Labels"] = {**body["Labels"], ONEOFF_LABEL: "True"}
    del body["Labels"][NUMBER_LABEL]
    body["AttachStdin"] = body["StdinOnce"] = service.stdin_open
    body["HostConfig"]["AutoRemove"] = options.switch("rm")
    for endpoint in ((body["NetworkingConfig"] or {}).get("EndpointsConfig") or {}).values():
        known = [alias for alias in endpoint["Aliases"] if alias not in (name, service.name)]
        endpoint["Aliases"] = [name, service.name, *known] if options.switch("use-aliases") else [name]


def _start(
    session: ComposeSession, identity: str, service: ServiceConfig, options: ParsedFlags
) -> Generator[Wait, Any, int]:
    engine, process = session.docker.engine, session.process
    if options.switch("detach"):
        yield from engine.container_start(identity)
        session.line(identity)
        return 0
    stdin = process.stdin if service.stdin_open else None
    yield from engine.container_attach(identity, stdin, process.stdout, process.stderr)
    yield from engine.container_start(identity)
    status = yield from exit_status(session.docker, identity, "removed" if options.switch("rm") else "next-exit")
    if status:
        process.error("\n")
    return status
