"""Records of a stream (RS) and fields of a record (FS), as mawk separates them."""

from __future__ import annotations

import re
from typing import Final

from vnetsim.process import Coroutine
from vnetsim.programs.awk.values import octets
from vnetsim.programs.libc.streams import Source
from vnetsim.regex import RegexPattern, quoted

_BLANKS: Final = re.compile(r"[ \t\n\v\f\r]+")
_PARAGRAPH: Final = re.compile(r"\n\n+")


class Records:
    """Reads a stream line by line, and on to its end only for separators that may be longer than a character."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._text = ""

    def record(self, separator: str, pattern: RegexPattern | None) -> Coroutine[str | None]:
        """The next record; None at the end.  `pattern` is that of a separator of several characters."""
        if separator == "\n" and not self._text:
            line = octets((yield from self.source.line()))
            return line.removesuffix("\n") if line else None
        if not separator:
            return (yield from self._paragraph())
        if pattern is not None:
            return (yield from self._up_to(pattern))
        while separator not in self._text:
            line = octets((yield from self.source.line()))
            if not line:
                return self._last()
            self._text += line
        record, _, self._text = self._text.partition(separator)
        return record

    def _last(self) -> str | None:
        record, self._text = self._text, ""
        return record or None

    def _paragraph(self) -> Coroutine[str | None]:
        self._text = self._text.lstrip("\n")
        while "\n\n" not in self._text:
            line = octets((yield from self.source.line()))
            if not line:
                return (self._last() or "").rstrip("\n") or None
            self._text = (self._text + line).lstrip("\n")
        record, self._text = self._text.split("\n\n", 1)
        return record

    def _up_to(self, pattern: RegexPattern) -> Coroutine[str | None]:
        self._text += octets((yield from self.source.rest()))
        found = next((each for each in pattern.matches(self._text) if each.matched), None)
        if found is None:
            return self._last()
        record, self._text = self._text[: found.start], self._text[found.end :]
        return record


def fields(text: str, separator: str | RegexPattern, *, paragraphs: bool = False) -> list[str]:
    """`paragraphs`: a newline separates as well.  An empty separator separates all characters."""
    if not text:
        return []
    if separator == " ":
        return [each for each in _BLANKS.split(text) if each]
    if isinstance(separator, str):
        if paragraphs and separator != "\n":
            return re.split(f"[{re.escape(separator)}\n]", text)
        return text.split(separator) if separator else list(text)
    out, position = [], 0
    for found in separator.matches(text):
        if found.matched:
            out.append(text[position : found.start])
            position = found.end
    return [*out, text[position:]]


def separating(separator: str, *, paragraphs: bool) -> str | None:
    """The expression of a separator that is one; None for a single character, which is literal."""
    if len(separator) < 2 and not (paragraphs and separator in ("", "\\")):
        return None
    if separator == "\\":
        separator = quoted(separator)
    return f"({separator})|\n" if paragraphs and separator else separator or None
