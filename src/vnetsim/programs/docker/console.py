"""A client at the terminal of a container's program (docker/cli, container/hijack.go, exec.go; moby/term, proxy.go).

Detach keys are a line of their own, or at the end of one.  Not modelled: the size of the terminal.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from typing import Any, Final

from vnetsim.clock import Wait
from vnetsim.docker.term import DETACH, parse_keys
from vnetsim.errors import KernelError, NotModelled
from vnetsim.process import Interrupted, Program, Terminal, terminal_of
from vnetsim.programs.docker.cobra import CommandError
from vnetsim.programs.docker.session import DockerSession, exit_status

#: What waits for the end of the program, and gives its exit status.
Wanted = Callable[[], Generator[Wait, Any, int]]

#: What the client prints when the user leaves what it was asked to attach to.
ESCAPED: Final = "read escape sequence"
_DEFAULT: Final = "ctrl-p,ctrl-q"


def detach_keys(session: DockerSession, given: str) -> str:
    """Of --detach-keys, or of the client's configuration file."""
    return given or str(configuration(session).get("detachKeys") or "")


def configuration(session: DockerSession) -> dict[str, Any]:
    """~/.docker/config.json; NotModelled for one that cannot be read."""
    environment = session.process.context.environment
    directory = environment.get("DOCKER_CONFIG") or f"{environment.get('HOME', '/root')}/.docker"
    try:
        found = json.loads(session.process.files.read(f"{directory}/config.json"))
    except KernelError:
        return {}
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise NotModelled(f"a configuration file that is no JSON object: {directory}/config.json")
    return found


def checked_keys(session: DockerSession, given: str) -> str:
    """`detach_keys` for a client that attaches; CommandError for what are none, which the engine refuses."""
    keys = detach_keys(session, given)
    try:
        parse_keys(keys or _DEFAULT)
    except ValueError:
        raise CommandError("unable to upgrade to tcp, received 400") from None
    return keys


def attached_status(
    session: DockerSession, container: str, condition: str, *, reads: bool, forwards_signals: bool = True,
    keys: str = "", notice: str = "",
) -> Generator[Wait, Any, int]:  # fmt: skip
    """Wait for a container; what is typed goes to its terminal if it has one and `reads`.

    `notice`: what is printed when the user detaches, which then is an error.
    """

    def wait() -> Generator[Wait, Any, int]:
        return exit_status(session, container, condition, forwards_signals=forwards_signals)

    inner = session.engine.container_terminal(container) if reads else None
    status = yield from converse(session, inner, wait, keys)
    if status is not None:
        return status
    session.engine.container_detach(container, session.process.stdout, session.process.stderr)
    if notice:
        raise CommandError(notice)
    return 0


def converse(
    session: DockerSession, inner: Terminal | None, wait: Wanted, keys: str = ""
) -> Generator[Wait, Any, int | None]:
    """What is typed goes to the terminal `inner`, until its program ends; None when the user detached."""
    outer = terminal_of(session.process.stdin)
    if outer is None or inner is None:
        return (yield from wait())
    process = session.process
    waiter = process.fork(lambda _process: wait())
    typing = process.fork(lambda _process: _type(outer, inner, parse_keys(keys) if keys else DETACH))
    try:
        while waiter.status is None and typing.status is None:
            try:
                yield process.any_of([waiter.wait(), typing.wait()])
            except Interrupted as key:
                inner.press(key)
    finally:
        typing.kill()
        if waiter.status is None:
            waiter.kill()
    return waiter.status


def _type(outer: Terminal, inner: Terminal, keys: str) -> Program:
    """Pass on what is typed, whenever the program reads; ends at the detach keys."""
    outer.inner = inner
    try:
        while True:
            yield inner.wanted()
            outer.prompt = inner.prompt
            inner.size = outer.size
            line: str = yield outer.read_keys() if inner.keys else outer.read_line()
            outer.prompt = None
            if keys in line:
                return 0
            if line:
                inner.feed(line)
            else:
                inner.end()
    finally:
        outer.inner, outer.prompt = None, None
