"""The archive from which the page's Python imports vnetsim: the installed package, and what it imports, as sources.

Left out is what needs a terminal, a server or a real kernel: the command line, the backends, plugins of test tools.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import Final

from vnetsim.errors import UsageError
from vnetsim.lesson import lessons

#: Packages that the simulation imports; of a namespace package, the one in it.
_PACKAGES: Final = ("vnetsim", "attr", "attrs", "dns", "markdown_it", "mdurl", "ruamel.yaml", "simpy")
_LEFT_OUT: Final = (
    "vnetsim/backends/", "vnetsim/browser/page/", "vnetsim/cli/", "vnetsim/lessons/", "vnetsim/strategies/",
    "vnetsim/views/player/built.json.xz",
    "vnetsim/__main__.py", "vnetsim/pytest_plugin.py", "vnetsim/testing.py",
)  # fmt: skip
#: Of every file, so that the same files are the same archive.
_DATE: Final = (1980, 1, 1, 0, 0, 0)


def archive() -> bytes:
    """A zip archive, the same for the same packages; UsageError if one is not installed as files."""
    found = {name: path for package in _PACKAGES for name, path in _files(package)}
    found |= {f"lessons/{path.name}": path for path in lessons.paths()}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archived:
        for name in sorted(found.keys() | _directories(found)):
            data = b"" if name.endswith("/") else found[name].read_bytes()
            archived.writestr(zipfile.ZipInfo(name, _DATE), data, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _directories(names: Iterable[str]) -> set[str]:
    """By which zipimport finds packages without an __init__."""
    return {f"{each}/" for name in names for each in PurePosixPath(name).parents if each.name}


def _files(package: str) -> Iterator[tuple[str, Path]]:
    """The names of its files in the archive, and where they are."""
    root = _directory(package)
    for path in root.rglob("*"):
        name = f"{package.replace('.', '/')}/{path.relative_to(root).as_posix()}"
        if path.is_file() and "__pycache__" not in path.parts and not _is_left_out(name):
            yield name, path


def _is_left_out(name: str) -> bool:
    return name.startswith(_LEFT_OUT) or name.endswith((".pyc", ".pyi", ".so", ".pyd"))


def _directory(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None or not Path(spec.origin).is_file():
        raise UsageError(f"the page needs the files of the package {package}, which is not installed as files here")
    return Path(spec.origin).parent
