"""Protocol of the files that a process sees; `vnetsim.kernel.proc.files` implements it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from vnetsim.values import frozen


@frozen
class Mount:
    """`root`, a file or a directory of `files`, is seen at the path `point`."""

    point: str
    files: Files
    root: str
    read_only: bool = False


class Files(Protocol):
    """The files a process sees: a small tree, /proc/sys/net and /sys/class/net being those of its network namespace.

    Paths are absolute.  Bytes that are no UTF-8 are surrogates in the text (PEP 383).
    Refusals are KernelError (ENOENT, EISDIR, EACCES, EROFS, EINVAL ...).
    """

    def read(self, path: str) -> str: ...
    def write(self, path: str, text: str) -> None: ...
    def append(self, path: str, text: str) -> None: ...
    def remove(self, path: str) -> None: ...
    def remove_directory(self, path: str) -> None:
        """An empty one."""

    def make_directory(self, path: str) -> None: ...
    def exists(self, path: str) -> bool: ...
    def is_directory(self, path: str) -> bool: ...
    def is_program(self, path: str) -> bool:
        """Whether it is the file of an installed program: no other file is executable."""

    def give_away(self, path: str) -> None:
        """chown(2), chmod(2): who may write there now is not kept, so that every user may."""

    def list(self, path: str) -> Sequence[str]: ...
