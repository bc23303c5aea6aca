"""tr (coreutils): translate, -d, -s, -c; ranges, classes and escapes."""

from __future__ import annotations

import re
import string
from typing import Final

from vnetsim.process import Coroutine, Process
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.options import GnuOptions, flag
from vnetsim.values import define

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


@define
class TrOptions(GnuOptions):
    posix = True
    unmodelled = "-t|--truncate-set1"

    delete: bool = flag("-d", "--delete")
    squeeze: bool = flag("-s", "--squeeze-repeats")
    complement: bool = flag("-c", "-C", "--complement")


@ends_by_exit
def main(process: Process) -> Coroutine[int]:
    options = TrOptions.read(process)
    problem = _problem(options)
    if problem:
        raise options.misused(problem)
    sets = [_expand(operand) for operand in options.operands]
    while line := (yield process.stdin.read_line()):
        process.write(_change(line, sets, options))
    return 0


def _problem(options: TrOptions) -> str:
    operands, delete, squeeze = options.operands, options.delete, options.squeeze
    wanted = 1 + (delete == squeeze)
    if not operands:
        return "missing operand"
    if len(operands) < wanted and not squeeze:
        return f"missing operand after '{operands[-1]}'\nTwo strings must be given when translating."
    if len(operands) > 2 or (delete and not squeeze and len(operands) > 1):
        extra = operands[wanted if len(operands) > wanted else -1]
        only = "\nOnly one string may be given when deleting without squeezing repeats." if delete else ""
        return f"extra operand '{extra}'{only}"
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
                raise Exit(1, f"range-endpoints of '{characters}-{last}' are in reverse collating sequence order")
            characters = "".join(map(chr, range(ord(characters), ord(last[0]) + 1)))
            position = after.end()
        out.append(characters)
    return "".join(out)


def _characters(found: re.Match[str]) -> str:
    if found["class"]:
        if found["class"] not in _CLASSES:
            raise Exit(1, f"invalid character class '{found['class']}'")
        return _CLASSES[found["class"]]
    if found["repeat"]:
        return found["repeat"] * int(found["times"] or 256)
    if found["octal"]:
        return chr(int(found["octal"], 8) & 255)
    return _ESCAPES.get(found["escape"], found["escape"]) if found["escape"] else found["plain"]


def _change(line: str, sets: list[str], options: TrOptions) -> str:
    first, complement = sets[0], options.complement

    def inside(character: str) -> bool:
        return (character in first) != complement

    if options.delete:
        line = "".join(character for character in line if not inside(character))
    elif len(sets) == 2:
        second = sets[1] + sets[1][-1:] * max(len(first) - len(sets[1]), 0)
        table = dict(zip(first, second, strict=False))
        if complement:
            line = "".join(second[-1:] if inside(character) else character for character in line)
        else:
            line = "".join(table.get(character, character) for character in line)
    if not options.squeeze:
        return line
    last = sets[-1]
    squeezed = (lambda c: c in last) if len(sets) == 2 else inside
    return "".join(c for index, c in enumerate(line) if not (index and line[index - 1] == c and squeezed(c)))
