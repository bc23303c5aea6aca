"""The lessons that come with vnetsim: lessons/ of the repository, vnetsim/lessons of an installed package."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import attrs

import vnetsim
from vnetsim.errors import UsageError

if TYPE_CHECKING:
    from vnetsim.lesson.document import Lesson


def paths() -> list[Path]:
    """Their files, in the order in which they teach; UsageError if this installation has none."""
    package = Path(vnetsim.__file__).parent
    for directory in (package / "lessons", package.parent.parent / "lessons"):
        if directory.is_dir():
            return sorted(directory.glob("*.md"))
    raise UsageError(f"{package / 'lessons'}: the lessons are missing from this installation")


def load(name: str, seed: int | None = None) -> Lesson:
    """The lesson in a file, or the packaged one whose name (or its number) this is; UsageError if there is none."""
    from vnetsim.lesson import document  # noqa: PLC0415 -- a list of names needs no policies

    found = document.load(str(_path(name)))
    return found if seed is None else attrs.evolve(found, seed=seed)


def _path(name: str) -> Path:
    if Path(name).is_file() or Path(name).suffix:
        return Path(name)
    known = paths()
    for path in known:
        number, _, rest = path.stem.partition("-")
        if name in (path.stem, rest) or (number.isdecimal() and name.isdecimal() and int(number) == int(name)):
            return path
    raise UsageError(f"there is no lesson {name!r}; there are: {', '.join(path.stem for path in known)}")
