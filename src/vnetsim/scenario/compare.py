"""Comparing what happened with the document: the whole transcript, but for what is random."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from vnetsim.scenario.blur import Blur, Blurred, Correspondence
from vnetsim.scenario.document import Command, Document
from vnetsim.scenario.play import Played
from vnetsim.values import frozen

#: Commands whose lines come in the order of a hash table.
_UNORDERED: Final = re.compile(
    r"\bbridge (-\S+ )*fdb\b|\bip (-n(etns)? \S+ |-\S+ )*n(eigh|eighbou?r)?\b(?! *exec)|conntrack -L|\bss\b"
)


@frozen
class OutputLine:
    """A line of output, and what it is without what is random in it."""

    text: str
    blurred: Blurred


@frozen
class BlurredOutput:
    """What a command printed; `ordered` unless its lines are those of a hash table, which are sorted here."""

    lines: tuple[OutputLine, ...]
    ordered: bool

    @classmethod
    def of(cls, command: str, texts: Iterable[str], blur: Blur) -> BlurredOutput:
        lines = [OutputLine(text, blur.line(text)) for text in texts]
        ordered = _UNORDERED.search(command) is None
        return cls(tuple(lines if ordered else sorted(lines, key=lambda line: line.blurred.skeleton)), ordered)


@frozen
class Difference:
    """A command whose result is not that of the document; `lines` is its unified diff."""

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
    text = played.command.text
    expected = BlurredOutput.of(text, expected_lines(played.command), blur)
    return differing(expected, BlurredOutput.of(text, played.lines, blur), correspondence)


def differing(expected: BlurredOutput, actual: BlurredOutput, correspondence: Correspondence) -> Iterator[str]:
    """The lines as a unified diff shows them: with `-` what is missing, with `+` what was not expected."""
    one, other = ([line.blurred.skeleton for line in output.lines] for output in (expected, actual))
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    for tag, first, end, first_actual, end_actual in matcher.get_opcodes():
        mine, theirs = expected.lines[first:end], actual.lines[first_actual:end_actual]
        if tag == "equal":
            yield from _same(
                mine, theirs if expected.ordered else _permuted(mine, theirs, correspondence), correspondence
            )
        else:
            yield from (f"-{line.text}" for line in mine)
            yield from (f"+{line.text}" for line in theirs)


def _same(
    expected: Sequence[OutputLine], actual: Sequence[OutputLine], correspondence: Correspondence
) -> Iterator[str]:
    """Lines of one skeleton: the same unless a name in them is another one's."""
    for one, other in zip(expected, actual, strict=True):
        if correspondence.agrees(one.blurred, other.blurred):
            yield f" {one.text}"
        else:
            yield f"-{one.text}"
            yield f"+{other.text}"


def _permuted(
    expected: Sequence[OutputLine], actual: Sequence[OutputLine], correspondence: Correspondence
) -> list[OutputLine]:
    """`actual` so that as many as possible agree, each taking the first that does; nothing corresponds by that yet."""
    left = list(actual)
    found: list[OutputLine | None] = []
    trial = correspondence.copy()
    for one in expected:
        match = next((other for other in left if trial.agrees(one.blurred, other.blurred)), None)
        if match is not None:
            left.remove(match)
        found.append(match)
    return [left.pop(0) if match is None else match for match in found]
