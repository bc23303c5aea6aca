"""`docker compose exec`, `logs`, `port` and `version`."""

from __future__ import annotations

from typing import Final

from vnetsim.digits import is_digits
from vnetsim.process import Program
from vnetsim.programs.compose.command import ComposeCommand, not_modelled, strings
from vnetsim.programs.compose.containers import containers_of, name_of, the_container
from vnetsim.programs.compose.session import VERSION, ComposeSession, Json
from vnetsim.programs.docker.cobra import CommandError, ParsedFlags
from vnetsim.programs.docker.flags import BOOL, INT, STRING, Flag, parse_integer, switch, text

_INDEX: Final = Flag("index", INT, "Index of the container if service has multiple replicas", initial=0)


# --- exec ----------------------------------------------------------------------------------------------------------


def _run_exec(session: ComposeSession, options: ParsedFlags) -> Program:
    service, *command = options.arguments
    _, name = session.project_or_name()
    container = the_container(session, service, options.number("index"), name.lower())
    detached = options.switch("detach")
    request: Json = {
        "User": options.text("user"),
        "Privileged": options.switch("privileged"),
        "Tty": False,
        "AttachStdin": not detached,
        "AttachStdout": not detached,
        "AttachStderr": not detached,
        "Detach": detached,
        "Env": [_with_value(session, entry) for entry in options.texts("env")] or None,
        "WorkingDir": options.text("workdir"),
        "Cmd": command,
    }
    engine, process = session.docker.engine, session.process
    made: Json = yield from engine.exec_create(container["Id"], request)
    if detached:
        yield from engine.exec_start(made["Id"], detach=True)
        return 0
    status: int | None = yield from engine.exec_start(made["Id"], process.stdin, process.stdout, process.stderr)
    return status or 0


def _with_value(session: ComposeSession, entry: str) -> str:
    value = session.process.context.environment.get(entry)
    return entry if "=" in entry or value is None else f"{entry}={value}"


# --- logs ----------------------------------------------------------------------------------------------------------


def _run_logs(session: ComposeSession, options: ParsedFlags) -> Program:
    project, name = session.project_or_name(options.arguments)
    wanted = options.arguments
    for service in wanted:
        if project is not None and service not in project.services:
            raise CommandError(f"no such service: {service}")
    number = options.number("index")
    found = containers_of(session, name.lower(), services=wanted or None, number=number)
    texts = {name_of(one).removeprefix(f"{name}-"): session.docker.engine.container_logs(one["Id"]) for one in found}
    width = max(map(len, texts), default=0) + 1
    for container, written in sorted(texts.items()):
        prefix = "" if options.switch("no-log-prefix") else f"{container.ljust(width)} | "
        lines = "".join(text for _, text in written).splitlines()
        tail = options.text("tail")
        if is_digits(tail):
            lines = lines[-int(tail) :] if int(tail) else []
        session.process.write("".join(f"{prefix}{line}\n" for line in lines))
    return 0


# --- port and version ----------------------------------------------------------------------------------------------


def _run_port(session: ComposeSession, options: ParsedFlags) -> Program:
    service, wanted = options.arguments
    try:
        port = parse_integer(wanted, 0, 0xFFFF, "ParseUint")
    except Exception as error:
        raise CommandError(str(error)) from None
    _, name = session.project_or_name()
    container = the_container(session, service, options.number("index"), name.lower())
    protocol = options.text("protocol")
    published = sorted(container["Ports"] or [], key=lambda one: (":" in one.get("IP", ""), one["PrivatePort"]))
    for one in published:
        if one["PrivatePort"] == port and one["Type"] == protocol:
            session.line(f"{one.get('IP', '')}:{one.get('PublicPort', 0)}")
            return 0
    known = ", ".join(f"{one.get('PublicPort', 0)}/{one['Type']}" for one in published)
    raise CommandError(f"no port {port}/{protocol} for container {name_of(container)}: {known}")


def _run_version(session: ComposeSession, options: ParsedFlags) -> Program:
    form = options.text("format")
    if options.switch("short"):
        session.line(VERSION)
    elif form == "json":
        session.line(f'{{"version":"{VERSION}"}}')
    else:
        session.line(f"Docker Compose version {VERSION}")
    return 0


EXEC: Final = ComposeCommand(
    "[OPTIONS] SERVICE COMMAND [ARGS...]",
    "Execute a command in a running container",
    _run_exec,
    least=2,
    passes_on=True,
    flags=(
        Flag("detach", BOOL, "Detached mode: Run command in the background", "d"),
        strings("env", "Set environment variables", "e"),
        _INDEX,
        Flag(
            "no-tty",
            BOOL,
            "Disable pseudo-TTY allocation. By default 'docker compose exec' allocates a TTY.",
            "T",
            default="true",
            initial=True,
        ),
        switch("privileged", "Give extended privileges to the process"),
        text("user", "Run the command as this user", "u"),
        text("workdir", "Path to workdir directory for this command", "w"),
    ),
)
LOGS: Final = ComposeCommand(
    "[OPTIONS] [SERVICE...]",
    "View output from containers",
    _run_logs,
    flags=(
        not_modelled("follow", BOOL, "Follow log output", short="f"),
        Flag("index", INT, "index of the container if service has multiple replicas", initial=0),
        switch("no-color", "Produce monochrome output"),
        switch("no-log-prefix", "Don't print prefix in logs"),
        not_modelled(
            "since",
            STRING,
            "Show logs since timestamp (e.g. 2013-01-02T13:23:37Z) or relative (e.g. 42m for 42 minutes)",
        ),
        text("tail", "Number of lines to show from the end of the logs for each container", "n", default="all"),
        not_modelled("timestamps", BOOL, "Show timestamps", short="t"),
        not_modelled(
            "until",
            STRING,
            "Show logs before a timestamp (e.g. 2013-01-02T13:23:37Z) or relative (e.g. 42m for 42 minutes)",
        ),
    ),
)
PORT: Final = ComposeCommand(
    "[OPTIONS] SERVICE PRIVATE_PORT",
    "Print the public port for a port binding",
    _run_port,
    least=2,
    flags=(_INDEX, text("protocol", "tcp or udp", default="tcp")),
)
VERSION_COMMAND: Final = ComposeCommand(
    "[OPTIONS]",
    "Show the Docker Compose version information",
    _run_version,
    most=0,
    flags=(
        text("format", "Format the output. Values: [pretty | json]. (Default: pretty)", "f"),
        switch("short", "Shows only Compose's version number"),
    ),
)
