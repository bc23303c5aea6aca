"""The sessions that come with vnetsim: scenarios/ of the repository, vnetsim/scenarios of an installed package."""

from __future__ import annotations

from pathlib import Path

import vnetsim
from vnetsim.errors import UsageError


def directory() -> Path:
    """Where they are; UsageError if this installation has none."""
    package = Path(vnetsim.__file__).parent
    for directory in (package / "scenarios", package.parent.parent / "scenarios"):
        if directory.is_dir():
            return directory
    raise UsageError(f"{package / 'scenarios'}: the scenarios are missing from this installation")


def paths() -> list[Path]:
    """The session files, in the order in which they teach."""
    return sorted(path for path in directory().iterdir() if path.suffix in (".md", ".session"))


def find(name: str) -> Path:
    """The one whose name (or its number, or the start of it) this is; UsageError if there is none."""
    known = paths()
    for path in known:
        if name in (path.name, path.stem) or path.stem.startswith(name) or path.stem.partition("-")[2] == name:
            return path
    raise UsageError(f"there is no scenario {name!r}; there are: {', '.join(path.stem for path in known)}")
