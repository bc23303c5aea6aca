"""The interactive session `vnetsim shell`.

Without a terminal, lines are read from standard input.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Final, Unpack

from vnetsim.errors import UsageError
from vnetsim.lab import Lab
from vnetsim.prompt import meta
from vnetsim.prompt.entered import CTRL_C, CTRL_D
from vnetsim.prompt.session import PromptSession
from vnetsim.prompt.terminal import LineReader, asker, next_line, to_stdout
from vnetsim.scenario.build import LabOptions, load
from vnetsim.shell.parser import is_complete
from vnetsim.wallclock import WallClock

#: Whether it was a command about the session itself.
MetaCommands = Callable[[PromptSession, str], bool]
_GREETING: Final = "vnetsim: a simulated Linux host. Type commands as on a real one; Ctrl-D or `exit` leaves.\n"


def run(
    scenario: str | None = None, *, patience: float = 60.0, fast: bool = False, **options: Unpack[LabOptions]
) -> int:
    """Read and run lines until the end; the exit status of the last.

    The machine is that of the scenario, if there is one; what failed there is printed.  At a terminal, simulated time
    follows the wall clock unless `fast`.
    """
    lab = _lab(scenario, options)
    session = PromptSession(lab, to_stdout, patience=patience)
    if _at_terminal():
        to_stdout(_GREETING)
    attend(session, fast=fast)
    return session.status


def _at_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def attend(session: PromptSession, *, fast: bool, commands: MetaCommands = meta.run) -> None:
    """Type what the user does, at a terminal or on standard input, until the outermost shell ends."""
    clock = None if fast or not _at_terminal() else WallClock()
    converse(session, asker(session, clock) if _at_terminal() else next_line, commands)


def _lab(scenario: str | None, options: LabOptions) -> Lab:
    if scenario is None:
        if options.get("compose") is not None:
            raise UsageError("--file, --profile and --env-file need a SCENARIO, a compose file")
        return Lab(
            options.get("seed") or 0, docker=options.get("docker"), docker_flags=options.get("docker_flags", ()),
            watch=True, images=options.get("images"), budget=options.get("budget"),
        )  # fmt: skip
    options["incomplete"] = True
    lab = load(scenario, **options)
    for failure in lab.failures:
        sys.stderr.write(f"{failure}\n")
    for assumption in lab.shortfall.assumptions:
        sys.stderr.write(f"vnetsim: assumed: {assumption}\n")
    lab.watch()
    return lab


def converse(session: PromptSession, read_line: LineReader, commands: MetaCommands = meta.run) -> None:
    """Type what is read until the outermost shell ends; a command that leaves something open is continued.

    `commands` takes those that no machine has.
    """
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
            if not (session.reads_commands and commands(session, text)):
                session.run(text)
            text = ""


def _interrupted(session: PromptSession) -> str:
    """Ctrl-C at the prompt of a shell: what was typed is forgotten; another program gets the signal."""
    if not session.reads_commands:
        session.run(CTRL_C)
    return ""
