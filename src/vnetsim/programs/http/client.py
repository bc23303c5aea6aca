"""The HTTP client of curl, wget and busybox' wget: connections, requests, responses with bodies that h11 frames.

Not modelled: chunks whose lines end in LF alone, which the real tools take and h11 does not.
"""

from __future__ import annotations

from typing import Final

import attrs
import h11

from vnetsim.process import Coroutine, Process
from vnetsim.programs.http.messages import HttpHead, HttpReader, TimedOut, encode_head
from vnetsim.programs.http.urls import Url
from vnetsim.programs.libc.octets import encode
from vnetsim.programs.libc.options import Options, argument, arguments, flag
from vnetsim.sockets import TcpSocket
from vnetsim.wire.inet import Address

FORM: Final = "application/x-www-form-urlencoded"


class BodyError(Exception):
    """The body of a response is not what its head announces."""


class IncompleteBody(BodyError):
    """The connection ended first; `missing` bytes, None if no length was announced."""

    def __init__(self, missing: int | None) -> None:
        super().__init__(missing)
        self.missing = missing


class MalformedChunk(BodyError):
    """RFC 9112, 7.1."""


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


@attrs.define
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


@attrs.define(eq=False)
class HttpResponse:
    """The response to a request on a connection; a response `to_head` has no body whatever its header fields are."""

    reader: HttpReader
    to_head: bool
    _framing: h11.Connection = attrs.field(factory=lambda: h11.Connection(h11.CLIENT), init=False)
    _missing: int | None = attrs.field(default=None, init=False)
    _ended: bool = attrs.field(default=False, init=False)

    def head(self) -> Coroutine[HttpHead]:
        """That of the final response, behind those of interim ones (1xx)."""
        while True:
            response = yield from self.reader.head()
            if response.status // 100 != 1:
                self.begin_body(response)
                return response

    def begin_body(self, response: HttpHead) -> None:
        """Pass h11 a request, and a status and framing that it accepts: it refuses heads that the programs read.

        A response without a usable length ends with the connection.
        """
        self._framing.send(h11.Request(method="HEAD" if self.to_head else "GET", target="/", headers=[("Host", "")]))
        self._framing.send(h11.EndOfMessage())
        fields = []
        if response.chunked:
            fields.append(("Transfer-Encoding", "chunked"))
        elif response.length is not None:
            fields.append(("Content-Length", str(response.length)))
            self._missing = response.length
        status = response.status if 200 <= response.status < 1000 else 200
        self._framing.receive_data(encode_head(f"HTTP/1.1 {status} ", fields))
        self._framing.next_event()

    def piece(self) -> Coroutine[bytes]:
        """The next bytes of the body, b"" at its end; BodyError if that is not where it should be."""
        while True:
            event = self._next_event()
            if isinstance(event, h11.Data):
                if self._missing is not None:
                    self._missing -= len(event.data)
                return bytes(event.data)
            if event is not h11.NEED_DATA:
                return b""
            data = yield from self.reader.receive()
            self._ended = not data
            self._framing.receive_data(data)

    def _next_event(self) -> type[h11.NEED_DATA | h11.PAUSED] | h11.Event:
        try:
            return self._framing.next_event()
        except h11.RemoteProtocolError:
            raise IncompleteBody(self._missing) if self._ended else MalformedChunk from None
