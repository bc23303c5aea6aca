"""/etc/passwd and /etc/group (passwd(5), group(5); getpwuid(3), getgrgid(3)).  Not modelled: other sources of names."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from vnetsim.digits import is_digits
from vnetsim.errors import KernelError
from vnetsim.process.files import Files
from vnetsim.values import frozen

#: Of how many files it is remembered who is in them: containers of an image begin with the same.
_FILES: Final = 64


@frozen
class PasswdLine:
    name: str
    uid: int
    gid: int
    home: str


@frozen
class GroupLine:
    name: str
    gid: int
    members: tuple[str, ...]


def passwd(files: Files) -> tuple[PasswdLine, ...]:
    return _passwd(_text(files, "/etc/passwd"))


def groups(files: Files) -> tuple[GroupLine, ...]:
    return _groups(_text(files, "/etc/group"))


def _text(files: Files, path: str) -> str:
    """Nothing without a file."""
    try:
        return files.read(path)
    except KernelError:
        return ""


def _lines(text: str, fields: int) -> list[list[str]]:
    """Those with so many fields."""
    rows = [line.split(":") for line in text.splitlines()]
    return [row for row in rows if len(row) >= fields and is_digits(row[2])]


@lru_cache(_FILES)
def _passwd(text: str) -> tuple[PasswdLine, ...]:
    rows = [row for row in _lines(text, 7) if is_digits(row[3])]
    return tuple([PasswdLine(row[0], int(row[2]), int(row[3]), row[5]) for row in rows])


@lru_cache(_FILES)
def _groups(text: str) -> tuple[GroupLine, ...]:
    return tuple([GroupLine(row[0], int(row[2]), tuple(filter(None, row[3].split(",")))) for row in _lines(text, 4)])


def user_name(files: Files, uid: int) -> str | None:
    return next((entry.name for entry in passwd(files) if entry.uid == uid), None)


def group_name(files: Files, gid: int) -> str | None:
    return next((entry.name for entry in groups(files) if entry.gid == gid), None)
