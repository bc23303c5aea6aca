"""Errors about the input (src/erec.c of nftables 1.0.6), with suggestions (src/misspell.c)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from vnetsim.netfilter.nft.location import Location
from vnetsim.values import frozen


@frozen
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
        prefix = f"{source.name}:{where.first_line}:{where.first_column}-{where.last_column}: " if source.name else ""
        line = source.text[where.start if source.by_line else 0 :].partition("\n")[0]
        return f"{prefix}Error: {self.message}\n{line}\n{_marks(line, (where, *self.others))}\n"


def _marks(line: str, locations: tuple[Location, ...]) -> str:
    end = max(one.last_column for one in locations)
    marks = ["\t" if character == "\t" else " " for character in line[:end].ljust(end)]
    for number, one in reversed(list(enumerate(locations))):
        for column in range(max(one.first_column - 1, 0), one.last_column):
            marks[column] = "~" if number else "^"
    return "".join(marks)


class NftError(Exception):
    """A command is refused by nft itself."""

    def __init__(self, message: str, location: Location | None, *others: Location) -> None:
        super().__init__(message)
        self.error = ErrorRecord(message, location, others)
        #: Errors before this one, which did not end the evaluation.
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


def nearest_of(wanted: str, candidates: Iterable[tuple[str, T]]) -> T | None:
    """The item of the name with the least distance from `wanted`; None if all names are too different."""
    found: T | None = None
    least: int | None = None
    for name, what in candidates:
        longer, shorter = max(len(name), len(wanted)), min(len(name), len(wanted))
        if longer <= 1:
            continue
        threshold = max(-(-longer // 3), 1) if longer - shorter <= 1 else -(-(longer + 2) // 3)
        distance = _distance(name, wanted)
        if distance <= threshold and (least is None or distance < least):
            least, found = distance, what
    return found


def nearest(wanted: str, names: Iterable[str]) -> str | None:
    return nearest_of(wanted, ((name, name) for name in names))
