"""What a tree keeps of its files beside what is in them: modes, owners and times (struct inode).

Files that the machine began with are root's, may be read by all (a few directories apart), and have its time of start.

Not modelled: links, access and birth times.
"""

from __future__ import annotations

from typing import Final

#: base-files of Debian; others are 0755.
_DIRECTORIES: Final = {"/tmp": 0o1777, "/var/tmp": 0o1777, "/root": 0o700, "/proc": 0o555, "/sys": 0o555}
EXECUTABLE: Final = 0o111


class Inodes:
    """By normalised path; what is in none of these was there at the start."""

    def __init__(self) -> None:
        self.modes: dict[str, int] = {}
        self.owners: dict[str, tuple[int, int]] = {}
        self.changed: dict[str, int] = {}

    def mode(self, path: str, *, directory: bool, program: bool = False) -> int:
        given = _DIRECTORIES.get(path, 0o755) if directory else 0o755 if program else 0o644
        return self.modes.get(path, given)

    def forget(self, path: str) -> None:
        for each in (self.modes, self.owners, self.changed):
            each.pop(path, None)
