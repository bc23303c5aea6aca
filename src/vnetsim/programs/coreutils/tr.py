"""tr (coreutils): translate, -d, -s, -c; ranges, classes and escapes."""

from __future__ import annotations

import re
import string
from collections.abc import Generator
from typing import Any, Final

from vnetsim.process import Process
from vnetsim.programs.libc.getopt import gnu

_LONG: Final = {"delete": "d", "squeeze-repeats": "s", "complement": "c", "truncate-set1": "t"}
_CLASSES: Final = {
    "alnum": string.digits + string.ascii_uppercase + string.ascii_lowercase,
    "alpha": string.ascii_uppercase + string.ascii_lowercase,
    "digit": string.digits,
    "lower": string.ascii_lowercase,
    "upper": string.ascii_uppercase,
    "space": "\t\n\v\f\r ",
    "blank": "\t ",
    "punct": "".join(sorted(string.punctuation)),
    "xdigit": "0123456789ABCDEFabcdef",
    "cntrl": "".join(map(chr, [*range(32), 127])),
    "print": "".join(map(chr, range(32, 127))),
    "graph": "".join(map(chr, range(33, 127))),
}
_ESCAPES: Final = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\"}
_ITEM: Final = re.compile(
    r"\[:(?P<class>\w+):\]|\[(?P<repeat>[^\\])\*(?P<times>\d*)\]|\\(?P<octal>[0-7]{1,3})|\\(?P<escape>.)|(?P<plain>.)",
    re.DOTALL,
)
_HINT: Final = "Try 'tr --help' for more information.\n"


def main(process: Process) -> Generator[Any, Any, int]:
    parsed = gnu(process, "dscCt", _LONG, posix=True)
    if isinstance(parsed, int):
        return parsed
    delete, squeeze = "d" in parsed, "s" in parsed
    complement = "c" in parsed or "C" in parsed
    complaint = _wrong(list(parsed.operands), delete=delete, squeeze=squeeze)
    if complaint:
        process.error(f"tr: {complaint}{_HINT}")
        return 1
    try:
        sets = [_expand(operand) for operand in parsed.operands]
    except ValueError as error:
        process.error(f"tr: {error}\n")
        return 1
    while line := (yield process.stdin.read_line()):
        process.write(_change(line, sets, delete=delete, squeeze=squeeze, complement=complement))
    return 0


def _wrong(operands: list[str], *, delete: bool, squeeze: bool) -> str:
    wanted = 1 + (delete == squeeze)
    if not operands:
        return "missing operand\n"
    if len(operands) < wanted and not squeeze:
        return f"missing operand after '{operands[-1]}'\nTwo strings must be given when translating.\n"
    if len(operands) > 2 or (delete and not squeeze and len(operands) > 1):
        extra = operands[wanted if len(operands) > wanted else -1]
        only = "\nOnly one string may be given when deleting without squeezing repeats." if delete else ""
        return f"extra operand '{extra}'{only}\n"
    return ""


def _expand(text: str) -> str:
    """The characters of a set, in order."""
    out: list[str] = []
    position = 0
    while position < len(text):
        found = _ITEM.match(text, position)
        assert found is not None
        position = found.end()
        characters = _characters(found)
        after = _ITEM.match(text, position + 1) if text[position : position + 1] == "-" else None
        if after is not None and len(characters) == 1 and not found["class"]:
            last = _characters(after)
            if ord(last[0]) < ord(characters):
                raise ValueError(f"range-endpoints of '{characters}-{last}' are in reverse collating sequence order")
            characters = "".join(map(chr, range(ord(characters), ord(last[0]) + 1)))
            position = after.end()
        out.append(characters)
    return "".join(out)


def _characters(found: re.Match[str]) -> str:
    if found["class"]:
        if found["class"] not in _CLASSES:
            raise ValueError(f"invalid character class '{found['class']}'")
        return _CLASSES[found["class"]]
    if found["repeat"]:
        return found["repeat"] * int(found["times"] or 256)
    if found["octal"]:
        return chr(int(found["octal"], 8) & 255)
    return _ESCAPES.get(found["escape"], found["escape"]) if found["escape"] else found["plain"]


def _change(line: str, sets: list[str], *, delete: bool, squeeze: bool, complement: bool) -> str:
    first = sets[0]

    def inside(character: str) -> bool:
        return (character in first) != complement

    if delete:
        line = "".join(character for character in line if not inside(character))
    elif len(sets) == 2:
        second = sets[1] + sets[1][-1:] * max(len(first) - len(sets[1]), 0)
        table = dict(zip(first, second, strict=False))
        if complement:
            line = "".join(second[-1:] if inside(character) else character for character in line)
        else:
            line = "".join(table.get(character, character) for character in line)
    if not squeeze:
        return line
    last = sets[-1]
    squeezed = (lambda c: c in last) if len(sets) == 2 else inside
    return "".join(c for index, c in enumerate(line) if not (index and line[index - 1] == c and squeezed(c)))
