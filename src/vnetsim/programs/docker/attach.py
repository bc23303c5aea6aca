"""`docker start` and `docker attach` (docker/cli, container/start.go and attach.go)."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final

from vnetsim.clock import Wait
from vnetsim.errors import EngineError, NotModelled
from vnetsim.process import Program
from vnetsim.programs.docker.cobra import CommandError, ParsedFlags
from vnetsim.programs.docker.console import ESCAPED, attached_status, checked_keys
from vnetsim.programs.docker.run import NO_TERMINAL
from vnetsim.programs.docker.session import DockerSession

Json = dict[str, Any]

#: Without a terminal they read all of their input first.
_SHELLS: Final = ("bash", "sh", "dash", "ash")


def run_start(session: DockerSession, options: ParsedFlags) -> Program:
    names = options.arguments
    if options.switch("attach") or options.switch("interactive"):
        if len(names) > 1:
            raise CommandError("you cannot start and attach multiple containers at once")
        keys = options.text("detach-keys")
        return (yield from _start_attached(session, names[0], keys, interactive=options.switch("interactive")))
    failed: list[str] = []
    for name in names:
        try:
            yield from session.engine.container_start(name)
        except EngineError as error:
            session.error_line(str(error))
            failed.append(name)
        else:
            session.line(name)
    if failed:
        raise CommandError(f"Error: failed to start containers: {', '.join(failed)}")
    return 0


def _start_attached(session: DockerSession, name: str, given: str, *, interactive: bool) -> Generator[Wait, Any, int]:
    engine, process = session.engine, session.process
    container = engine.container_inspect(name)
    identity, config = container["Id"], container["Config"]
    stdin = process.stdin if interactive and config["OpenStdin"] else None
    if config["Tty"] and stdin is not None and not session.on_terminal:
        raise CommandError(NO_TERMINAL)
    keys = checked_keys(session, given)
    yield from engine.container_attach(identity, stdin, process.stdout, process.stderr)
    yield from engine.container_start(identity)
    condition = "removed" if container["HostConfig"]["AutoRemove"] else "next-exit"
    return (yield from attached_status(session, identity, condition, reads=stdin is not None, keys=keys))


def run_attach(session: DockerSession, options: ParsedFlags) -> Program:
    engine, process = session.engine, session.process
    name = options.arguments[0]
    container = engine.container_inspect(name)
    _check_attachable(container["State"])
    config = container["Config"]
    stdin = process.stdin if config["OpenStdin"] and not options.switch("no-stdin") else None
    if config["Tty"] and stdin is not None and not session.on_terminal:
        raise CommandError(NO_TERMINAL)
    if stdin is not None and container["Path"].rpartition("/")[2] in _SHELLS and not config["Tty"]:
        if (yield stdin.read_some()):
            raise NotModelled("docker attach with input for a shell that runs already, without a terminal")
        stdin = None
    keys = checked_keys(session, options.text("detach-keys"))
    yield from engine.container_attach(name, stdin, process.stdout, process.stderr)
    return (
        yield from attached_status(
            session, name, "not-running", reads=stdin is not None, forwards_signals=options.switch("sig-proxy"),
            keys=keys, notice=ESCAPED,
        )
    )  # fmt: skip


def _check_attachable(state: Json) -> None:
    if not state["Running"]:
        raise CommandError("You cannot attach to a stopped container, start it first")
    if state["Paused"]:
        raise CommandError("You cannot attach to a paused container, unpause it first")
    if state["Restarting"]:
        raise CommandError("You cannot attach to a restarting container, wait until it is running")
