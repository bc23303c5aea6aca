"""`docker exec` (docker/cli, container/exec.go)."""

from __future__ import annotations

from typing import Any, Final

from vnetsim.process import Program
from vnetsim.programs.docker.cobra import CobraCommand, CommandError, ParsedFlags, at_least
from vnetsim.programs.docker.flags import LIST, BadOption, Flag, listing, switch, text
from vnetsim.programs.docker.opts_file import exec_environment
from vnetsim.programs.docker.run import NO_TERMINAL
from vnetsim.programs.docker.session import DockerSession
from vnetsim.programs.docker.validators import check_env

Json = dict[str, Any]


def _run(session: DockerSession, options: ParsedFlags) -> Program:
    container, *command = options.arguments
    request = _request(session, options, command)
    engine, process = session.engine, session.process
    engine.container_inspect(container)
    if request["AttachStdin"] and request["Tty"] and not session.on_terminal:
        raise CommandError(NO_TERMINAL)
    made: Json = yield from engine.exec_create(container, request)
    if options.switch("detach"):
        yield from engine.exec_start(made["Id"], detach=True)
        return 0
    stdin = process.stdin if request["AttachStdin"] else None
    status: int | None = yield from engine.exec_start(made["Id"], stdin, process.stdout, process.stderr)
    return status or 0


def _request(session: DockerSession, options: ParsedFlags, command: list[str]) -> Json:
    try:
        environment = exec_environment(session.process, options)
    except BadOption as error:
        raise CommandError(str(error)) from None
    attached = not options.switch("detach")
    request: Json = {
        "User": options.text("user"),
        "Privileged": options.switch("privileged"),
        "Tty": options.switch("tty"),
        "AttachStdin": attached and options.switch("interactive"),
        "AttachStderr": attached,
        "AttachStdout": attached,
        "Detach": not attached,
        "DetachKeys": options.text("detach-keys"),
        "Env": environment or None,
        "WorkingDir": options.text("workdir"),
        "Cmd": command,
    }
    if request["Tty"]:
        request["ConsoleSize"] = [0, 0]
    return request


EXEC: Final = CobraCommand(
    "[OPTIONS] CONTAINER COMMAND [ARG...]",
    "Execute a command in a running container",
    _run,
    at_least(2),
    (
        switch("detach", "Detached mode: run command in the background", "d"),
        text("detach-keys", "Override the key sequence for detaching a container"),
        Flag("env", listing(check_env), "Set environment variables", "e"),
        Flag("env-file", LIST, "Read in a file of environment variables"),
        switch("interactive", "Keep STDIN open even if not attached", "i"),
        switch("privileged", "Give extended privileges to the command"),
        switch("tty", "Allocate a pseudo-TTY", "t"),
        text("user", 'Username or UID (format: "<name|uid>[:<group|gid>]")', "u"),
        text("workdir", "Working directory inside the container", "w"),
    ),
    ("docker container exec", "docker exec"),
    passes_on=True,
)
