"""Pyodide, the Python that runs in a browser: one version of it, from its npm package, kept in the user's cache.

The page needs five of its files.  They are fetched once, from jsDelivr, which serves packages of npm; a file that is
not the one that vnetsim was tested with, by its SHA-256, is refused.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from vnetsim.errors import UsageError

VERSION: Final = "314.0.8"
ADDRESS: Final = f"https://cdn.jsdelivr.net/npm/pyodide@{VERSION}/"
#: Seconds in which a server says something.
_PATIENCE: Final = 30


class Pinned(NamedTuple):
    size: int
    sha256: str


#: Its Python, and what that needs to start: 13.5 MB.
FILES: Final = {
    "pyodide.mjs": Pinned(17_758, "1bb8cc14f9405aaa7cd4e00c12edd0a8539de9cc026618d6ee5a9663f367dc70"),
    "pyodide.asm.mjs": Pinned(1_250_259, "22514b8be6980e28a02c8b1d6387ce8dfe666fc4edf8d547cff5dce29ff4d972"),
    "pyodide.asm.wasm": Pinned(9_597_892, "e14d49ceca9b4a0e274ea918f3a898de2d3880b6e5573a6cfe1a2267ecc70329"),
    "python_stdlib.zip": Pinned(2_545_550, "2bd3394a145bfbbe5bbc9d9d6ab9136abbb986c6fef6c142b3a2962227aa5c28"),
    "pyodide-lock.json": Pinned(119_077, "5dc2fc119108bc148c7457dc86e7675b5c87e1cafd420b9c34c1eaef7b36c010"),
}

#: The bytes at an address, no more than so many.
Fetch = Callable[[str, int], bytes]


def fetch(address: str, most: int) -> bytes:
    """OSError if it cannot be had."""
    with urllib.request.urlopen(address, timeout=_PATIENCE) as answer:
        data: bytes = answer.read(most + 1)
    return data


def files_in(directory: Path) -> dict[str, bytes]:
    """The files of an unpacked package; UsageError if one is missing or is that of another version."""
    return {name: _read(directory / name, pinned) for name, pinned in FILES.items()}


def _read(path: Path, pinned: Pinned) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: expected a file of the npm package pyodide {VERSION}: {error.strerror}") from None
    if not _is(data, pinned):
        raise UsageError(f"{path}: expected the file of the npm package pyodide {VERSION}, found another one")
    return data


def cached_files(
    cache: Path, get: Fetch = fetch, note: Callable[[str], object] = lambda _text: None
) -> dict[str, bytes]:
    """The files, out of the directory `cache` or fetched into it; UsageError, in a sentence, without a network."""
    directory = cache / f"pyodide-{VERSION}"
    missing = [name for name, pinned in FILES.items() if not _is(_bytes_of(directory / name), pinned)]
    if missing:
        size = sum(FILES[name].size for name in missing) / 1e6
        note(f"Pyodide {VERSION}, {size:.1f} MB, is downloaded into {directory}\n")
    for name in missing:
        _keep(directory / name, _fetched(name, get))
    return files_in(directory)


def _fetched(name: str, get: Fetch) -> bytes:
    address = ADDRESS + name
    try:
        data = get(address, FILES[name].size)
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise UsageError(
            f"the page needs Pyodide, and {address} cannot be had: {reason}; with a network it is downloaded once, and"
            f" --pyodide DIR names an unpacked npm package pyodide {VERSION}"
        ) from None
    if not _is(data, FILES[name]):
        raise UsageError(f"{address}: expected the file that vnetsim was tested with, found {len(data)} other bytes")
    return data


def _bytes_of(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


def _is(data: bytes, pinned: Pinned) -> bool:
    return len(data) == pinned.size and hashlib.sha256(data).hexdigest() == pinned.sha256


def _keep(path: Path, data: bytes) -> None:
    """Whole or not at all; UsageError if the directory cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(data)
        Path(file.name).replace(path)
    except OSError as error:
        raise UsageError(f"{path.parent}: Pyodide cannot be kept there: {error.strerror}") from None


def cache_directory() -> Path:
    """Where programs keep what they can fetch again, by the customs of this system."""
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "vnetsim" / "Cache"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "vnetsim"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "vnetsim"
