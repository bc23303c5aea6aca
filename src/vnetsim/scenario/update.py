"""Bringing a session file up to date: its outputs are written anew, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vnetsim.scenario.document import Document
from vnetsim.scenario.load import ESCAPED
from vnetsim.scenario.play import Played


def update(document: Document, played: Sequence[Played]) -> str:
    """The text of the document with the outputs and exit statuses of this time."""
    lines = list(document.lines)
    for each in sorted(played, key=lambda one: one.command.first, reverse=True):
        command = each.command
        lines[command.first : command.end] = [f"{command.indent}{line}".rstrip() for line in _written(each)]
    return "\n".join(lines) + "\n"


def _written(played: Played) -> Iterator[str]:
    """The lines as they must be written in the file to be read as output."""
    lines = played.lines
    outputs = lines[:-1] if played.status else lines
    for index, line in enumerate(outputs):
        prose = played.command.plain and line.startswith(("#", "\\#")) and (index == 0 or not outputs[index - 1])
        continuation = index == 0 and line.startswith(">")
        yield f"\\{line}" if ESCAPED.match(line) or prose or continuation else line
    yield from lines[len(outputs) :]
