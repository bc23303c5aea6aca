r"""Backslash escapes of echo and printf: `\n`, `\0101`, `\x41`."""

from __future__ import annotations

import re
from typing import Final

_SIMPLE: Final = {"a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\"}
_ECHO: Final = re.compile(r"\\(?:0([0-7]{0,3})|x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|([abcefnrtv\\]))")
_FORMAT: Final = re.compile(r"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|([abcefnrtv\\\"']))")


def _replace(found: re.Match[str], *, hexadecimal: bool) -> str:
    octal, hexa, unicode, letter = found.groups()
    if octal is not None:
        return chr(int(octal or "0", 8) & 255)
    if hexa is not None or unicode is not None:
        return chr(int(hexa or unicode, 16)) if hexadecimal else found[0]
    return _SIMPLE.get(letter, letter)


def echo(text: str, *, hexadecimal: bool = True) -> tuple[str, bool]:
    r"""The text, and whether `\c` ended it.  dash knows no hexadecimal numbers."""
    out: list[str] = []
    position = 0
    for found in _ECHO.finditer(text):
        out.append(text[position : found.start()])
        if found[4] == "c":
            return "".join(out), True
        out.append(_replace(found, hexadecimal=hexadecimal))
        position = found.end()
    return "".join(out) + text[position:], False


def printf(text: str, *, hexadecimal: bool = True) -> str:
    """Escapes in a format."""
    return _FORMAT.sub(lambda found: _replace(found, hexadecimal=hexadecimal), text)
