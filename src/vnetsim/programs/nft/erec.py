"""Errors about the input (src/erec.c of nftables 1.0.6), with suggestions (src/misspell.c)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import attrs

from vnetsim.netfilter.nft.location import Location


@attrs.frozen
class ErrorRecord:
    """An error; `others` are further locations.  Without a `location` it is an error of the kernel."""

    message: str
    location: Location | None
    others: tuple[Location, ...] = ()

    def __str__(self) -> str:
        """As nft prints it: the message, the line, and marks below it."""
        if self.location is None:
            return f"netlink: Error: {self.message}\n"
        where, source = self.location, self.location.source
        place = f"{source.name}:{where.first_line}:{where.first_column}-{where.last_column}: " if source.name else ""
        line = source.text[where.start if source.by_line else 0 :].partition("\n")[0]
        return f"{place}Error: {self.message}\n{line}\n{_marks(line, (where, *self.others))}\n"


def _marks(line: str, places: tuple[Location, ...]) -> str:
    end = max(place.last_column for place in places)
    marks = ["\t" if character == "\t" else " " for character in line[:end].ljust(end)]
    for number, place in reversed(list(enumerate(places))):
        for column in range(max(place.first_column - 1, 0), place.last_column):
            marks[column] = "~" if number else "^"
    return "".join(marks)


class NftError(Exception):
    """A command is refused by nft itself."""

    def __init__(self, message: str, location: Location | None, *others: Location) -> None:
        super().__init__(message)
        self.error = ErrorRecord(message, location, others)
        #: What was complained about before, without an end to it.
        self.before: tuple[ErrorRecord, ...] = ()

    @classmethod
    def of(cls, errors: list[ErrorRecord]) -> NftError:
        """All of them, of which there is one at least."""
        *before, last = errors
        refused = cls(last.message, last.location, *last.others)
        refused.before = tuple(before)
        return refused


# --- suggestions ----------------------------------------------------------------------------------------------------


T = TypeVar("T")


def _distance(a: str, b: str) -> int:
    width = len(b)
    cells = [0] * ((len(a) + 1) * (width + 1))
    for i in range(len(a) + 1):
        cells[i * width] = i
    for j in range(width + 1):
        cells[j] = j
    characters = f"{a}\0", f"{b}\0"
    for i in range(1, len(a) + 1):
        for j in range(1, width + 1):
            differ = characters[0][i] != characters[1][j]
            best = min(
                cells[(i - 1) * width + j] + 1, cells[i * width + j - 1] + 1, cells[(i - 1) * width + j - 1] + differ
            )
            crossed = characters[0][i] == characters[1][j - 1] and characters[0][i - 1] == characters[1][j]
            if i > 1 and j > 1 and crossed:
                best = min(best, cells[(i - 2) * width + j - 2] + differ)
            cells[i * width + j] = best
    return cells[len(a) * width + width]


def nearest_of(word: str, candidates: Iterable[tuple[str, T]]) -> T | None:
    """What belongs to the name that is least different from `word`; None where all are too different."""
    found: T | None = None
    least: int | None = None
    for name, what in candidates:
        longer, shorter = max(len(name), len(word)), min(len(name), len(word))
        if longer <= 1:
            continue
        threshold = max(-(-longer // 3), 1) if longer - shorter <= 1 else -(-(longer + 2) // 3)
        distance = _distance(name, word)
        if distance <= threshold and (least is None or distance < least):
            least, found = distance, what
    return found


def nearest(word: str, names: Iterable[str]) -> str | None:
    return nearest_of(word, ((name, name) for name in names))
