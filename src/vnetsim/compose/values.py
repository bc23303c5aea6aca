"""The contents of compose files: plain values, paths into them, and errors with a location."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import attrs

from vnetsim.errors import VnetsimError
from vnetsim.values import define, frozen


@frozen
class Timestamp:
    """A plain scalar that go-yaml takes for a time: no field of a compose file may be one."""

    text: str


YamlValue: TypeAlias = "bool | int | float | str | Timestamp | list[YamlValue] | dict[str, YamlValue] | None"
YamlMap: TypeAlias = "dict[str, YamlValue]"
#: Keys and list indexes from the top of the file, as in compose-go's tree.Path.
Path: TypeAlias = tuple[str, ...]


class ComposeError(VnetsimError):
    """An error of compose; `str` is its message, `located` the same with file and line."""

    def __init__(self, message: str, path: Sequence[str] = (), *, file: str = "", line: int = 0) -> None:
        super().__init__(message)
        self.path: Path = tuple(path)
        self.file = file
        self.line = line

    def located(self) -> str:
        """One sentence: FILE:LINE: MESSAGE."""
        message = " ".join(str(self).split())
        return f"{self.file}:{self.line}: {message}" if self.file else message


@define
class KeyPlaces:
    """File and line of each key and item by path; of several files, the last one read."""

    lines: dict[Path, tuple[str, int]] = attrs.field(factory=dict)

    def note(self, path: Path, file: str, line: int) -> None:
        self.lines[path] = (file, line)

    def locate(self, error: ComposeError, file: str) -> None:
        """Give an error the location of the deepest known part of its path, or else the first line of `file`."""
        if error.file:
            return
        for length in range(len(error.path), 0, -1):
            found = self.lines.get(error.path[:length])
            if found is not None:
                error.file, error.line = found
                return
        error.file, error.line = file, 1


def dotted(path: Sequence[str]) -> str:
    return ".".join(path)


def matches(path: Path, pattern: str) -> bool:
    """tree.Path.Matches: `*` matches one part."""
    parts = pattern.split(".")
    return len(parts) == len(path) and all(want in ("*", part) for want, part in zip(parts, path, strict=True))
