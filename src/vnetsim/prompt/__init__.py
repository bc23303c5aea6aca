"""The interactive session `vnetsim shell`.

Without a terminal, lines are read from standard input.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Unpack

from vnetsim.errors import UsageError
from vnetsim.lab import Lab
from vnetsim.prompt import meta
from vnetsim.prompt.entered import CTRL_C, CTRL_D
from vnetsim.prompt.session import PromptSession
from vnetsim.prompt.terminal import JoinedAsker, LineReader, TerminalReader, asker, next_line, to_stdout
from vnetsim.scenario.build import LabOptions, load
from vnetsim.shell.parser import is_complete
from vnetsim.wallclock import WallClock

if TYPE_CHECKING:
    from vnetsim.prompt.attach_server import AttachServer

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
    attend(session, fast=fast, joined=True)
    return session.status


def _at_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def attend(session: PromptSession, *, fast: bool, commands: MetaCommands = meta.run, joined: bool = False) -> None:
    """Type what the user does, at a terminal or on standard input, until the outermost shell ends.

    `joined`: further terminals may join it, where simulated time follows the wall clock.
    """
    server = _attach_server(session) if joined and not fast and _at_terminal() else None
    try:
        converse(session, _line_reader(session, fast, server), commands)
    finally:
        if server is not None:
            server.close()


def _line_reader(session: PromptSession, fast: bool, server: AttachServer | None) -> LineReader:
    if not _at_terminal():
        return next_line
    if server is None:
        return asker(session, None if fast else WallClock())
    return asker(session, WallClock(sleep=server.wait), lambda: server.wait(0))


def _attach_server(session: PromptSession) -> AttachServer | None:
    """Where further terminals join; a sentence instead where this computer cannot have a socket for them."""
    from vnetsim.prompt import attach_socket  # noqa: PLC0415 -- a page in a browser has no sockets
    from vnetsim.prompt.attach_server import AttachServer  # noqa: PLC0415

    try:
        return AttachServer(session, attach_socket.own_path())
    except (OSError, UsageError) as error:
        to_stdout(f"vnetsim: no further terminal can join this one: {error}\n")
        return None


def attach(name: str | None) -> int:
    """A further terminal of the shell that runs as process `name`, or of the only one; the exit status of its shell."""
    from vnetsim.prompt.attach_client import join  # noqa: PLC0415 -- no other command joins

    return join(name, JoinedAsker() if _at_terminal() else lambda _prompt, _connection: next_line(""), to_stdout)


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
        if isinstance(read_line, TerminalReader):
            session.resize(*read_line.size())
            if session.reads_keys:
                session.run(read_line.keys())
                continue
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
