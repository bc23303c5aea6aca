"""Protocol of the files that a process sees; `vnetsim.kernel.proc.files` implements it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from vnetsim.values import frozen


@frozen
class Mount:
    """`root`, a file or a directory of `files`, is seen at the path `point`."""

    point: str
    files: Files
    root: str
    read_only: bool = False


class FileStatus(NamedTuple):
    """stat(2): permission bits, the owner's numbers, bytes, directories in it, nanoseconds since 1970.

    `size` is None for the file of a program, `changed` for what the machine began with.
    """

    mode: int
    owner: tuple[int, int]
    size: int | None
    directories: int | None
    changed: int | None


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
        """Whether it is the file of an installed program."""

    def give_away(self, path: str) -> None:
        """chown(2), chmod(2): who may write there now is not judged, so that every user may."""

    def is_executable(self, path: str) -> bool:
        """Whether it is a file, of no program, that chmod made executable."""

    def status(self, path: str) -> FileStatus:
        """NotModelled for what the kernel makes up."""

    def set_status(
        self, path: str, mode: int | None = None, owner: tuple[int, int] | None = None, changed: int | None = None
    ) -> None:
        """chmod(2), chown(2), utimensat(2); KernelError(EPERM) for what is another user's."""

    def list(self, path: str) -> Sequence[str]: ...
