"""The wheel stays small: its files are deflated one by one, and each has entries in the archive and in RECORD."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

import vnetsim

PACKAGE = Path(vnetsim.__file__).parent
ROOT = Path(__file__).parent.parent
#: Of the compressed files.  A raise needs a reason in the changelog.
MOST = 3 * 2**20
#: Of the whole archive, which has about 190 bytes more for each file.
MOST_WITH_NAMES = 3_480_000
#: A local header, an entry of the central directory, and in RECORD a hash and a size.
PER_FILE, HASHED = 30 + 46, 50


def packaged() -> dict[str, bytes]:
    """The files that hatchling takes (pyproject.toml), by their names in the wheel."""
    found = {}
    for root, name in (
        (PACKAGE, "vnetsim"),
        (ROOT / "scenarios", "vnetsim/scenarios"),
        (ROOT / "lessons", "vnetsim/lessons"),
    ):
        for path in sorted(root.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                found[f"{name}/{path.relative_to(root).as_posix()}"] = path.read_bytes()
    return found


def deflated(data: bytes) -> int:
    return len(zlib.compress(data)) - 6


def test_the_wheel_is_within_its_bound() -> None:
    files = packaged()
    size = sum(map(deflated, files.values()))
    # Names twice in the archive, and once in RECORD, where they compress.
    names = sum(PER_FILE + HASHED + 2 * len(name) for name in files)
    assert size <= MOST, "find what is stored twice or uncompressed before you raise the bound"
    assert size + names <= MOST_WITH_NAMES


def test_what_the_wheel_takes_is_what_is_counted() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    section = text[text.index("[tool.hatch.build.targets.wheel]") :]
    assert re.findall(
        r'^(?:packages = \[)?"([^"]+)"', section[: section.index("[tool.hatch.build.targets.sdist]")], re.M
    ) == [
        "src/vnetsim",
        "scenarios",
        "lessons",
    ]
