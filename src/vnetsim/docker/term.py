"""The keys by which a client leaves a program without ending it (moby/term: ascii.go, proxy.go)."""

from __future__ import annotations

from typing import Final

#: Ctrl-P Ctrl-Q.
DETACH: Final = "\x10\x11"
_KEYS: Final = {f"ctrl-{letter}": chr(code) for code, letter in enumerate("@abcdefghijklmnopqrstuvwxyz[\\]^_")} | {
    "DEL": "\x7f"
}


def parse_keys(text: str) -> str:
    """What a terminal sends for `ctrl-p,ctrl-q`; ValueError for what is no key."""
    keys = text.split(",")
    for key in keys:
        if len(key) != 1 and key not in _KEYS:
            raise ValueError(f"unknown character: '{key}'")
    return "".join(_KEYS.get(key, key) for key in keys)


class EscapeProxy:
    """What is typed, up to the keys: the beginning of them is held back until it is known what follows.

    `detached`: all of them were typed.
    """

    def __init__(self, keys: str) -> None:
        self._keys, self._held = keys, 0
        self.detached = False

    def passed(self, typed: str) -> str:
        """What of it is for the program."""
        found = ""
        for key in typed:
            if self.detached:
                break
            if key == self._keys[self._held]:
                self._held += 1
                self.detached = self._held == len(self._keys)
            else:
                found += self._keys[: self._held] + key
                self._held = 0
        return found
