r"""Reading session files.

Markdown: the fenced blocks marked `console` are sessions, everything else is prose.  Plain files (`.session`): lines
that begin with `#` at the start of a paragraph are prose, everything else is the session.  In a session:

    $ command          what is typed; `> ` at the start of the next lines continues it
    output             what it prints
    [2]                its exit status, if that is not 0
    @ +300s            lets simulated time pass (ms, s, m, h)

Output that looks like something else (`$ `, `[2]`, `@ `, `#` after an empty line of a plain file) is written with a
backslash before it.  Empty lines at the end of an output do not count.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import attrs

from vnetsim.errors import UsageError
from vnetsim.scenario.document import Command, Document, Part, Pause, Prose
from vnetsim.scenario.fences import Fence, fences
from vnetsim.scenario.source import read
from vnetsim.values import define

_PAUSE: Final = re.compile(r"@\s+\+(\d{1,9}(?:\.\d{1,9})?)(ms|s|m|h)\s*")
_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_STATUS: Final = re.compile(r"\[(\d{1,9})\]\s*")
#: Output that must be written with a backslash before it; what a backslash may precede.
ESCAPED: Final = re.compile(r"\\|\$ |\$$|@ |@$|\[\d+\]\s*$")
_UNESCAPED: Final = re.compile(r"\\(?=\\|\$ |\$$|@ |@$|\[\d+\]\s*$|#|>)")
#: The blocks of Markdown that are sessions.
_CONSOLE: Final = frozenset(("console",))
_CONTINUATION: Final = re.compile(r"> ?(.*)")


def load(path: Path | str) -> Document:
    """The document in a file; UsageError, in one sentence, if there is none that makes sense."""
    return parse(str(path), read(str(path)))


def parse(name: str, text: str) -> Document:
    """The document of this text; a name that ends in `.session` makes it a plain one."""
    lines = lines_of(text)
    if name.endswith(".session"):
        parts = _SessionReader(name, lines, plain=True).read(0, len(lines))
    else:
        parts = _markdown(name, text, lines)
    if not any(isinstance(part, Command) for part in parts):
        where = "no line begins with `$ `" if name.endswith(".session") else "no ```console block holds a `$ ` line"
        raise UsageError(f"{name}: there is no command in this file: {where}")
    return Document(name, lines, tuple(parts))


def lines_of(text: str) -> tuple[str, ...]:
    """Only a newline ends a line: output may hold form feeds and what else str.splitlines takes for an end."""
    return tuple(text.removesuffix("\n").split("\n")) if text else ()


def _markdown(name: str, text: str, lines: tuple[str, ...]) -> list[Part]:
    parts: list[Part] = []
    read = 0
    for fence in fences(name, text, lines, _CONSOLE):
        parts += [*prose(lines, read, fence.first), *session_of(name, lines, fence)]
        read = fence.end
    return parts + prose(lines, read, len(lines))


def session_of(name: str, lines: tuple[str, ...], fence: Fence, skip: int = 0) -> list[Part]:
    """The session in a block, behind its first `skip` lines; UsageError, with its line, for what is none."""
    content = list(lines_of(fence.content))
    start = fence.first + 1
    indent = _indent(lines[start : fence.end - 1], content)
    reader = _SessionReader(name, lines, content=content, start=start, indent=indent)
    return reader.read(start + skip, fence.end - 1)


def prose(lines: tuple[str, ...], first: int, end: int) -> list[Part]:
    """The lines as prose, if they say anything."""
    text = "\n".join(lines[first:end]).strip("\n")
    return [Prose(first + 1, text)] if text.strip() else []


def _indent(written: tuple[str, ...], content: list[str]) -> str:
    """The prefix of each line of a block that is part of a list or a quotation."""
    for line, inside in zip(written, content, strict=False):
        if inside and line.endswith(inside):
            return line[: len(line) - len(inside)]
    return ""


@define
class _SessionReader:
    """Reads the lines of a session; `content` are those of a block, without indentation, from line index `start` on."""

    name: str
    lines: tuple[str, ...]
    content: list[str] | None = None
    start: int = 0
    indent: str = ""
    plain: bool = False
    parts: list[Part] = attrs.field(factory=list)

    def _line(self, index: int) -> str:
        if self.content is None:
            return self.lines[index]
        return self.content[index - self.start] if index - self.start < len(self.content) else ""

    def read(self, first: int, end: int) -> list[Part]:
        index = first
        while index < end:
            line = self._line(index)
            if not line.strip():
                index += 1
            elif self.plain and line.startswith("#"):
                index = self._prose(index, end)
            elif line.startswith("@"):
                index = self._pause(index)
            elif line.startswith("$"):
                index = self._command(index, end)
            else:
                raise self._error(index, f"expected a command (`$ ...`), found {line.strip()!r}")
        return self.parts

    def _error(self, index: int, message: str) -> UsageError:
        return UsageError(f"{self.name}:{index + 1}: {message}")

    def _prose(self, index: int, end: int) -> int:
        first = index
        while index < end and self._line(index).startswith("#"):
            index += 1
        text = "\n".join(re.sub(r"^# ?", "", self._line(each)) for each in range(first, index))
        self.parts.append(Prose(first + 1, text))
        return index

    def _pause(self, index: int) -> int:
        found = _PAUSE.fullmatch(self._line(index))
        if found is None:
            raise self._error(index, f"expected a time to wait like `@ +300s`, found {self._line(index).strip()!r}")
        self.parts.append(Pause(index + 1, float(found[1]) * _UNITS[found[2]]))
        return index + 1

    def _command(self, index: int, end: int) -> int:
        number, text = index + 1, [self._line(index)[1:].strip()]
        if not text[0] or not self._line(index).startswith("$ "):
            raise self._error(index, "expected a command behind `$ `")
        index += 1
        while index < end and (found := _CONTINUATION.fullmatch(self._line(index))):
            text.append(found[1])
            index += 1
        first, output = index, []
        status: int | None = None
        while index < end and not self._ends_output(index, first):
            line = self._line(index)
            exit_status = _STATUS.fullmatch(line)
            if status is not None and line.strip():
                raise self._error(index, f"expected nothing behind the exit status [{status}] but the next command")
            if exit_status:
                status = self._status(index, int(exit_status[1]))
            elif status is None:
                output.append(_UNESCAPED.sub("", line, count=1) if line.startswith("\\") else line)
            index += 1
        self._add(number, "\n".join(text), output, status, first)
        return index

    def _status(self, index: int, status: int) -> int:
        if not 0 < status < 256:
            raise self._error(index, f"expected an exit status from 1 to 255, found [{status}]")
        return status

    def _ends_output(self, index: int, first: int) -> bool:
        """Whether this line is a command, a pause or, in a plain file and behind an empty line, prose."""
        line = self._line(index)
        if line.startswith(("$ ", "@ ")) or line.rstrip() in ("$", "@"):
            return True
        return self.plain and line.startswith("#") and index > first and not self._line(index - 1).strip()

    def _add(self, number: int, text: str, output: list[str], status: int | None, first: int) -> None:
        while output and not output[-1].strip() and status is None:
            output.pop()
        end = first + len(output) + (status is not None)
        while output and not output[-1].strip():
            output.pop()
        self.parts.append(
            Command(
                line=number,
                text=text,
                output=tuple(output),
                status=status or 0,
                first=first,
                end=end,
                indent=self.indent,
                plain=self.plain,
            )
        )
