r"""POSIX regular expressions, basic and extended, with GNU's additions (regex(7)), for grep, sed, awk and the shell.

The leftmost and longest match is found (POSIX.1-2017, XBD 9.1), in time proportional to the length of the text; only
back-references need a search, which has a limit.  `tree` holds what an expression is, `parse` reads it, `automaton`
finds where it matches, `submatch` what its subexpressions are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from vnetsim.regex.automaton import Automaton
from vnetsim.regex.parse import MAX_STATES, RegexParser
from vnetsim.regex.submatch import Backtracker, Spans, Submatches
from vnetsim.regex.tree import (
    Assertion,
    BadExpression,
    Chars,
    Concatenation,
    Node,
    alternation,
    backwards,
    size,
)

__all__ = ["NOTHING", "BadExpression", "Match", "Pattern", "compile_lines", "compile_posix", "literal", "quoted"]


class RegexMatch:
    """Where an expression matches; `found[2]` is the text of its second subexpression, None if that took no part."""

    def __init__(self, text: str, start: int, end: int, pattern: RegexPattern, spans: Spans | None = None) -> None:
        self.text, self.start, self.end = text, start, end
        self._pattern, self._spans = pattern, spans

    def __getitem__(self, number: int) -> str | None:
        return self.groups()[number]

    @property
    def matched(self) -> str:
        return self.text[self.start : self.end]

    def groups(self) -> list[str | None]:
        """The whole match and the subexpressions."""
        if self._spans is None:
            self._spans = self._pattern.spans(self.text, self.start, self.end)
        spans = [self._spans.get(number) for number in range(1, self._pattern.groups + 1)]
        return [self.matched, *(None if span is None else self.text[slice(*span)] for span in spans)]


class RegexPattern:
    """An expression to be searched for."""

    def __init__(
        self, node: Node, groups: int = 0, *, back_references: bool = False, warnings: Sequence[str] = ()
    ) -> None:
        self._node = node
        self.groups = groups
        #: What GNU grep warns of.
        self.warnings = tuple(warnings)
        self._back_references = back_references
        if not back_references:
            self._forwards = Automaton(node)
            self._anywhere = Automaton(node, anywhere=True)
            self._starts = Automaton(backwards(node), reverse=True, anywhere=True)

    def occurs(self, text: str) -> bool:
        """Whether the text holds a match."""
        return self.search(text) is not None if self._back_references else self._anywhere.occurs(text)

    def search(self, text: str) -> RegexMatch | None:
        """The leftmost match, of these the longest."""
        return next(self.matches(text), None)

    def fullmatch(self, text: str) -> bool:
        """Whether the whole text matches."""
        if self._back_references:
            return any(match.start == 0 and match.end == len(text) for match in self.matches(text))
        return self._forwards.ends(text, 0) == len(text)

    def prefix(self, text: str, *, shortest: bool = False) -> int:
        """Where the longest match that begins with the text ends (or the shortest), -1 if none does."""
        return self._forwards.ends(text, 0, first=shortest)

    def suffix(self, text: str, *, shortest: bool = False) -> int:
        """Where the longest match that ends with the text begins (or the shortest), -1 if none does."""
        end = Automaton(backwards(self._node)).ends(text[::-1], 0, first=shortest)
        return end if end < 0 else len(text) - end

    def matches(self, text: str) -> Iterator[RegexMatch]:
        """All matches one behind the other; an empty one does not follow another one directly."""
        position, last = 0, -1
        starts = bytearray(b"\1") * (len(text) + 1) if self._back_references else self._starts.accepting(text)
        while position <= len(text):
            start = starts.find(1, position)
            if start < 0:
                return
            found = self._at(text, start)
            if found is None or (found.end == start == last):
                position = start + 1
                continue
            yield found
            last = found.end
            position = found.end if found.end > start else start + 1

    def _at(self, text: str, start: int) -> RegexMatch | None:
        if self._back_references:
            found = Backtracker(self._node, text).longest(start)
            return None if found is None else RegexMatch(text, start, found[0], self, found[1])
        end = self._forwards.ends(text, start)
        return None if end < 0 else RegexMatch(text, start, end, self)

    def spans(self, text: str, start: int, end: int) -> Spans:
        """Where the subexpressions of this match are."""
        if not self.groups:
            return {}
        submatches = Submatches(text)
        submatches.assign(self._node, start, end)
        return submatches.spans

    def replace(self, text: str, replacement: Callable[[RegexMatch], str], *, limit: int | None = None) -> str:
        """The text with matches exchanged, the first `limit` of them."""
        out: list[str] = []
        position = 0
        for count, found in enumerate(self.matches(text)):
            if count == limit:
                break
            out += [text[position : found.start], replacement(found)]
            position = found.end
        return "".join(out) + text[position:]


#: Matches no text.
NOTHING: Final = RegexPattern(Chars())


def compile_posix(
    expression: str, *, extended: bool, ignore_case: bool = False, dialect: str = "regcomp"
) -> RegexPattern:
    """As regcomp(3), `sed` or `grep` reads it; BadExpression with the message of glibc."""
    reader = RegexParser(expression, extended=extended, ignore_case=ignore_case, dialect=dialect)
    node = reader.read()
    return RegexPattern(node, reader.groups, back_references=reader.back_references, warnings=reader.warnings)


def quoted(text: str) -> str:
    """The extended expression that matches this text alone."""
    return "".join(f"\\{character}" if character in "\\.[]()*+?{}|^$" else character for character in text)


def literal(text: str, *, ignore_case: bool = False) -> Node:
    """What matches this text alone."""
    characters = [Chars(frozenset(character)) for character in text]
    return Concatenation(tuple(each.folded() if ignore_case else each for each in characters))


def compile_lines(expressions: Iterable[str], kind: str, *, ignore_case: bool, within: str = "") -> RegexPattern:
    """The patterns of grep as one: `kind` is G, E or F; `within` is "x" (whole lines), "w" (whole words) or ""."""
    nodes: list[Node] = []
    warnings: list[str] = []
    groups, back_references = 0, False
    for expression in expressions:
        if kind == "F":
            nodes.append(literal(expression, ignore_case=ignore_case))
            continue
        reader = RegexParser(
            expression, extended=kind == "E", ignore_case=ignore_case, dialect="grep", first_group=groups
        )
        nodes.append(reader.read())
        groups, back_references = reader.groups, back_references or reader.back_references
        warnings += reader.warnings
    marks = {"x": ("^", "$"), "w": ("w(", "w)")}.get(within)
    node = alternation(nodes)
    if marks is not None:
        node = Concatenation((Assertion(marks[0]), node, Assertion(marks[1])))
    if size(node) > MAX_STATES:
        raise BadExpression("Regular expression too big")
    return RegexPattern(node, groups, back_references=back_references, warnings=warnings)
