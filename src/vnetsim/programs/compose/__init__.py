"""`docker compose` (Docker Compose 2.40.3) over the simulated host's engine: a plugin of the docker command.

`vnetsim.compose` reads the files; the requests to the engine are those of Compose (pkg/compose).  Progress is printed
as without a terminal.  Not modelled: the commands without a function in `commands.txt`.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from vnetsim.clock import Wait
from vnetsim.compose.values import ComposeError
from vnetsim.errors import EngineError, NotModelled
from vnetsim.programs.compose.command import TABLE, parse
from vnetsim.programs.compose.session import ComposeSession
from vnetsim.programs.docker import cobra
from vnetsim.programs.docker.cobra import BadFlag, CommandError, FlagReader, HelpWanted
from vnetsim.programs.docker.session import DockerSession, as_generator


def run(docker: DockerSession, arguments: list[str]) -> Generator[Wait, Any, int]:
    """`docker compose ARGUMENTS`: an error is one line on standard error and status 1."""
    try:
        return (yield from _run(docker, arguments))
    except (ComposeError, CommandError) as error:
        if str(error):
            docker.error_line(str(error))
        return getattr(error, "status", 1)
    except (EngineError, NotModelled) as error:
        docker.error_line(str(error))
        return 1


def _run(docker: DockerSession, arguments: list[str]) -> Generator[Wait, Any, int]:
    try:
        flags = FlagReader(TABLE.flags("@global"), interspersed=False).read(arguments)
    except BadFlag as error:
        raise CommandError(str(error)) from None
    except HelpWanted:
        docker.process.write(_help())
        return 0
    cobra.refuse_unmodelled("docker compose", TABLE.flags("@global"), flags)
    if flags.text("progress") not in ("", "auto", "plain") or flags.text("ansi") == "always":
        raise NotModelled("the output of docker compose --progress tty|json|quiet and --ansi always")
    session = ComposeSession(docker, flags)
    if not flags.arguments:
        docker.process.write(_help())
        return 0
    name, *rest = flags.arguments
    if name not in TABLE.names():
        docker.process.write(_help())
        raise CommandError(f'unknown docker command: "compose {name}"')
    return (yield from _perform(session, name, rest))


def _perform(session: ComposeSession, name: str, arguments: list[str]) -> Generator[Wait, Any, int]:
    path = f"docker compose {name}"
    command = TABLE.command(name, path)
    try:
        options = parse(command, path, arguments)
    except HelpWanted:
        session.process.write(cobra.help_text(command, path))
        return 0
    yield from session.docker.connect()
    return (yield from as_generator(TABLE.function(command)(session, options)))


def _help() -> str:
    shown = [flag for flag in TABLE.flags("@global") if not flag.hidden]
    commands = {name: TABLE.short(name) for name in TABLE.names()}
    commands["scale"] += " "  # as Compose has it
    return (
        "Usage:  docker compose [OPTIONS] COMMAND\n\nDefine and run multi-container applications with Docker\n\n"
        "Options:\n" + "\n".join(cobra.flag_lines(shown)) + "\n\nManagement Commands:\n"
        f"{cobra.command_lines({'bridge': 'Convert compose files into another model'})}\n\n"
        f"Commands:\n{cobra.command_lines(commands)}\n\n"
        "Run 'docker compose COMMAND --help' for more information on a command.\n"
    )
