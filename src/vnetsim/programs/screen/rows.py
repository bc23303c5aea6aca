"""Lines of text as rows of a window: tabs, control characters, lines that are longer than the window is wide."""

from __future__ import annotations

import re
from typing import Final

from vnetsim.programs.screen.window import reverse

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")
#: Private characters that stand for the caret of a control character, so that it counts as one column.
_CARET: Final = "\ue000"


def cells(text: str, *, colours: bool = False) -> str:
    """A line with its tabs expanded and its control characters as two of them, the first marked; colours go."""
    if colours:
        text = _COLOUR.sub("", text)
    text = _CONTROL.sub(lambda found: _CARET + chr(ord(found[0]) ^ 64), text)
    return text.expandtabs(8)


def painted(row: str, found: re.Pattern[str] | None = None) -> str:
    """A row as it is written: control characters and what the pattern finds, unless that is nothing, in reverse."""
    if found is not None:
        row = found.sub(lambda match: reverse(match[0]), row)
    return re.sub(f"{_CARET}(.)", lambda caret: reverse("^" + caret[1]), row)


def wrapped(text: str, columns: int) -> list[str]:
    """The rows of one line; an empty one has one."""
    return [text[at : at + columns] for at in range(0, len(text), columns)] or [""]


def chopped(text: str, columns: int) -> str:
    """The row of a line of which the rest is not shown."""
    return text if len(text) <= columns else text[: columns - 1] + reverse(">")
