"""`docker exec` (docker/cli, container/exec.go)."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from vnetsim.clock import Wait
from vnetsim.process import Program
from vnetsim.programs.docker.cobra import CommandError, ParsedFlags
from vnetsim.programs.docker.console import ESCAPED, converse, detach_keys
from vnetsim.programs.docker.flags import BadOption
from vnetsim.programs.docker.opts_file import exec_environment
from vnetsim.programs.docker.run import NO_TERMINAL
from vnetsim.programs.docker.session import DockerSession

Json = dict[str, Any]


def run(session: DockerSession, options: ParsedFlags) -> Program:
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

    def wait() -> Generator[Wait, Any, int]:
        return (yield from engine.exec_start(made["Id"], stdin, process.stdout, process.stderr)) or 0

    status = yield from converse(session, engine.exec_terminal(made["Id"]), wait, request["DetachKeys"])
    if status is None:
        engine.exec_detach(made["Id"])
        raise CommandError(ESCAPED)
    return status


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
        "DetachKeys": detach_keys(session, options.text("detach-keys")),
        "Env": environment or None,
        "WorkingDir": options.text("workdir"),
        "Cmd": command,
    }
    if request["Tty"]:
        request["ConsoleSize"] = [0, 0]
    return request
