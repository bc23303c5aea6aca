"""Files as streams: what cat, grep and the shell's redirections open, with the common character devices.

Not modelled: /dev/random and other devices, permissions, seeking.
"""

from __future__ import annotations

import posixpath
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Final

from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.process import Context, Coroutine, Input, Output, Process
from vnetsim.process.files import Files

#: Opening one of these for writing truncates nothing, and each write(2) is a value of its own.
_SPECIAL: Final = ("/proc/", "/sys/")
_UNKNOWN_DEVICES: Final = ("/dev/random", "/dev/urandom", "/dev/tty", "/dev/ptmx")


def absolute(process: Process, path: str) -> str:
    """The path from the root, without `.` and `..`; relative ones start at $PWD."""
    directory = process.context.environment.get("PWD", "/")
    return posixpath.normpath(posixpath.join("/", directory, path)).replace("//", "/")


# --- writing -------------------------------------------------------------------------------------------------------


class FileOutput:
    """Writes at the end of a file."""

    def __init__(self, files: Files, path: str) -> None:
        self._files, self._path = files, path

    def write(self, text: str) -> None:
        if self._path.startswith(_SPECIAL):
            self._files.write(self._path, text)
        else:
            self._files.append(self._path, text)

    def close(self) -> None:
        """Nothing is buffered."""


class Nowhere:
    """/dev/null."""

    def write(self, text: str) -> None:
        pass

    def close(self) -> None:
        pass


class Refusing:
    """A stream on which every write fails: /dev/full, or a descriptor that is closed."""

    def __init__(self, errno: Errno) -> None:
        self._errno = errno

    def write(self, text: str) -> None:
        if text:
            raise KernelError(self._errno)

    def close(self) -> None:
        pass


def create(context: Context, path: str, *, append: bool = False) -> Output:
    """Open an absolute path for writing, empty unless `append`.  KernelError as open(2) would refuse."""
    files = context.files
    if path == "/dev/null":
        return Nowhere()
    if path == "/dev/full":
        return Refusing(Errno.ENOSPC)
    if files.is_directory(path):
        raise KernelError(Errno.EISDIR)
    if path.startswith(_SPECIAL):
        if not files.exists(path):
            raise KernelError(Errno.ENOENT if path.startswith("/proc/") else Errno.EACCES)
        if context.read_only_sysctls and path.startswith("/proc/sys/"):
            raise KernelError(Errno.EROFS)
    elif not append or not files.exists(path):
        files.write(path, "")
    return FileOutput(files, path)


# --- reading -------------------------------------------------------------------------------------------------------


class Source(ABC):
    """Something to read; both generators wait where there is nothing yet."""

    @abstractmethod
    def line(self) -> Coroutine[str]:
        """The next line with its newline, `""` at the end."""

    @abstractmethod
    def rest(self) -> Coroutine[str]:
        """Everything up to the end."""

    def characters(self, count: int) -> Coroutine[str]:
        """That many from the start, or fewer at the end."""
        text = ""
        while len(text) < count:
            line = yield from self.line()
            if not line:
                break
            text += line
        return text[:count]

    def close(self) -> None:
        """Read no more."""
        return


class TextSource(Source):
    """A file, read when it was opened."""

    def __init__(self, text: str) -> None:
        self._text, self._position = text, 0

    def line(self) -> Coroutine[str]:
        yield from ()
        end = self._text.find("\n", self._position)
        start, self._position = self._position, len(self._text) if end < 0 else end + 1
        return self._text[start : self._position]

    def rest(self) -> Coroutine[str]:
        yield from ()
        start, self._position = self._position, len(self._text)
        return self._text[start:]


class StreamSource(Source):
    """Standard input."""

    def __init__(self, stream: Input) -> None:
        self._stream = stream

    def line(self) -> Coroutine[str]:
        return str((yield self._stream.read_line()))

    def rest(self) -> Coroutine[str]:
        return str((yield self._stream.read_all()))

    def close(self) -> None:
        self._stream.close()


class ZeroSource(Source):
    """/dev/zero: as many zeros as are read, and no end.  `check` raises if a text may not be so long."""

    def __init__(self, check: Callable[[int], object]) -> None:
        self._check = check

    def line(self) -> Coroutine[str]:
        raise NotModelled("reading /dev/zero to its end, which never comes")

    def rest(self) -> Coroutine[str]:
        return self.line()

    def characters(self, count: int) -> Coroutine[str]:
        yield from ()
        self._check(count)
        return "\0" * count


def source(process: Process, name: str) -> Source:
    """What `name` names: `-` is standard input.  KernelError as open(2) or read(2) would refuse."""
    if name in ("-", "/dev/stdin", "/dev/fd/0"):
        return StreamSource(process.stdin)
    path = absolute(process, name)
    if path == "/dev/zero":
        return ZeroSource(process.meter.check_string)
    if path == "/dev/null":
        return TextSource("")
    if path in _UNKNOWN_DEVICES:
        raise NotModelled(f"reading {path}")
    return TextSource(process.files.read(path))
