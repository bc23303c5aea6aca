"""/etc/passwd and /etc/group (passwd(5), group(5); getpwuid(3), getgrgid(3)).  Not modelled: other sources of names."""

from __future__ import annotations

from vnetsim.digits import is_digits
from vnetsim.errors import KernelError
from vnetsim.process.files import Files
from vnetsim.values import frozen


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


def _lines(files: Files, path: str, fields: int) -> list[list[str]]:
    """Those with so many fields; none without a file."""
    try:
        rows = [line.split(":") for line in files.read(path).splitlines()]
    except KernelError:
        return []
    return [row for row in rows if len(row) >= fields and is_digits(row[2])]


def passwd(files: Files) -> list[PasswdLine]:
    rows = [row for row in _lines(files, "/etc/passwd", 7) if is_digits(row[3])]
    return [PasswdLine(row[0], int(row[2]), int(row[3]), row[5]) for row in rows]


def groups(files: Files) -> list[GroupLine]:
    rows = _lines(files, "/etc/group", 4)
    return [GroupLine(row[0], int(row[2]), tuple(filter(None, row[3].split(",")))) for row in rows]


def user_name(files: Files, uid: int) -> str | None:
    return next((entry.name for entry in passwd(files) if entry.uid == uid), None)


def group_name(files: Files, gid: int) -> str | None:
    return next((entry.name for entry in groups(files) if entry.gid == gid), None)
