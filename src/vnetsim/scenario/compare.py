"""Holding what happened against what the document says: the whole transcript, but for what is random."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from typing import Final

import attrs

from vnetsim.scenario.blur import Blur, Blurred, Correspondence
from vnetsim.scenario.document import Command, Document
from vnetsim.scenario.play import Played

#: Commands whose lines come in the order of a hash table.
_UNORDERED: Final = re.compile(
    r"\bbridge (-\S+ )*fdb\b|\bip (-\S+ )*n(eigh|eighbou?r)?\b(?! *exec)|conntrack -L|\bss\b"
)


@attrs.frozen
class _Line:
    text: str
    blurred: Blurred


@attrs.frozen
class Difference:
    """A command that did not come to what the document says; `lines` is what a unified diff shows of it."""

    command: Command
    lines: tuple[str, ...]


def differences(document: Document, played: Sequence[Played]) -> tuple[Difference, ...]:
    """The commands that differ, in order."""
    blur = Blur([command.text for command in document.commands])
    correspondence = Correspondence()
    found = []
    for each in played:
        lines = tuple(_compare(each, blur, correspondence))
        if any(line[0] in "-+" for line in lines):
            found.append(Difference(each.command, lines))
    return tuple(found)


def report(document: Document, found: Sequence[Difference]) -> str:
    """The differences as a unified diff, each hunk headed by file, line and command; nothing if there are none."""
    if not found:
        return ""
    out = [f"--- {document.name}", "+++ what happened"]
    for difference in found:
        command = difference.command
        out.append(f"@@ {document.name}:{command.line}: $ {command.text.partition(chr(10))[0]} @@")
        out += difference.lines
    return "\n".join(out) + "\n"


def expected_lines(command: Command) -> tuple[str, ...]:
    """The output that the document has for a command, with the exit status at the end."""
    return (*command.output, f"[{command.status}]") if command.status else command.output


def _compare(played: Played, blur: Blur, correspondence: Correspondence) -> Iterator[str]:
    expected = [_Line(text, blur.line(text)) for text in expected_lines(played.command)]
    actual = [_Line(text, blur.line(text)) for text in played.lines]
    if _UNORDERED.search(played.command.text):
        expected.sort(key=lambda line: line.blurred.skeleton)
        actual.sort(key=lambda line: line.blurred.skeleton)
    matcher = difflib.SequenceMatcher(
        None, [line.blurred.skeleton for line in expected], [line.blurred.skeleton for line in actual], autojunk=False
    )
    for tag, first, end, first_actual, end_actual in matcher.get_opcodes():
        if tag == "equal":
            yield from _same(expected[first:end], actual[first_actual:end_actual], correspondence)
        else:
            yield from (f"-{line.text}" for line in expected[first:end])
            yield from (f"+{line.text}" for line in actual[first_actual:end_actual])


def _same(expected: Sequence[_Line], actual: Sequence[_Line], correspondence: Correspondence) -> Iterator[str]:
    """Lines of one skeleton: the same unless a name in them is somebody else's."""
    for one, other in zip(expected, actual, strict=True):
        if correspondence.agrees(one.blurred, other.blurred):
            yield f" {one.text}"
        else:
            yield f"-{one.text}"
            yield f"+{other.text}"
