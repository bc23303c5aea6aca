"""`ipset restore`: elements of one set are sent together, before a line about something else (lib/session.c)."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final

from vnetsim.clock import Wait
from vnetsim.netfilter.ipset.operations import AddElement, DeleteElement
from vnetsim.netfilter.operations import IpsetOperation
from vnetsim.process import Process, Resolved
from vnetsim.programs.ipset.arguments import IpsetCommand
from vnetsim.programs.ipset.commands import IpsetSession
from vnetsim.programs.ipset.errors import IpsetError, UnresolvedName, usage

_COMMIT: Final = "COMMIT"


def restore(process: Process, session: IpsetSession, text: str) -> Generator[Wait, Any, None]:
    """IpsetError with the line: what was sent before stays."""
    waiting: list[tuple[int, IpsetOperation]] = []
    for line, command in enumerate(text.splitlines(), start=1):
        words = command.strip()
        if not words or words.startswith("#"):
            continue
        if words == _COMMIT:
            _send(session, waiting)
            continue
        session.where = f"Error in line {line}: "
        while True:
            try:
                _line(session, _split(words), waiting, line)
                break
            except UnresolvedName as unknown:
                answer: Resolved = yield process.resolve(unknown.name, unknown.version)
                session.hosts[unknown.name, unknown.version] = answer.addresses
            except IpsetError as refused:
                if refused.status > 1:
                    session.where = ""
                raise
    _send(session, waiting)


def _line(session: IpsetSession, words: list[str], waiting: list[tuple[int, IpsetOperation]], line: int) -> None:
    session.read(words, restoring=True)
    command = session.command
    if session.command.name not in ("add", "del"):
        _send(session, waiting)
        session.command, session.where = command, f"Error in line {line}: "
        session.run()
        return
    operation = session.operation()
    assert isinstance(operation, AddElement | DeleteElement), "what add and del amount to"
    if waiting and (type(waiting[0][1]), getattr(waiting[0][1], "name", "")) != (type(operation), operation.name):
        _send(session, waiting)
    waiting.append((line, operation))


def _send(session: IpsetSession, waiting: list[tuple[int, IpsetOperation]]) -> None:
    sent = list(waiting)
    waiting.clear()
    for line, operation in sent:
        session.where = f"Error in line {line}: "
        session.command = IpsetCommand("add" if isinstance(operation, AddElement) else "del")
        session.execute(operation)


def _split(text: str) -> list[str]:
    """The arguments, with what is in quotation marks as one of them (build_argv)."""
    words, word, quoted = [], "", False
    for letter in text:
        if letter == '"':
            quoted = not quoted
        elif letter.isspace() and not quoted:
            words += [word] if word else []
            word = ""
        else:
            word += letter
    if quoted:
        raise usage("Missing close quote!")
    return [*words, *([word] if word else [])]
