"""`docker`: the command line of Docker (client 28.2.2, API 1.50) for the simulated host's engine.

Each module has the functions of a command or several; `commands` is the tree and `commands.txt` the table of flags,
`cobra` parses arguments, `go` evaluates --format.
Standard input is no terminal unless it declares itself one.  Not modelled: plugins but compose, contexts but `default`,
remote engines, and the commands without a function in `commands.txt`.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from importlib import import_module
from typing import Any, Final

from vnetsim.clock import Wait
from vnetsim.errors import EngineError, NotModelled
from vnetsim.process import Process, Program
from vnetsim.programs.docker import cobra, commands
from vnetsim.programs.docker.cobra import BadFlag, CommandError, FlagReader, HelpWanted, ParsedFlags
from vnetsim.programs.docker.flags import Flag
from vnetsim.programs.docker.session import GIT_COMMIT, START_UP, VERSION, DockerSession, as_generator

_Running = Generator[Wait, Any, int]

_USE: Final = " [OPTIONS] COMMAND [ARG...]"
_LOG_LEVELS: Final = ("panic", "fatal", "error", "warn", "warning", "info", "debug", "trace")


def main(process: Process) -> Program:
    return _run(DockerSession(process))


def _run(session: DockerSession) -> _Running:
    yield session.process.sleep(START_UP)
    try:
        return (yield from _dispatch(session, list(session.process.argv[1:])))
    except CommandError as failure:
        if str(failure):
            session.error_line(str(failure))
        return failure.status
    except (EngineError, NotModelled) as error:
        session.error_line(str(error))
        return 1


def _dispatch(session: DockerSession, argv: list[str]) -> _Running:
    try:
        options = FlagReader(commands.TABLE.flags("@global"), interspersed=False).read(argv)
    except BadFlag as error:
        cobra.refuse_group("docker", str(error), _USE)
    except HelpWanted as wanted:
        if wanted.notice:
            session.error_line(wanted.notice)
        session.process.write(_main_help())
        return 0
    arguments = options.arguments
    if not arguments:
        version = options.switch("version")
        session.process.write(f"Docker version {VERSION}, build {GIT_COMMIT}\n" if version else _main_help())
        return 0
    _connect(session, options)
    if arguments[0] == "help":
        return _help(session, arguments[1:])
    return (yield from _command(session, arguments))


def _connect(session: DockerSession, options: ParsedFlags) -> None:
    """Set the engine's host from the global flags and DOCKER_HOST."""
    if options.text("log-level") not in _LOG_LEVELS:
        raise CommandError(f"Unable to parse logging level: {options.text('log-level')}")
    context = options.text("context")
    if context not in ("", "default"):
        complaint = import_module("vnetsim.programs.docker.context").not_found(context)
        raise CommandError(f"Failed to initialize: unable to resolve docker endpoint: {complaint}")
    for name in ("tls", "tlsverify"):
        if options.switch(name):
            raise NotModelled(f"docker --{name}")
    hosts = options.texts("host")
    if len(hosts) > 1:
        raise CommandError("Failed to initialize: unable to resolve docker endpoint: Specify only one -H")
    environment = session.process.context.environment.get("DOCKER_HOST", "")
    host = hosts[0] if hosts else environment
    if host:
        session.host = host if "://" in host else f"tcp://{host}"


def _command(session: DockerSession, argv: Sequence[str]) -> _Running:
    name, rest = argv[0], list(argv[1:])
    if name == "compose":
        return int((yield from import_module("vnetsim.programs.compose").run(session, rest)))
    group = commands.GROUPS.get(name) or commands.SWARM.get(name)
    if group is not None:
        return (yield from _member(session, name, group, rest))
    command = commands.TOP_LEVEL.get(name)
    if command is None:
        if _help_requested("docker", rest, commands.TABLE.flags("@global"), _USE):
            session.process.write(_main_help())
            return 0
        cobra.unknown_command("docker", name)
    return (yield from _perform(session, command, f"docker {name}", rest))


