"""Brace expansion, the first expansion of bash: `{a,b}`, `{1..5}`, `{01..10..2}`, `{a..e}`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeAlias

from vnetsim.budget import OBJECT_BYTES
from vnetsim.shell.ast import Literal, Part, Word
from vnetsim.shell.word_reader import join

#: An unquoted character, or a part that stays whole.
_Atom: TypeAlias = "str | Part"

#: The smallest intmax_t: what is beyond it is no number for bash, and the braces stay (lib/sh/zmapfd.c, legal_number).
_LOWEST: Final = -(1 << 63)
_SEQUENCE: Final = re.compile(r"(-?\d+)\.\.(-?\d+)(?:\.\.(-?\d+))?|([A-Za-z])\.\.([A-Za-z])(?:\.\.(-?\d+))?")


def braces(word: Word, check: Callable[[int], object]) -> list[Word]:
    """The words that `word` expands to: itself, if it has no braces to expand.

    `check` raises if so many characters may not be made, before they are.
    """
    atoms: list[_Atom] = []
    for part in word:
        atoms.extend(part.text if isinstance(part, Literal) and not part.quoted else [part])
    if "{" not in atoms:
        return [word]
    return [_word(each) for each in _Braces(check).expand(atoms)]


def _word(atoms: list[_Atom]) -> Word:
    return join([Literal(atom) if isinstance(atom, str) else atom for atom in atoms])


class _Braces:
    """One expansion; `check` is called before each product of lists and each sequence is made."""

    def __init__(self, check: Callable[[int], object]) -> None:
        self._check = check

    def expand(self, atoms: list[_Atom]) -> list[list[_Atom]]:
        for start, atom in enumerate(atoms):
            if atom != "{":
                continue
            end = _closing(atoms, start)
            choices = [] if end is None else self._choices(atoms[start + 1 : end])
            if end is not None and choices:
                tails = self.expand(atoms[end + 1 :])
                self._check_product(start, choices, tails)
                return [atoms[:start] + choice + tail for choice in choices for tail in tails]
        return [atoms]

    def _check_product(self, before: int, choices: list[list[_Atom]], tails: list[list[_Atom]]) -> None:
        inner, behind = sum(map(len, choices)), sum(map(len, tails))
        self._check((before + 1) * len(choices) * len(tails) + inner * len(tails) + behind * len(choices))

    def _choices(self, inside: list[_Atom]) -> list[list[_Atom]]:
        """What is between the braces, one by one; nothing if it is neither a list nor a sequence."""
        options: list[list[_Atom]] = [[]]
        depth = 0
        for atom in inside:
            depth += (atom == "{") - (atom == "}")
            if atom == "," and depth == 0:
                options.append([])
            else:
                options[-1].append(atom)
        if len(options) > 1:
            return [each for option in options for each in self.expand(option)]
        if all(isinstance(atom, str) for atom in inside):
            return [list(text) for text in self._sequence("".join(str(atom) for atom in inside))]
        return []

    def _sequence(self, text: str) -> list[str]:
        found = _SEQUENCE.fullmatch(text)
        if found is None:
            return []
        letters = found[4] is not None
        ends = [ord(found[4]), ord(found[5])] if letters else [int(found[1]), int(found[2])]
        step = abs(int(found[6] or found[3] or 1)) or 1
        if not letters and any(not _LOWEST <= number <= -_LOWEST for number in (*ends, step)):
            return []
        first, last = ends
        numbers = range(first, last + 1, step) if first <= last else range(first, last - 1, -step)
        if letters:
            return [chr(number) for number in numbers]
        padded = any(re.match(r"-?0\d", end) for end in (found[1], found[2]))
        width = max(len(found[1]), len(found[2])) if padded else 0
        self._check(((abs(last - first) // step) + 1) * (OBJECT_BYTES + max(width, len(str(last)))))
        return [f"{number:0{width}d}" for number in numbers]


def _closing(atoms: list[_Atom], start: int) -> int | None:
    depth = 0
    for index in range(start, len(atoms)):
        depth += (atoms[index] == "{") - (atoms[index] == "}")
        if depth == 0:
            return index
    return None
