"""Text of pipes and files as the bytes that travel, and back: UTF-8, other bytes unharmed."""

from __future__ import annotations

import codecs
import re
from typing import Final

_ERRORS: Final = "surrogateescape"
_NO_BYTE: Final = re.compile("[\ud800-\udc7f\udd00-\udfff]")


def encode(text: str) -> bytes:
    """Surrogates that do not come from bytes are U+FFFD."""
    try:
        return text.encode("utf-8", _ERRORS)
    except UnicodeEncodeError:
        return _NO_BYTE.sub("\ufffd", text).encode("utf-8", _ERRORS)


def shown(text: str) -> str:
    """As a terminal shows it: bytes that are no characters are U+FFFD."""
    return text if text.isascii() else encode(text).decode("utf-8", "replace")


def decode(data: bytes) -> str:
    return data.decode("utf-8", _ERRORS)


class Decoder:
    """For data in pieces, which may end in the middle of a character."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(_ERRORS)

    def decode(self, data: bytes) -> str:
        return self._decoder.decode(data)

    def end(self) -> str:
        """What is left of a character that never became complete."""
        return self._decoder.decode(b"", final=True)
