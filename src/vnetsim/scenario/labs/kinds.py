"""Which files are labs of other programs, by name, and scripts of Mininet by what they import."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from vnetsim.errors import UsageError

KATHARA: Final = "lab.conf"
CONTAINERLAB: Final = (".clab.yml", ".clab.yaml")

_MININET: Final = re.compile(r"^\s*(from|import)\s+mininet\b", re.MULTILINE)


def find(directory: Path) -> Path | None:
    """The file in a directory that makes it a lab; UsageError if several do."""
    path = directory / KATHARA
    if path.is_file():
        return path
    found = sorted(each for each in directory.iterdir() if each.name.endswith(CONTAINERLAB))
    if len(found) > 1:
        names = " and ".join(each.name for each in found[:2])
        raise UsageError(f"{directory}: {names} are labs: expected the name of one of them")
    return found[0] if found else None


def is_lab_file(name: str) -> bool:
    return Path(name).name == KATHARA or name.endswith(CONTAINERLAB)


def is_mininet_script(name: str, text: str) -> bool:
    """Whether it is a Python file that imports Mininet."""
    return name.endswith(".py") and _MININET.search(text) is not None
