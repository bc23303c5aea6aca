"""A session file as values: prose, commands, expected output, and their lines."""

from __future__ import annotations

from typing import TypeAlias

from vnetsim.values import frozen


@frozen
class Prose:
    """Text for people, from line number `line` on."""

    line: int
    text: str


@frozen
class Pause:
    """Simulated time that passes (`@ +300s`)."""

    line: int
    seconds: float


@frozen(kw_only=True)
class Command:
    """A command line (continued ones hold newlines), its output and exit status.

    `line` is the number of the line with the `$`, counted from 1.  The lines of the file with indexes `first` up to but
    not including `end` are the output, written behind `indent`; `plain` files need some lines of output escaped.
    """

    line: int
    text: str
    output: tuple[str, ...] = ()
    status: int = 0
    first: int
    end: int
    indent: str = ""
    plain: bool = False


Part: TypeAlias = Prose | Pause | Command


@frozen
class Document:
    """A session file; `name` is its path as the user gave it, `lines` its text."""

    name: str
    lines: tuple[str, ...]
    parts: tuple[Part, ...]

    @property
    def commands(self) -> tuple[Command, ...]:
        return tuple(part for part in self.parts if isinstance(part, Command))
