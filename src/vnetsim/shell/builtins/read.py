"""read: a line of input into variables (POSIX.1-2017, XCU read; bash's -a, -p, -s); mapfile: all lines into an array.

Not modelled: time limits (-t), editing (-e).
"""

from __future__ import annotations

from typing import Any, TypeAlias

from vnetsim.errors import NotModelled
from vnetsim.process import is_terminal
from vnetsim.programs.libc.getopt import OptionError, Parsed, parse
from vnetsim.shell.arrays import Array
from vnetsim.shell.shell import Shell
from vnetsim.shell.steps import Run, Steps

#: A character, and whether a backslash precedes it.
_Character: TypeAlias = tuple[str, bool]


def read(shell: Shell, words: list[str]) -> Run:
    bash = shell.state.dialect.bash
    try:
        parsed = parse(words[1:], "rsp:n:d:u:t:a:e" if bash else "rp:", posix=True)
    except OptionError as error:
        shell.complain(f"read: {error}")
        return 2
    for given, _ in parsed.options:
        if given in "tndue":
            raise NotModelled(f"the shell's read -{given}")
    stream = shell.streams.inputs.get(0)
    if stream is None:
        shell.complain("read: read error: 0: Bad file descriptor")
        return 1
    if "p" in parsed and is_terminal(stream):
        shell.tell(parsed.last("p") or "")
    characters, complete = yield from _line(stream, raw="r" in parsed)
    _assign(shell, parsed, characters)
    return 0 if complete else 1


def mapfile(shell: Shell, words: list[str]) -> Run:
    """Lines of input into an array; `-t` without their ends."""
    try:
        parsed = parse(words[1:], "td:n:O:s:u:C:c:", posix=True)
    except OptionError as error:
        shell.complain(f"{words[0]}: {error}")
        return 2
    for given, _ in parsed.options:
        if given != "t":
            raise NotModelled(f"the shell's {words[0]} -{given}")
    stream = shell.streams.inputs.get(0)
    lines: list[str] = []
    while stream is not None and (line := (yield stream.read_line())):
        lines.append(line.removesuffix("\n") if "t" in parsed else line)
    name = parsed.operands[0] if parsed.operands else "MAPFILE"
    shell.state.set_array(name, Array(dict(enumerate(lines))))
    return 0


def _line(stream: Any, *, raw: bool) -> Steps[tuple[list[_Character], bool]]:
    """The characters of a line, and whether it ended in a newline; a backslash continues it."""
    out: list[_Character] = []
    while True:
        line: str = yield stream.read_line()
        text = line.removesuffix("\n")
        if raw:
            return [(character, False) for character in text], line.endswith("\n")
        continued = _unescape(text, out)
        if not continued or not line.endswith("\n"):
            return out, line.endswith("\n")


def _unescape(text: str, out: list[_Character]) -> bool:
    """Whether the line ended in a backslash."""
    escaped = False
    for character in text:
        if not escaped and character == "\\":
            escaped = True
        else:
            out.append((character, escaped))
            escaped = False
    return escaped


def _assign(shell: Shell, parsed: Parsed, characters: list[_Character]) -> None:
    names = list(parsed.operands)
    if "a" in parsed:
        whole = split(characters, shell.state.ifs, len(characters) + 1)
        shell.state.set_array(parsed.last("a") or "", Array(dict(enumerate(field for field in whole if field))))
        return
    if not names:
        shell.state.set("REPLY", "".join(character for character, _ in characters))
        return
    fields = split(characters, shell.state.ifs, len(names))
    for index, name in enumerate(names):
        shell.state.set(name, fields[index] if index < len(fields) else "")


def split(characters: list[_Character], ifs: str, count: int) -> list[str]:
    """At most `count` fields, the last one holding the rest of the line."""
    rest = list(characters)
    white = [character for character in ifs if character in " \t\n"]

    def is_white(item: _Character) -> bool:
        return item[0] in white and not item[1]

    def strip() -> None:
        while rest and is_white(rest[0]):
            rest.pop(0)

    fields: list[str] = []
    strip()
    while rest and len(fields) < count - 1:
        field: list[str] = []
        while rest and (rest[0][1] or rest[0][0] not in ifs):
            field.append(rest.pop(0)[0])
        fields.append("".join(field))
        strip()
        if rest and rest[0][0] in ifs and not rest[0][1] and rest[0][0] not in white:
            rest.pop(0)
            strip()
    while rest and is_white(rest[-1]):
        rest.pop()
    return [*fields, "".join(character for character, _ in rest)]
