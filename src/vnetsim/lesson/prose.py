"""The text of a lesson in a terminal: its lines are those of a file, which are longer than some terminals are wide."""

from __future__ import annotations

import re
import textwrap
from typing import Final

#: What begins a line that does not go on where the one before ended: lists, tables, headings, fences, indented text.
_OWN: Final = re.compile(r"\s|[-*+] |\d+[.)] |[|#>]|```")


def wrapped(text: str, columns: int) -> str:
    """Paragraphs in lines of so many columns at most, where spaces are; as it is without columns.

    Lines that are no part of a paragraph stay lines, and go on below their text.
    """
    if columns <= 0:
        return text
    lines: list[str] = []
    for line in text.split("\n"):
        goes_on = bool(lines and lines[-1] and line) and not _OWN.match(line) and not _OWN.match(lines[-1])
        if goes_on:
            lines[-1] += f" {line}"
        else:
            lines.append(line)
    return "\n".join(_wrapped_line(line, columns) for line in lines)


def _wrapped_line(line: str, columns: int) -> str:
    found = re.match(r"\s*(?:[-*+] |\d+[.)] )?", line)
    indent = " " * (found.end() if found else 0)
    if len(line) <= columns or len(indent) >= columns or line.startswith("|"):
        return line
    return textwrap.fill(
        line, columns, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False,
        expand_tabs=False, replace_whitespace=False,
    )  # fmt: skip
