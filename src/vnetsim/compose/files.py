"""The files that compose reads: those of the machine's disk, or of another implementation of the protocol."""

from __future__ import annotations

import posixpath
from pathlib import Path
from typing import Protocol

from vnetsim.compose.values import ComposeError


class ComposeFiles(Protocol):
    """Paths are absolute and POSIX."""

    def read(self, path: str) -> str:
        """The text of a file; ComposeError with Go's message."""

    def exists(self, path: str) -> bool: ...
    def is_directory(self, path: str) -> bool: ...
    def real_path(self, path: str) -> str:
        """With symbolic links followed."""


class DiskFiles:
    """The files of the machine that vnetsim runs on."""

    def read(self, path: str) -> str:
        try:
            return Path(path).read_bytes().decode("utf-8", "surrogateescape")
        except FileNotFoundError:
            raise not_found(path) from None
        except IsADirectoryError:
            raise ComposeError(f"read {path}: is a directory", file=path, line=1) from None
        except PermissionError:
            raise ComposeError(f"open {path}: permission denied", file=path, line=1) from None
        except OSError as error:
            raise ComposeError(f"open {path}: {(error.strerror or str(error)).lower()}", file=path, line=1) from None

    def exists(self, path: str) -> bool:
        return Path(path).exists()

    def is_directory(self, path: str) -> bool:
        return Path(path).is_dir()

    def real_path(self, path: str) -> str:
        return str(Path(path).resolve())


def not_found(path: str, call: str = "open") -> ComposeError:
    return ComposeError(f"{call} {path}: no such file or directory", file=path, line=1)


def join(base: str, path: str) -> str:
    """filepath.Join."""
    joined = "/".join(part for part in (base, path) if part)
    return clean(joined) if joined else ""


def clean(path: str) -> str:
    """filepath.Clean."""
    cleaned = posixpath.normpath(path) if path else "."
    return cleaned[1:] if cleaned.startswith("//") else cleaned


def absolute(path: str, working_directory: str) -> str:
    return clean(path) if path.startswith("/") else join(working_directory, path)


def relative(base: str, path: str) -> str | None:
    """filepath.Rel, or None where one of the two is absolute and the other is not."""
    base, path = clean(base), clean(path)
    if base.startswith("/") != path.startswith("/"):
        return None
    return posixpath.relpath(path, base) if path != base else "."
