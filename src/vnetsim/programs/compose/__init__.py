"""`docker compose` (Docker Compose 2.40.3) over the simulated host's engine: a plugin of the docker command.

`vnetsim.compose` reads the files; the requests to the engine are those of Compose (pkg/compose).  Progress is printed
as without a terminal.  Not modelled: attached `up`, `build` and the commands without an entry in `_COMMANDS`.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final

from vnetsim.clock import Wait
from vnetsim.compose.values import ComposeError
from vnetsim.errors import EngineError, NotModelled
from vnetsim.process import Program
from vnetsim.programs.compose import lifecycle, listing, observe, pause, up
from vnetsim.programs.compose.command import ComposeCommand, not_modelled, strings
from vnetsim.programs.compose.config_command import CONFIG
from vnetsim.programs.compose.session import ComposeSession
from vnetsim.programs.docker.cobra import BadFlag, CommandError, FlagReader, HelpWanted, command_lines, flag_lines
from vnetsim.programs.docker.flags import BOOL, INT, Flag, switch, text
from vnetsim.programs.docker.session import DockerSession

_FLAGS: Final = (
    switch("all-resources", "Include all resources, even those not used by services"),
    text("ansi", 'Control when to print ANSI control characters ("never"|"always"|"auto")', default="auto"),
    not_modelled("compatibility", BOOL, "Run compose in backward compatibility mode"),
    not_modelled("dry-run", BOOL, "Execute command in dry run mode"),
    strings("env-file", "Specify an alternate environment file"),
    strings("file", "Compose configuration files", "f"),
    Flag("parallel", INT, "Control max parallelism, -1 for unlimited", default="-1", initial=-1),
    strings("profile", "Specify a profile to enable"),
    text("progress", "Set type of progress output (auto, tty, plain, json, quiet)"),
    text(
        "project-directory",
        "Specify an alternate working directory\n(default: the path of the, first specified, Compose file)",
    ),
    text("project-name", "Project name", "p"),
    switch("version", "Show the Docker Compose version information", "v", hidden=True),
)
_COMMANDS: Final[dict[str, tuple[str, ComposeCommand | None]]] = {
    "attach": ("Attach local standard input, output, and error streams to a service's running container", None),
    "build": ("Build or rebuild services", None),
    "commit": ("Create a new image from a service container's changes", None),
    "config": (CONFIG.short, CONFIG),
    "cp": ("Copy files/folders between a service container and the local filesystem", None),
    "create": (up.CREATE.short, up.CREATE),
    "down": (lifecycle.DOWN.short, lifecycle.DOWN),
    "events": ("Receive real time events from containers", None),
    "exec": (observe.EXEC.short, observe.EXEC),
    "export": ("Export a service container's filesystem as a tar archive", None),
    "images": ("List images used by the created containers", None),
    "kill": (pause.KILL.short, pause.KILL),
    "logs": (observe.LOGS.short, observe.LOGS),
    "ls": (listing.LS.short, listing.LS),
    "pause": (pause.PAUSE.short, pause.PAUSE),
    "port": (observe.PORT.short, observe.PORT),
    "ps": (listing.PS.short, listing.PS),
    "publish": ("Publish compose application", None),
    "pull": ("Pull service images", None),
    "push": ("Push service images", None),
    "restart": (lifecycle.RESTART.short, lifecycle.RESTART),
    "rm": (lifecycle.RM.short, lifecycle.RM),
    "run": ("Run a one-off command on a service", None),
    "scale": (f"{up.SCALE.short} ", up.SCALE),
    "start": (lifecycle.START.short, lifecycle.START),
    "stats": ("Display a live stream of container(s) resource usage statistics", None),
    "stop": (lifecycle.STOP.short, lifecycle.STOP),
    "top": ("Display the running processes", None),
    "unpause": (pause.UNPAUSE.short, pause.UNPAUSE),
    "up": (up.UP.short, up.UP),
    "version": (observe.VERSION_COMMAND.short, observe.VERSION_COMMAND),
    "volumes": ("List volumes", None),
    "wait": ("Block until containers of all (or specified) services stop.", None),
    "watch": ("Watch build context for service and rebuild/refresh containers when files are updated", None),
}


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
        flags = FlagReader(_FLAGS, interspersed=False).read(arguments)
    except BadFlag as error:
        raise CommandError(str(error)) from None
    except HelpWanted:
        docker.process.write(_help())
        return 0
    for flag in _FLAGS:
        if not flag.modelled and flag.name in flags.given:
            raise NotModelled(f"docker compose --{flag.name}")
    if flags.text("progress") not in ("", "auto", "plain") or flags.text("ansi") == "always":
        raise NotModelled("the output of docker compose --progress tty|json|quiet and --ansi always")
    session = ComposeSession(docker, flags)
    if not flags.arguments:
        docker.process.write(_help())
        return 0
    name, *rest = flags.arguments
    short, command = _COMMANDS.get(name, ("", None))
    if command is None and short:
        raise NotModelled(f"docker compose {name}")
    if command is None:
        docker.process.write(_help())
        raise CommandError(f'unknown docker command: "compose {name}"')
    return (yield from _perform(session, command, f"docker compose {name}", rest))


def _perform(
    session: ComposeSession, command: ComposeCommand, path: str, arguments: list[str]
) -> Generator[Wait, Any, int]:
    try:
        options = command.parse(path, arguments)
    except HelpWanted:
        session.process.write(command.help(path))
        return 0
    yield from session.docker.connect()
    return (yield from _as_generator(command.run(session, options)))


def _as_generator(program: Program) -> Generator[Wait, Any, int]:
    if isinstance(program, int):
        return program
    return (yield from program)


def _help() -> str:
    shown = [flag for flag in _FLAGS if not flag.hidden]
    commands = {name: short for name, (short, _) in _COMMANDS.items()}
    return (
        "Usage:  docker compose [OPTIONS] COMMAND\n\nDefine and run multi-container applications with Docker\n\n"
        "Options:\n" + "\n".join(flag_lines(shown)) + "\n\nManagement Commands:\n"
        f"{command_lines({'bridge': 'Convert compose files into another model'})}\n\n"
        f"Commands:\n{command_lines(commands)}\n\n"
        "Run 'docker compose COMMAND --help' for more information on a command.\n"
    )
