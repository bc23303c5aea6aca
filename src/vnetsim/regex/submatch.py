"""What the subexpressions of a match are, once its ends are known; and matches of expressions with back-references.

Subexpressions: the positions that each part of an expression can reach are a set (bits of an integer), so all matches
are examined together and the time is a polynomial of the length.  Of several matches, the parts from
left to right take as much as they can, and of alternatives the first that can match is taken, as in glibc.

Back-references: a search with backtracking, which gives up after MAX_ATTEMPTS (the problem is NP-complete).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.regex.tree import (
    Alternation,
    Assertion,
    BackReference,
    Chars,
    Concatenation,
    Group,
    Node,
    Repetition,
)

#: Elements that a search with back-references tries in one text.
MAX_ATTEMPTS: Final = 200_000

#: Where each group matched: from, to.
Spans = dict[int, tuple[int, int]]


def _positions(bits: int) -> Iterator[int]:
    """The set bits from the highest on."""
    while bits:
        highest = bits.bit_length() - 1
        yield highest
        bits ^= 1 << highest


class Submatches:
    """The groups of one expression in one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._known: dict[tuple[int, int], int] = {}
        self.spans: Spans = {}

    # --- which positions can be reached ------------------------------------------------------------------------------

    def _ends(self, node: Node, start: int) -> int:
        """The positions at which `node` can end if it begins at `start`, as bits."""
        key = (id(node), start)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._find_ends(node, start)
        return found

    def _find_ends(self, node: Node, start: int) -> int:
        match node:
            case Chars():
                inside = start < len(self._text) and node.contains(self._text[start])
                return 1 << (start + 1) if inside else 0
            case Assertion():
                before = self._text[start - 1 : start] if start else ""
                return 1 << start if node.holds(before, self._text[start : start + 1]) else 0
            case Concatenation():
                return self._steps(node.items, start)[-1]
            case Alternation():
                bits = 0
                for choice in node.choices:
                    bits |= self._ends(choice, start)
                return bits
            case Group():
                return self._ends(node.body, start)
            case Repetition():
                return self._repetition(node, start)
        raise AssertionError("back-references are searched otherwise")

    def _repetition(self, node: Repetition, start: int) -> int:
        once = self._ends(node.body, start)
        if not node.many:
            return once | 1 << start
        reached = 0
        waiting = once
        while waiting:
            position = waiting.bit_length() - 1
            waiting ^= 1 << position
            reached |= 1 << position
            waiting |= self._ends(node.body, position) & ~reached
        return reached | (0 if node.low else 1 << start)

    def _steps(self, items: Sequence[Node], start: int) -> list[int]:
        """The positions that are reached before the first item, behind it, and so on."""
        steps = [1 << start]
        for item in items:
            reached = 0
            for position in _positions(steps[-1]):
                reached |= self._ends(item, position)
            steps.append(reached)
        return steps

    # --- which of them are taken -------------------------------------------------------------------------------------

    def assign(self, node: Node, start: int, end: int) -> None:
        """Note the groups of `node`, which matches from `start` to `end`."""
        match node:
            case Group():
                self.spans[node.number] = (start, end)
                self.assign(node.body, start, end)
            case Alternation():
                chosen = next(choice for choice in node.choices if self._ends(choice, start) >> end & 1)
                self.assign(chosen, start, end)
            case Concatenation():
                self._assign_items(node.items, start, end)
            case Repetition():
                self._assign_turns(node, start, end)

    def _assign_items(self, items: Sequence[Node], start: int, end: int) -> None:
        useful = [1 << end]
        steps = self._steps(items, start)
        for item, positions in zip(reversed(items), reversed(steps[:-1]), strict=True):
            useful.append(
                sum(1 << position for position in _positions(positions) if self._ends(item, position) & useful[-1])
            )
        useful.reverse()
        for index, item in enumerate(items):
            following = self._preferred(item, start, useful[index + 1])
            self.assign(item, start, following)
            start = following

    def _preferred(self, item: Node, start: int, useful: int) -> int:
        """Where `item` ends: behind the first alternative that will do, else as far as it can."""
        inner = item.body if isinstance(item, Group) else item
        for choice in inner.choices if isinstance(inner, Alternation) else (item,):
            bits = self._ends(choice, start) & useful
            if bits:
                return bits.bit_length() - 1
        raise AssertionError("some end of the item is useful")

    def _assign_turns(self, node: Repetition, start: int, end: int) -> None:
        if start == end:
            if node.low:
                self.assign(node.body, start, end)
            return
        if not node.many:
            self.assign(node.body, start, end)
            return
        useful = 1 << end
        for position in range(end - 1, start, -1):
            if self._ends(node.body, position) & useful & ~((2 << position) - 1):
                useful |= 1 << position
        while start < end:
            following = self._preferred(node.body, start, useful & ~((2 << start) - 1))
            self.assign(node.body, start, following)
            start = following


class Backtracker:
    """Searches for an expression with back-references."""

    def __init__(self, node: Node, text: str) -> None:
        self._node, self._text = node, text
        self._attempts = 0

    def longest(self, start: int) -> tuple[int, Spans] | None:
        """The longest match that begins at `start`, and its groups; NotModelled if that takes too many attempts."""
        best: tuple[int, Spans] | None = None
        try:
            for end, spans in self._match(self._node, start, {}):
                if best is None or end > best[0]:
                    best = end, spans
        except RecursionError:
            raise self._too_much() from None
        return best

    @staticmethod
    def _too_much() -> NotModelled:
        return NotModelled("a regular expression whose back-references take so many attempts")

    def _match(self, node: Node, start: int, spans: Spans) -> Iterator[tuple[int, Spans]]:
        self._attempts += 1
        if self._attempts > MAX_ATTEMPTS:
            raise self._too_much()
        match node:
            case Chars() | Assertion() | BackReference():
                end = self._end(node, start, spans)
                if end is not None:
                    yield end, spans
            case Concatenation():
                yield from self._items(node.items, start, spans)
            case Alternation():
                for choice in node.choices:
                    yield from self._match(choice, start, spans)
            case Group():
                for end, inner in self._match(node.body, start, spans):
                    yield end, {**inner, node.number: (start, end)}
            case Repetition():
                yield from self._turns(node, start, spans)

    def _end(self, node: Chars | Assertion | BackReference, start: int, spans: Spans) -> int | None:
        """Where one element ends, if it matches."""
        if isinstance(node, Chars):
            return start + 1 if start < len(self._text) and node.contains(self._text[start]) else None
        if isinstance(node, Assertion):
            before = self._text[start - 1 : start] if start else ""
            return start if node.holds(before, self._text[start : start + 1]) else None
        if node.number not in spans:
            return None
        wanted = self._text[slice(*spans[node.number])]
        return start + len(wanted) if self._text.startswith(wanted, start) else None

    def _items(self, items: Sequence[Node], start: int, spans: Spans) -> Iterator[tuple[int, Spans]]:
        if not items:
            yield start, spans
            return
        for end, inner in self._match(items[0], start, spans):
            yield from self._items(items[1:], end, inner)

    def _turns(self, node: Repetition, start: int, spans: Spans) -> Iterator[tuple[int, Spans]]:
        for end, inner in self._match(node.body, start, spans):
            if node.many and end > start:
                yield from self._turns(Repetition(node.body, 0, many=True), end, inner)
            elif end > start or node.low:
                yield end, inner
        if not node.low:
            yield start, spans
