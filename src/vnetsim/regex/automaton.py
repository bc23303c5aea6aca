"""Automata: how far a text matches an expression, in time proportional to its length.

A Thompson automaton, whose sets of states become the states of a deterministic one when a text first needs them
(R. Cox, "Regular Expression Matching Can Be Simple And Fast", 2007).  The cache of these has a bound and is emptied
when it is full, so that an expression like `(a|b)*a(a|b){20}` costs time and no memory.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeAlias

import attrs

from vnetsim.regex.tree import (
    Alternation,
    Assertion,
    BackReference,
    Chars,
    Concatenation,
    Group,
    Node,
    Repetition,
    is_word,
)
from vnetsim.values import define

#: Deterministic states that are remembered.
_CACHED: Final = 1_000
_ACCEPT: Final = 0

#: A state: a set of characters or an assertion and the next state, or (None) several next states.
_State: TypeAlias = "tuple[Chars | Assertion | None, tuple[int, ...]]"


class _Builder:
    """Builds the states from the last to the first."""

    def __init__(self) -> None:
        self.states: list[_State] = [(None, ())]

    def add(self, what: Chars | Assertion | None, *following: int) -> int:
        self.states.append((what, following))
        return len(self.states) - 1

    def build(self, node: Node, following: int) -> int:
        """The state at which `node` starts, if `following` is what comes behind it."""
        match node:
            case Chars() | Assertion():
                return self.add(node, following)
            case Concatenation():
                for item in reversed(node.items):
                    following = self.build(item, following)
                return following
            case Alternation():
                return self.add(None, *[self.build(choice, following) for choice in node.choices])
            case Group():
                return self.build(node.body, following)
            case Repetition():
                return self._repetition(node, following)
            case BackReference():
                raise AssertionError("an automaton cannot follow a back-reference")

    def _repetition(self, node: Repetition, following: int) -> int:
        if not node.many:
            return self.add(None, self.build(node.body, following), following)
        loop = self.add(None)
        first = self.build(node.body, loop)
        self.states[loop] = (None, (first, following))
        return first if node.low else loop


@define(eq=False)
class _Set:
    """A deterministic state: the states that are reached and the character before them ("" at the start).

    `table` has, by the next character ("" at the end), whether a match ends before it, and the next state.
    """

    states: frozenset[int]
    before: str
    table: dict[str, tuple[bool, _Set | None]] = attrs.field(factory=dict)


class Automaton:
    """One expression read in one direction.  With `anywhere` a match may begin at each character."""

    def __init__(self, node: Node, *, reverse: bool = False, anywhere: bool = False) -> None:
        builder = _Builder()
        self._start = builder.build(node, _ACCEPT)
        self._states = builder.states
        self._asserts = any(isinstance(what, Assertion) for what, _ in self._states)
        self._reverse, self._anywhere = reverse, anywhere
        self._sets: dict[tuple[frozenset[int], str], _Set] = {}

    def begin(self, before: str) -> _Set:
        """The state behind the character `before`, "" at the start of the text."""
        return self._set(frozenset((self._start,)), before)

    def step(self, here: _Set, character: str) -> tuple[bool, _Set | None]:
        """Whether a match ends before this character, and the state behind it; None if no match goes on."""
        found = here.table.get(character)
        if found is None:
            found = here.table[character] = self._step(here, character)
        return found

    def _step(self, here: _Set, character: str) -> tuple[bool, _Set | None]:
        reached = self._closure(here.states, here.before, character)
        accepts = _ACCEPT in reached
        if not character:
            return accepts, None
        following = set()
        for state in reached:
            what, targets = self._states[state]
            if isinstance(what, Chars) and what.contains(character):
                following.add(targets[0])
        if self._anywhere:
            following.add(self._start)
        return accepts, self._set(frozenset(following), character) if following else None

    def _set(self, states: frozenset[int], before: str) -> _Set:
        side = "" if not self._asserts or not before else "w" if is_word(before) else " "
        found = self._sets.get((states, side))
        if found is None:
            if len(self._sets) >= _CACHED:
                for each in self._sets.values():
                    each.table.clear()
                self._sets.clear()
            found = self._sets[states, side] = _Set(states, side)
        return found

    def _closure(self, states: Iterable[int], before: str, after: str) -> set[int]:
        """All states that are reached without a character, between these two."""
        if self._reverse:
            before, after = after, before
        reached: set[int] = set()
        waiting = list(states)
        while waiting:
            state = waiting.pop()
            if state in reached:
                continue
            reached.add(state)
            what, targets = self._states[state]
            if what is None or (isinstance(what, Assertion) and what.holds(before, after)):
                waiting.extend(targets)
        return reached

    # --- queries -----------------------------------------------------------------------------------------------------

    def ends(self, text: str, start: int, *, first: bool = False) -> int:
        """Where the longest match that begins at `start` ends, the shortest one with `first`; -1 if none does."""
        here: _Set | None = self.begin(text[start - 1 : start] if start else "")
        end = -1
        for position in range(start, len(text)):
            assert here is not None
            character = text[position]
            accepts, here = here.table.get(character) or self.step(here, character)
            if accepts:
                end = position
                if first:
                    return end
            if here is None:
                return end
        assert here is not None
        return len(text) if self.step(here, "")[0] else end

    def accepting(self, text: str) -> bytearray:
        """For each position in the text, its end included, whether a match ends there; read in its direction.

        Of a reverse automaton these are the positions at which matches begin.
        """
        count = len(text)
        marks = bytearray(count + 1)
        here: _Set | None = self.begin("")
        positions = range(count - 1, -1, -1) if self._reverse else range(count)
        for position in positions:
            assert here is not None
            character = text[position]
            accepts, here = here.table.get(character) or self.step(here, character)
            if accepts:
                marks[position + self._reverse] = 1
        assert here is not None
        marks[0 if self._reverse else count] = self.step(here, "")[0]
        return marks

    def occurs(self, text: str) -> bool:
        """Whether a match ends anywhere in the text (of an automaton that begins `anywhere`)."""
        here: _Set | None = self.begin("")
        for character in text:
            assert here is not None
            accepts, here = here.table.get(character) or self.step(here, character)
            if accepts:
                return True
        assert here is not None
        return self.step(here, "")[0]
