"""The files that a web server finds below its root."""

from __future__ import annotations

from collections.abc import Mapping

from vnetsim.clock import SECOND
from vnetsim.errors import KernelError
from vnetsim.process.files import Files
from vnetsim.programs.http.messages import date
from vnetsim.programs.libc.octets import encode
from vnetsim.values import frozen


@frozen
class Page:
    """A file: its media type is "" where the server knows none."""

    path: str
    content: bytes
    kind: str
    changed: int

    @property
    def modified(self) -> str:
        """`Thu, 01 Jan 2026 00:00:00 GMT`."""
        return date(self.changed)

    @property
    def seconds(self) -> int:
        """Since 1970."""
        return self.changed // SECOND


@frozen
class Pages:
    """`since`: when its files were last changed, in nanoseconds since 1970; `types`: of extensions."""

    files: Files
    home: str
    since: int
    types: Mapping[str, str]

    def is_directory(self, path: str) -> bool:
        return self.files.is_directory((self.home + path).rstrip("/"))

    def is_below_file(self, path: str) -> bool:
        """Whether what should be a directory of the path is a file."""
        parts = path.strip("/").split("/")
        above = ("/" + "/".join(parts[:count]) for count in range(1, len(parts)))
        return any(self.page(each) is not None for each in above)

    def page(self, path: str) -> Page | None:
        if path.endswith("/"):
            return None
        try:
            content = encode(self.files.read(self.home + path))
        except KernelError:
            return None
        _, dot, extension = path.rpartition("/")[2].rpartition(".")
        return Page(path, content, self.types.get(extension, "") if dot else "", self.since)

    def names(self, path: str) -> list[str]:
        """What a directory has, directories with a slash at their end."""
        names = sorted(self.files.list((self.home + path).rstrip("/")))
        return [name + "/" * self.is_directory(path + name) for name in names]
