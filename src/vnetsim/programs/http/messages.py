"""HTTP/1.1 messages (RFC 9112): their heads, as clients and servers read and write them.

The programs take lines that are no fields, requests without Host, responses without a usable status or length, and
heads that end with the connection; a strict parser (h11) refuses those.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from vnetsim.digits import is_digits
from vnetsim.process import Coroutine, Process
from vnetsim.programs.resources import resource
from vnetsim.sockets import TcpSocket
from vnetsim.values import define, frozen

#: The longest line that is read (curl takes 100 KB).
_LONGEST_LINE: Final = 102_400
#: A Content-Length with more digits is not one.
_MOST_DIGITS: Final = 18
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class TimedOut(Exception):
    """Nothing more arrived until the deadline."""


@frozen
class HttpHead:
    """The first line and the fields; `text` is all of it as it was read, with the empty line."""

    line: str
    fields: tuple[tuple[str, str], ...]
    text: str

    def get(self, name: str) -> str | None:
        return next((value for known, value in self.fields if known.lower() == name.lower()), None)

    @property
    def status(self) -> int:
        """Of a response; 0 if there is none."""
        parts = self.line.split()
        return int(parts[1]) if len(parts) > 1 and is_digits(parts[1]) else 0

    @property
    def length(self) -> int | None:
        """Content-Length, None without a usable one."""
        text = (self.get("Content-Length") or "").strip()
        return int(text) if is_digits(text) and len(text) <= _MOST_DIGITS else None

    @property
    def chunked(self) -> bool:
        return (self.get("Transfer-Encoding") or "").lower() == "chunked"


def encode_head(line: str, fields: Iterable[tuple[str, str]]) -> bytes:
    """A request or response up to its body."""
    return "".join([f"{line}\r\n", *(f"{name}: {value}\r\n" for name, value in fields), "\r\n"]).encode()


def date(nanoseconds: int) -> str:
    """`Tue, 24 Nov 2026 08:59:56 GMT` (RFC 9110, 5.6.7) of nanoseconds since 1970."""
    from datetime import UTC, datetime  # noqa: PLC0415 -- few need it

    at = datetime.fromtimestamp(nanoseconds // 1_000_000_000, UTC)
    return f"{_DAYS[at.weekday()]}, {at.day:02} {_MONTHS[at.month - 1]} {at.year} {at:%H:%M:%S} GMT"


def mime_types(package: str, name: str = "mime.types") -> dict[str, str]:
    """Extensions and their media types, from a text of a package in the format of mime.types(5)."""
    lines = map(str.split, resource(package, name).splitlines())
    return {extension: kind for kind, *extensions in lines for extension in extensions}


def month(number: int) -> str:
    """`Jan` of 1, whatever the language of this computer."""
    return _MONTHS[number - 1]


@define(eq=False)
class HttpReader:
    """Reads heads from a socket; `deadline` in nanoseconds of process.now(), or None."""

    process: Process
    socket: TcpSocket
    deadline: int | None = None
    _buffer: bytes = b""
    _ended: bool = False

    def receive(self, most: int | None = None) -> Coroutine[bytes]:
        """What is there, at least a byte; b"" at the end.  KernelError where the connection broke."""
        data = self._buffer or (yield from self._receive())
        self._buffer = b"" if most is None else data[most:]
        return data[:most]

    def _receive(self) -> Coroutine[bytes]:
        if self._ended:
            return b""
        left = None if self.deadline is None else max(0, self.deadline - self.process.now())
        data: bytes | None = yield self.socket.receive(left)
        if data is None:
            raise TimedOut
        self._ended = not data
        return data

    def _more(self) -> Coroutine[bool]:
        """False at the end."""
        data = yield from self._receive()
        self._buffer += data
        return bool(data)

    def line(self) -> Coroutine[str]:
        """The next line with its end, "" at the end of everything."""
        while b"\n" not in self._buffer and len(self._buffer) < _LONGEST_LINE and (yield from self._more()):
            pass
        taken, newline, self._buffer = self._buffer.partition(b"\n")
        return (taken + newline).decode("latin-1")

    def starts_with(self, text: bytes) -> Coroutine[bool]:
        """Whether the next bytes are these; they are not taken."""
        while len(self._buffer) < len(text) and text.startswith(self._buffer) and (yield from self._more()):
            pass
        return self._buffer.startswith(text)

    def has_data(self) -> Coroutine[bool]:
        """Whether anything at all comes."""
        return bool(self._buffer) or (yield from self._more())

    def head(self) -> Coroutine[HttpHead]:
        """Up to the empty line; with an empty `line` if nothing came."""
        first = yield from self.line()
        text, fields = first, []
        while line := (yield from self.line()):
            text += line
            if not line.strip():
                break
            name, _, value = line.partition(":")
            fields.append((name.strip(), value.strip()))
        return HttpHead(first.strip(), tuple(fields), text)
