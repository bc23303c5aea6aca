"""What is a number for a C program: str.isdigit() takes `\u00b2` for one too, which int() refuses."""

from __future__ import annotations

from typing import Final

#: Longer than any number that means anything, and no longer than int() reads (sys.int_info).
_MOST: Final = 4000


def is_digits(text: str) -> bool:
    """Whether the text is one or more of the digits 0 to 9, so that int() reads it."""
    return text.isascii() and text.isdigit() and len(text) <= _MOST
