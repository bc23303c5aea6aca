"""Input and locations in it (struct input_descriptor and struct location of include/nftables.h)."""

from __future__ import annotations

from typing import Final

import attrs

from vnetsim.values import frozen


@frozen(eq=False)
class InputDescriptor:
    """A command line (`name` is ""), standard input, or a file.

    `by_line`: errors show the line that they are about; of a command line they show the first one.
    """

    text: str
    name: str = ""
    by_line: bool = True


@frozen
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


#: Of what no input contains (internal_location).
INTERNAL: Final = Location(InputDescriptor("", "internal"), 0, 0, 0, 0)
