"""`docker compose exec`, `logs`, `stats`, `port` and `version`."""

from __future__ import annotations

from vnetsim.digits import is_digits
from vnetsim.process import Program
from vnetsim.programs.compose.containers import containers_of, name_of, the_container
from vnetsim.programs.compose.session import VERSION, ComposeSession, Json, require_services
from vnetsim.programs.docker.cobra import CommandError, ParsedFlags
from vnetsim.programs.docker.flags import parse_integer
from vnetsim.programs.docker.opts_file import with_value
from vnetsim.programs.docker.stats import show

# --- exec ----------------------------------------------------------------------------------------------------------


def run_exec(session: ComposeSession, options: ParsedFlags) -> Program:
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
        "Env": [with_value(session.process, entry) for entry in options.texts("env")] or None,
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


# --- logs ----------------------------------------------------------------------------------------------------------


def run_logs(session: ComposeSession, options: ParsedFlags) -> Program:
    project, name = session.project_or_name(options.arguments)
    wanted = options.arguments
    require_services(project, wanted)
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


# --- stats ---------------------------------------------------------------------------------------------------------


def run_stats(session: ComposeSession, options: ParsedFlags) -> Program:
    _, name = session.project_or_name()
    stopped = options.switch("all")
    found = containers_of(session, name.lower(), stopped=stopped, services=options.arguments or None)
    names = [str(one["Id"]) for one in sorted(found, key=name_of)]
    status = yield from show(session.docker, names, options, "docker compose stats")
    return status


# --- port and version ----------------------------------------------------------------------------------------------


def run_port(session: ComposeSession, options: ParsedFlags) -> Program:
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


def run_version(session: ComposeSession, options: ParsedFlags) -> Program:
    form = options.text("format")
    if options.switch("short"):
        session.line(VERSION)
    elif form == "json":
        session.line(f'{{"version":"{VERSION}"}}')
    else:
        session.line(f"Docker Compose version {VERSION}")
    return 0
