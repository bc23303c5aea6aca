"""The interactive session `vnetsim shell`.

Without a terminal, lines are read from standard input.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Final

from vnetsim.lab import Lab
from vnetsim.prompt.live import WallClock
from vnetsim.prompt.session import CTRL_C, CTRL_D, PromptSession
from vnetsim.prompt.terminal import LineReader, asker, next_line, to_stdout
from vnetsim.shell.parser import is_complete

_GREETING: Final = "vnetsim: a simulated Linux host. Type commands as on a real one; Ctrl-D or `exit` leaves.\n"


def run(
    seed: int = 0, docker: bool | None = None, patience: float = 60.0, docker_flags: Sequence[str] = (),
    images: Mapping[str, Sequence[str]] | None = None, *, fast: bool = False,
) -> int:  # fmt: skip
    """Read and run lines until the end; the exit status of the last.

    At a terminal, simulated time follows the wall clock unless `fast`.
    """
    lab = Lab(seed, docker=docker, docker_flags=docker_flags, watch=True, images=images)
    session = PromptSession(lab, to_stdout, patience=patience)
    interactive = sys.stdin.isatty() and sys.stdout.isatty()
    if interactive:
        to_stdout(_GREETING)
    clock = None if fast or not interactive else WallClock()
    converse(session, asker(session, clock) if interactive else next_line)
    return session.status


def converse(session: PromptSession, read_line: LineReader) -> None:
    """Type what is read until the outermost shell ends; a command that leaves something open is continued."""
    text = ""
    session.begin()
    while not session.over:
        try:
            text += read_line("> " if text else session.prompt) + "\n"
        except KeyboardInterrupt:
            text = _interrupted(session)
            continue
        except EOFError:
            if text or session.nested:
                session.run(text or CTRL_D)
                text = ""
                continue
            break
        if not session.reads_commands or is_complete(text):
            session.run(text)
            text = ""


def _interrupted(session: PromptSession) -> str:
    """Ctrl-C at the prompt of a shell: what was typed is forgotten; another program gets the signal."""
    if not session.reads_commands:
        session.run(CTRL_C)
    return ""
