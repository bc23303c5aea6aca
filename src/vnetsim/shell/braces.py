"""Brace expansion, which bash does before anything else: `{a,b}`, `{1..5}`, `{01..10..2}`, `{a..e}`."""

from __future__ import annotations

import re
from typing import Final, TypeAlias

from vnetsim.shell.tree import Literal, Part, Word
from vnetsim.shell.words import join

#: An unquoted character, or a part that stays whole.
_Atom: TypeAlias = "str | Part"

_SEQUENCE: Final = re.compile(r"(-?\d+)\.\.(-?\d+)(?:\.\.(-?\d+))?|([A-Za-z])\.\.([A-Za-z])(?:\.\.(-?\d+))?")


def braces(word: Word) -> list[Word]:
    """The words that `word` stands for: itself, if it has no braces to expand."""
    atoms: list[_Atom] = []
    for part in word:
        atoms.extend(part.text if isinstance(part, Literal) and not part.quoted else [part])
    if "{" not in atoms:
        return [word]
    return [_word(each) for each in _expand(atoms)]


def _word(atoms: list[_Atom]) -> Word:
    return join([Literal(atom) if isinstance(atom, str) else atom for atom in atoms])


def _expand(atoms: list[_Atom]) -> list[list[_Atom]]:
    for start, atom in enumerate(atoms):
        if atom != "{":
            continue
        end = _closing(atoms, start)
        choices = [] if end is None else _choices(atoms[start + 1 : end])
        if end is not None and choices:
            tails = _expand(atoms[end + 1 :])
            return [atoms[:start] + choice + tail for choice in choices for tail in tails]
    return [atoms]


def _closing(atoms: list[_Atom], start: int) -> int | None:
    depth = 0
    for index in range(start, len(atoms)):
        depth += (atoms[index] == "{") - (atoms[index] == "}")
        if depth == 0:
            return index
    return None


def _choices(inside: list[_Atom]) -> list[list[_Atom]]:
    """What stands between the braces, one by one; nothing if it is neither a list nor a sequence."""
    options: list[list[_Atom]] = [[]]
    depth = 0
    for atom in inside:
        depth += (atom == "{") - (atom == "}")
        if atom == "," and depth == 0:
            options.append([])
        else:
            options[-1].append(atom)
    if len(options) > 1:
        return [each for option in options for each in _expand(option)]
    if all(isinstance(atom, str) for atom in inside):
        return [list(text) for text in _sequence("".join(str(atom) for atom in inside))]
    return []


def _sequence(text: str) -> list[str]:
    found = _SEQUENCE.fullmatch(text)
    if found is None:
        return []
    letters = found[4] is not None
    first, last = (ord(found[4]), ord(found[5])) if letters else (int(found[1]), int(found[2]))
    step = abs(int(found[6] or found[3] or 1)) or 1
    numbers = range(first, last + 1, step) if first <= last else range(first, last - 1, -step)
    if letters:
        return [chr(number) for number in numbers]
    padded = any(re.match(r"-?0\d", end) for end in (found[1], found[2]))
    width = max(len(found[1]), len(found[2])) if padded else 0
    return [f"{number:0{width}d}" for number in numbers]
