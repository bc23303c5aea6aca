"""Which files are labs of other programs, by name."""

from __future__ import annotations

from pathlib import Path
from typing import Final

KATHARA: Final = "lab.conf"


def find(directory: Path) -> Path | None:
    """The file in a directory that makes it a lab."""
    path = directory / KATHARA
    return path if path.is_file() else None


def is_lab_file(name: str) -> bool:
    return Path(name).name == KATHARA
