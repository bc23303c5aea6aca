"""The HTTP client of curl, wget and busybox' wget: connections, requests, responses."""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Final

import attrs

from vnetsim.process import Coroutine, Process
from vnetsim.programs.http.messages import HttpHead, HttpReader, TimedOut, encode_head
from vnetsim.programs.http.urls import Url
from vnetsim.programs.libc.octets import encode
from vnetsim.programs.libc.options import Options, argument, arguments, flag
from vnetsim.sockets import TcpSocket
from vnetsim.values import define
from vnetsim.wire.inet import Address

FORM: Final = "application/x-www-form-urlencoded"
_HEXADECIMAL: Final = re.compile("[0-9a-fA-F]+")


class BodyError(Exception):
    """The body of a response is not what its head announces."""


class IncompleteBody(BodyError):
    """The connection ended: in the `body`, of which `missing` bytes are left, in a `chunk`, its `size` or `trailer`."""

    def __init__(self, where: str, missing: int | None = None) -> None:
        super().__init__(where, missing)
        self.where = where
        self.missing = missing


class MalformedChunk(BodyError):
    """RFC 9112, 7.1, with the messages of Curl_chunked_strerror()."""


def connect(process: Process, address: Address, port: int, timeout: int | None) -> Coroutine[TcpSocket]:
    """KernelError or TimedOut if there is no connection."""
    socket = process.network.tcp_socket(address.version, owner=process)
    try:
        if (yield socket.connect(address, port, timeout)):
            return socket
        raise TimedOut
    except BaseException:
        socket.close()
        raise


@define
class DownloadOptions(Options):
    """What GNU wget and that of busybox have in common."""

    quiet: bool = flag("-q", "--quiet")
    document: str = argument("-O", "--output-document", default="")
    server_response: bool = flag("-S", "--server-response")
    user_agent: str = argument("-U", "--user-agent", default="")
    headers: tuple[str, ...] = arguments("--header")
    post_data: str | None = argument("--post-data", default=None)
    spider: bool = flag("--spider")

    def request(self, url: Url, fields: list[tuple[str, str]]) -> bytes:
        data = self.post_data
        method = "POST" if data is not None else "HEAD" if self.spider else "GET"
        for field in self.headers:
            name, _, value = field.partition(":")
            fields.append((name, value.strip()))
        if data is not None:
            fields += [("Content-Type", FORM), ("Content-Length", str(len(encode(data))))]
        return encode_head(f"{method} {url.target} HTTP/1.1", fields) + encode(data or "")

    def file_name(self, url: Url) -> str:
        """That of the URL, without -O."""
        return url.target.partition("?")[0].rpartition("/")[2] or "index.html"


@define(eq=False)
class HttpResponse:
    """A response whose body is framed (RFC 9112, 6); one `to_head` has none whatever its header fields are.

    Lines of chunks may end in LF alone.  Of malformed chunks curl complains (lib/http_chunks.c, `strict`); to wget and
    busybox a size that is no number is 0, as to strtol(3), and the rest of the line behind a chunk is nothing.
    """

    reader: HttpReader
    to_head: bool
    strict: bool = False
    #: Status codes of responses that have no body.
    bodiless: Container[int] = (204, 304)
    #: Bytes that are still to come: of the body, or of the current chunk; None up to the end of the connection.
    _missing: int | None = attrs.field(default=None, init=False)
    _chunked: bool = attrs.field(default=False, init=False)

    def head(self) -> Coroutine[HttpHead]:
        """That of the final response, behind those of interim ones (1xx)."""
        while True:
            response = yield from self.reader.head()
            if response.status // 100 != 1:
                self.begin_body(response)
                return response

    def begin_body(self, response: HttpHead) -> None:
        """A response without a usable length ends with the connection."""
        empty = self.to_head or response.status in self.bodiless
        self._missing = 0 if empty else response.length
        if response.chunked and not empty:
            self._chunked, self._missing = True, None

    def piece(self) -> Coroutine[bytes]:
        """The next bytes of the body, b"" at its end; BodyError if that is not where it should be."""
        if self._chunked and not self._missing:
            yield from self._begin_chunk()
        if self._missing == 0:
            return b""
        data = yield from self.reader.receive(self._missing)
        if self._missing is not None:
            if not data:
                raise IncompleteBody("chunk") if self._chunked else IncompleteBody("body", self._missing)
            self._missing -= len(data)
        return data

    def _begin_chunk(self) -> Coroutine[None]:
        """Chunks and the fields behind the last one."""
        if self._missing is not None and (yield from self._line("size")).strip() and self.strict:
            raise MalformedChunk("Malformed encoding found")
        digits = _HEXADECIMAL.match((yield from self._line("size")))
        if digits is None and self.strict:
            raise MalformedChunk("Illegal or missing hexadecimal sequence")
        self._missing = 0 if digits is None else int(digits[0], 16)
        if not self._missing:
            self._chunked = False
            while digits is not None and (yield from self._line("trailer")).strip():
                pass

    def _line(self, where: str) -> Coroutine[str]:
        line = yield from self.reader.line()
        if not line.endswith("\n"):
            raise IncompleteBody(where)
        return line
