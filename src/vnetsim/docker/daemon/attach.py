"""Clients that attach to the main process of a container, and leave it (daemon/attach.go, container/stream of moby
28.5).

A client that comes before the start brings the standard input itself if it is the only one (StdinOnce); otherwise what
clients send goes into a pipe that stays open when they leave.

Not modelled: a shell without a terminal that gets its commands one by one: it reads its input to the end first.
"""

from __future__ import annotations

from typing import Final

from vnetsim.docker.container.container import Container
from vnetsim.docker.daemon.commandlines import name_of
from vnetsim.docker.daemon.daemon import Daemon
from vnetsim.docker.daemon.mainprocess import SHELLS
from vnetsim.errors import EngineError, NotModelled
from vnetsim.failures import Failure, FailureKind
from vnetsim.process import BrokenPipe, Input, Output, Process, Program

#: Input for a shell that waits for the end of it.
COMMANDS: Final = NotModelled("docker attach with input for a shell that runs already, without a terminal")


def attach(
    daemon: Daemon, container: Container, term: str, stdin: Input | None, stdout: Output | None, stderr: Output | None
) -> None:
    """`term` is how the client names the container; EngineError 409 for a paused one."""
    if container.state.paused:
        raise EngineError(409, f"container {term} is paused, unpause the container before attach")
    if container.config["OpenStdin"] and container.config["Tty"]:
        container.terminal = container.terminal or daemon.machine.terminal()
    elif container.config["OpenStdin"] and stdin is not None:
        _bring(daemon, container, stdin, stderr)
    if stdout is not None:
        container.stdout.attached.append(stdout)
    if stderr is not None and container.stderr is not container.stdout:
        container.stderr.attached.append(stderr)
    daemon.events.container(container, "attach")


def _bring(daemon: Daemon, container: Container, stdin: Input, stderr: Output | None) -> None:
    if not container.state.running and container.config["StdinOnce"]:
        container.stdin = stdin
        return
    if container.stdin_end is None:
        container.stdin, container.stdin_end = daemon.machine.pipe()
    daemon.host.run(lambda process: _copy(process, container, stdin, stderr), "dockerd", daemon.machine.host)


def _copy(process: Process, container: Container, stdin: Input, stderr: Output | None) -> Program:
    """Until the client sends no more, or the program ends."""
    end = container.stdin_end
    while end is not None and (text := (yield stdin.read_some())):
        if name_of(container.command[0]) in SHELLS and stderr is not None:
            process.complain(f"{COMMANDS}\n", stderr)
            process.report(Failure(command="docker attach", message=str(COMMANDS), kind=FailureKind.NOT_MODELLED))
            return 1
        try:
            end.write(text)
        except BrokenPipe:
            return 0
    if end is not None and container.config["StdinOnce"]:
        end.close()
    return 0


def detach(daemon: Daemon, container: Container, stdout: Output, stderr: Output, *, by_keys: bool) -> None:
    """A client goes away; there is an event if the engine has read its detach keys (`by_keys`)."""
    screens = [] if container.terminal is None else container.terminal.screens
    streams = (container.stdout.attached, stdout), (container.stderr.attached, stderr), (screens, stdout)
    for attached, output in streams:
        if output in attached:
            attached.remove(output)
    if by_keys:
        daemon.events.container(container, "detach")
