"""What nft reads, where in it something stands, and what is wrong with it (src/erec.c of nftables 1.0.6)."""

from __future__ import annotations

import attrs


@attrs.frozen(eq=False)
class InputDescriptor:
    """A command line (`name` is ""), standard input, or a file.

    `by_line`: complaints show the line that they are about; of a command line they show the first one.
    """

    text: str
    name: str = ""
    by_line: bool = True


@attrs.frozen
class Location:
    """Lines and columns from 1, both ends included; `start` is where the first line begins."""

    source: InputDescriptor
    first_line: int
    last_line: int
    first_column: int
    last_column: int
    start: int = 0

    def to(self, last: Location) -> Location:
        """From the beginning of this one to the end of the other one."""
        return attrs.evolve(self, last_line=last.last_line, last_column=last.last_column)


@attrs.frozen
class ErrorRecord:
    """`others` are places that it has to do with; without a `location` it is about what the kernel told."""

    words: str
    location: Location | None
    others: tuple[Location, ...] = ()

    def __str__(self) -> str:
        """As nft prints it: the words, the line, and marks below it."""
        if self.location is None:
            return f"netlink: Error: {self.words}\n"
        where, source = self.location, self.location.source
        place = f"{source.name}:{where.first_line}:{where.first_column}-{where.last_column}: " if source.name else ""
        line = source.text[where.start if source.by_line else 0 :].partition("\n")[0]
        return f"{place}Error: {self.words}\n{line}\n{_marks(line, (where, *self.others))}\n"


def _marks(line: str, places: tuple[Location, ...]) -> str:
    end = max(place.last_column for place in places)
    marks = ["\t" if character == "\t" else " " for character in line[:end].ljust(end)]
    for number, place in reversed(list(enumerate(places))):
        for column in range(max(place.first_column - 1, 0), place.last_column):
            marks[column] = "~" if number else "^"
    return "".join(marks)


class NftError(Exception):
    """Something that nft was told makes no sense."""

    def __init__(self, words: str, location: Location | None, *others: Location) -> None:
        super().__init__(words)
        self.complaint = ErrorRecord(words, location, others)
        #: What was complained about before, without an end to it.
        self.before: tuple[ErrorRecord, ...] = ()

    @classmethod
    def of(cls, complaints: list[ErrorRecord]) -> NftError:
        """All of them, of which there is one at least."""
        *before, last = complaints
        refused = cls(last.words, last.location, *last.others)
        refused.before = tuple(before)
        return refused
