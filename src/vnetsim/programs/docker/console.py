"""A client that is attached to the terminal of a container (docker/cli, container/hijack.go; moby/term, proxy.go).

Not modelled: --detach-keys; the keys are Ctrl-P Ctrl-Q, typed as a line of their own.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final

from vnetsim.clock import Wait
from vnetsim.process import Interrupted, Program, Terminal, terminal_of
from vnetsim.programs.docker.session import DockerSession, exit_status

#: Ctrl-P Ctrl-Q, which leave the container running.
DETACH: Final = "\x10\x11"


def attached_status(
    session: DockerSession, container: str, condition: str, *, reads: bool, forwards_signals: bool = True
) -> Generator[Wait, Any, int]:
    """Wait for a container; what is typed goes to its terminal if it has one and `reads`."""
    outer, inner = terminal_of(session.process.stdin), session.engine.container_terminal(container)
    if not reads or outer is None or inner is None:
        return (yield from exit_status(session, container, condition, forwards_signals=forwards_signals))
    process = session.process
    waiter = process.fork(
        lambda _process: exit_status(session, container, condition, forwards_signals=forwards_signals)
    )
    typing = process.fork(lambda _process: _type(outer, inner))
    try:
        while waiter.status is None and typing.status is None:
            try:
                yield process.any_of([waiter.wait(), typing.wait()])
            except Interrupted:
                waiter.interrupt()
    finally:
        waiter.kill()
        typing.kill()
    if waiter.status is None:
        session.engine.container_detach(container, process.stdout, process.stderr)
        process.error("read escape sequence\n")
        return 0
    return waiter.status


def _type(outer: Terminal, inner: Terminal) -> Program:
    """Pass on what is typed, whenever the container reads; ends at the detach keys."""
    outer.inner = inner
    try:
        while True:
            yield inner.wanted()
            outer.prompt = inner.prompt
            line: str = yield outer.read_line()
            outer.prompt = None
            if line.startswith(DETACH):
                return 0
            if line:
                inner.feed(line)
            else:
                inner.end()
    finally:
        outer.inner, outer.prompt = None, None
