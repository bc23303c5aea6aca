"""Keys in what a terminal sends: characters, and sequences that begin with Escape (terminfo: xterm)."""

from __future__ import annotations

import re
from typing import Final

_NAMES: Final = {
    "A": "up", "B": "down", "C": "right", "D": "left", "H": "home", "F": "end", "1~": "home", "4~": "end",
    "3~": "delete", "5~": "pageup", "6~": "pagedown",
}  # fmt: skip
_SEQUENCE: Final = re.compile(r"\x1b(?:\[|O)([0-9;]*[A-Za-z~])")
_ALSO: Final = {"\n": "\r", "\x08": "\x7f"}


class Keys:
    """What was typed and not read yet."""

    def __init__(self) -> None:
        self._text = ""

    def add(self, text: str) -> None:
        self._text += text

    def next(self) -> str | None:
        """A character (`\\r` for Enter, `\\x7f` for Backspace), a key's name, `""` for one that has none here."""
        if not self._text:
            return None
        found = _SEQUENCE.match(self._text)
        if found is not None:
            self._text = self._text[found.end() :]
            return _NAMES.get(found[1], "")
        key, self._text = self._text[0], self._text[1:]
        return "escape" if key == "\x1b" else _ALSO.get(key, key)
