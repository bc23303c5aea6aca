"""HTTP/1.1 messages (RFC 9112) as curl, wget and httpd read and write them.

Not modelled: trailers, transfer codings other than chunked.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Any, Final

import attrs

from vnetsim.digits import is_digits
from vnetsim.process import Process
from vnetsim.sockets import TcpSocket

#: A line that is longer is none (curl takes 100 KB).
_LONGEST_LINE: Final = 102_400
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class TimedOut(Exception):
    """The time that reading may take is over."""


class Closed(Exception):
    """The connection ended in the middle of a message; `args` is how many bytes of the body were missing."""


@attrs.frozen
class Head:
    """The first line and the fields; `text` is all of it as it was read, with the empty line."""

    line: str
    fields: tuple[tuple[str, str], ...]
    text: str

    def get(self, name: str) -> str | None:
        return next((value for known, value in self.fields if known.lower() == name.lower()), None)

    @property
    def status(self) -> int:
        """Of a response, 0 if there is none."""
        words = self.line.split()
        return int(words[1]) if len(words) > 1 and is_digits(words[1]) else 0

    @property
    def length(self) -> int | None:
        """Content-Length, None without a sensible one."""
        text = self.get("Content-Length")
        return int(text) if text is not None and is_digits(text.strip()) else None


def head(line: str, fields: Iterable[tuple[str, str]]) -> bytes:
    """A request or response up to its body."""
    return "".join([f"{line}\r\n", *(f"{name}: {value}\r\n" for name, value in fields), "\r\n"]).encode()


def date(nanoseconds: int) -> str:
    """`Tue, 24 Nov 2026 08:59:56 GMT` (RFC 9110, 5.6.7) of nanoseconds since 1970."""
    from datetime import UTC, datetime  # noqa: PLC0415 -- few need it

    at = datetime.fromtimestamp(nanoseconds // 1_000_000_000, UTC)
    return f"{_DAYS[at.weekday()]}, {at.day:02} {_MONTHS[at.month - 1]} {at.year} {at:%H:%M:%S} GMT"


def month(number: int) -> str:
    """`Jan` of 1, whatever the language of this computer."""
    return _MONTHS[number - 1]


@attrs.define(eq=False)
class Reader:
    """Reads messages from a socket; `deadline` in nanoseconds of process.now(), or None."""

    process: Process
    socket: TcpSocket
    deadline: int | None = None
    received: int = 0
    _buffer: bytes = b""
    _ended: bool = False

    def _more(self) -> Generator[Any, Any, bool]:
        """False at the end; KernelError where the connection broke."""
        if self._ended:
            return False
        left = None if self.deadline is None else max(0, self.deadline - self.process.now())
        data: bytes | None = yield self.socket.receive(left)
        if data is None:
            raise TimedOut
        self._ended = not data
        self._buffer += data
        return bool(data)

    def line(self) -> Generator[Any, Any, str]:
        """The next line with its end, "" at the end of everything."""
        while b"\n" not in self._buffer and len(self._buffer) < _LONGEST_LINE and (yield from self._more()):
            pass
        taken, newline, self._buffer = self._buffer.partition(b"\n")
        return (taken + newline).decode("latin-1")

    def starts_with(self, text: bytes) -> Generator[Any, Any, bool]:
        """Whether what comes next begins so; it is not taken."""
        while len(self._buffer) < len(text) and text.startswith(self._buffer) and (yield from self._more()):
            pass
        return self._buffer.startswith(text)

    def has_data(self) -> Generator[Any, Any, bool]:
        """Whether anything at all comes."""
        return bool(self._buffer) or (yield from self._more())

    def head(self) -> Generator[Any, Any, Head]:
        """Up to the empty line; with an empty `line` if nothing came."""
        first = yield from self.line()
        text, fields = first, []
        while line := (yield from self.line()):
            text += line
            if not line.strip():
                break
            name, _, value = line.partition(":")
            fields.append((name.strip(), value.strip()))
        return Head(first.strip(), tuple(fields), text)

    def some(self, most: int) -> Generator[Any, Any, bytes]:
        """What is there, up to `most` bytes; b"" at the end."""
        if not self._buffer:
            yield from self._more()
        taken, self._buffer = self._buffer[:most], self._buffer[most:]
        self.received += len(taken)
        return taken

    def chunk_size(self) -> Generator[Any, Any, int]:
        """Of the next chunk (RFC 9112, 7.1); 0 for the last one."""
        line = (yield from self.line()).strip() or (yield from self.line()).strip()
        try:
            return int(line.partition(";")[0], 16)
        except ValueError:
            raise Closed(0) from None


@attrs.define(eq=False)
class Body:
    """The body of a response, piece by piece."""

    reader: Reader
    left: int | None
    chunked: bool

    @classmethod
    def of(cls, reader: Reader, response: Head, *, expected: bool) -> Body:
        """`expected` is False where there is none whatever the head says (RFC 9112, 6.3)."""
        if not expected:
            return cls(reader, 0, chunked=False)
        if (response.get("Transfer-Encoding") or "").lower() == "chunked":
            return cls(reader, 0, chunked=True)
        return cls(reader, response.length, chunked=False)

    def piece(self) -> Generator[Any, Any, bytes]:
        """b"" at the end; Closed if that comes too early."""
        if self.chunked and not self.left:
            self.left = yield from self.reader.chunk_size()
            self.chunked = bool(self.left)
        if self.left == 0:
            return b""
        data: bytes = yield from self.reader.some(65_536 if self.left is None else self.left)
        if self.left is not None:
            self.left -= len(data)
            if not data:
                raise Closed(self.left)
        return data