def _member(session: DockerSession, name: str, group: commands.CobraGroup, argv: list[str]) -> _Running:
    """`docker network ...`: its members, or its own help."""
    path = f"docker {name}"
    if not commands.TABLE.names(name):
        raise NotModelled(path)
    help_text = cobra.group_help(path, group.short, commands.shorts(name))
    try:
        arguments = FlagReader((), interspersed=False).read(argv).arguments
    except BadFlag as error:
        cobra.refuse_group(path, str(error), group.use)
    except HelpWanted as wanted:
        session.process.write(f"{wanted.notice}\n{help_text}" if wanted.notice else help_text)
        return 0
    if not arguments:
        session.process.error(help_text)
        return 0
    member = commands.member(name, arguments[0])
    if member is None:
        if _help_requested(path, arguments[1:], (), group.use):
            session.process.write(help_text)
            return 0
        cobra.unknown_command(path, arguments[0], group.use)
    return (yield from _perform(session, f"{name} {member}", f"{path} {member}", arguments[1:]))


def _help_requested(path: str, argv: Sequence[str], flags: Sequence[Flag], use: str) -> bool:
    """The client parses the flags before it looks the command up, so that it reports a bad flag first."""
    try:
        FlagReader(flags, interspersed=True).read(argv)
    except BadFlag as error:
        cobra.refuse_group(path, str(error), use)
    except HelpWanted:
        return True
    return False


def _perform(session: DockerSession, name: str, path: str, argv: list[str]) -> _Running:
    """Run the command `name` of the table, called as `path`."""
    command = commands.TABLE.command(name, path)
    if name == "image build":
        import_module("vnetsim.programs.docker.build").notice(session)
    try:
        options = cobra.parse(command, path, argv)
    except HelpWanted as wanted:
        if wanted.notice:
            session.line(wanted.notice)
        session.process.write(cobra.help_text(command, path, commands.aliases(name)))
        return 0
    for flag in command.flags:
        if flag.platform and flag.name in options.given:
            running = f"running on {flag.platform}, but the Docker daemon is running on linux"
            raise CommandError(f'"--{flag.name}" is only supported on a Docker daemon {running}')
    cobra.refuse_unmodelled(path, command.flags, options)
    for notice in options.notices:
        session.line(notice)
    yield from session.connect()
    return (yield from as_generator(commands.TABLE.function(command)(session, options)))


# --- help ------------------------------------------------------------------------------------------------------------


def _help(session: DockerSession, argv: Sequence[str]) -> int:
    """`docker help COMMAND`."""
    known, unknown = _help_of(argv)
    if unknown:
        raise CommandError(f"unknown help topic: {' '.join(unknown)}")
    session.process.write(known)
    return 0


def _help_of(argv: Sequence[str]) -> tuple[str, Sequence[str]]:
    """The help of the command at the beginning of the arguments, and the rest of them."""
    if not argv:
        return _main_help(), ()
    name, *rest = argv
    command, path = commands.TOP_LEVEL.get(name), f"docker {name}"
    if commands.TABLE.names(name):
        member = commands.member(name, rest[0]) if rest else None
        if member is None:
            return cobra.group_help(path, commands.GROUPS[name].short, commands.shorts(name)), rest
        command, path, rest = f"{name} {member}", f"{path} {member}", rest[1:]
    if command is None:
        return "", argv
    return cobra.help_text(commands.TABLE.command(command, path), path, commands.aliases(command)), rest


def _main_help() -> str:
    """Of a client whose engine is in no swarm and not experimental."""
    sections = (
        ("Common Commands", commands.top_level_shorts(commands.COMMON)),
        ("Management Commands", {name: group.short for name, group in commands.GROUPS.items()}),
        ("Swarm Commands", {"swarm": commands.SWARM["swarm"].short}),
        ("Commands", commands.top_level_shorts(commands.OTHERS)),
    )
    listed = "\n\n".join(f"{title}:\n{cobra.command_lines(shorts)}" for title, shorts in sections)
    flags = "\n".join(cobra.flag_lines(commands.TABLE.flags("@global")))
    return (
        "Usage:  docker [OPTIONS] COMMAND\n\nA self-sufficient runtime for containers\n\n"
        f"{listed}\n\nGlobal Options:\n{flags}\n\n"
        "Run 'docker COMMAND --help' for more information on a command.\n\n"
        "For more help on how to use Docker, head to https://docs.docker.com/go/guides/\n"
    )
