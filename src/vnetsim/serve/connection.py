"""HTTP/1.1 on one connection (RFC 9112), by h11, and hijacked connections as dockerd has them.

A client that is slow is waited for as long as `Limits` say, a body that is too long is refused (413), and what is no
HTTP is answered with 400, as Go's server does; then the connection is closed.  While an answer is made, the client's
end is watched: when it goes, so does the handler.  A hijacked connection belongs to its handler: what the client sends
is a program's input, and the end of that is not the end of the connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from typing import Any, Final

import h11

from vnetsim.serve.hijacked import REASONS, HijackedConnection, hijacked_head
from vnetsim.serve.messages import HEADERS, ApiRequest, ApiResponse, Hijack, Response, parse_query, unescape
from vnetsim.serve.middleware import NEWEST
from vnetsim.values import frozen

_READ: Final = 65_536
#: Seconds for a client to read a refusal (rstAvoidanceDelay of net/http).
_LINGER: Final = 0.5
_BAD: Final = b"HTTP/1.1 %s\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n%s"


@frozen(kw_only=True)
class Limits:
    """`head_seconds`: for a request's head, once it has begun, and for each piece of its body; `idle_seconds`: for the
    next request; `write_seconds`: for a client that does not read.  `head_bytes` and `body_bytes` bound a request.

    `hijack_seconds` are between the head of a hijacked connection and the first bytes of a program: docker-py reads the
    one through a buffer and the others past it, and loses what comes together.  dockerd takes longer for a start.
    """

    head_seconds: float = 30.0
    idle_seconds: float = 300.0
    write_seconds: float = 60.0
    head_bytes: int = 65_536
    body_bytes: int = 64 << 20
    hijack_seconds: float = 0.03


class BadRequest(Exception):
    """The request makes no sense as HTTP: `args` are the status line and the text of the answer."""


class HttpConnection:
    """`respond` is called with each request, and gives its answer; it raises nothing."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        respond: Callable[[ApiRequest], Awaitable[Response]],
        limits: Limits,
    ) -> None:
        self._reader, self._writer, self._respond, self._limits = reader, writer, respond, limits
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=limits.head_bytes)
        #: What came from the client after its request, before it was answered.
        self._early = b""

    async def serve(self) -> None:
        """Until one side closes the connection."""
        try:
            while await self._serve_one():
                pass
        except (h11.RemoteProtocolError, BadRequest) as refused:
            await self._refuse(refused)
        except (TimeoutError, ConnectionError, ssl.SSLError, h11.LocalProtocolError):
            # The client has gone, or is too slow.
            self._writer.transport.abort()
        finally:
            await self._close()

    async def _serve_one(self) -> bool:
        request = await self._read_request()
        if request is None:
            return False
        response = await self._while_connected(self._respond(request))
        if isinstance(response, Hijack):
            await self._hijack(request, response)
            return False
        await self._send(request, response)
        if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
            return False
        self._http.start_next_cycle()
        return True

    # --- requests ----------------------------------------------------------------------------------------------------

    async def _read_request(self) -> ApiRequest | None:
        """None: the client has closed the connection."""
        head = await self._next_event(self._limits.idle_seconds)
        if isinstance(head, h11.ConnectionClosed):
            return None
        assert isinstance(head, h11.Request)
        headers = {name.decode("ascii"): value.decode("latin-1") for name, value in head.headers}
        if headers.get("expect", "").lower() == "100-continue":
            await self._write(self._http.send(h11.InformationalResponse(status_code=100, headers=[])))
        body = await self._read_body()
        path, _, query = head.target.decode("ascii").partition("?")
        try:
            fields = parse_query(query)
        except ValueError:
            raise BadRequest(b"400 Bad Request", b"400 Bad Request") from None
        return ApiRequest(
            method=head.method.decode("ascii"), path=unescape(path), version=NEWEST, query=fields, headers=headers,
            body=body,
        )  # fmt: skip

    async def _read_body(self) -> bytes:
        pieces, length = [], 0
        while not isinstance(event := await self._next_event(self._limits.head_seconds), h11.EndOfMessage):
            if not isinstance(event, h11.Data):
                raise ConnectionResetError
            length += len(event.data)
            if length > self._limits.body_bytes:
                raise BadRequest(b"413 Request Entity Too Large", b"request body too large")
            pieces.append(bytes(event.data))
        return b"".join(pieces)

    async def _next_event(self, idle: float) -> h11.Event | type[h11.PAUSED]:
        seconds = idle
        while (event := self._http.next_event()) is h11.NEED_DATA:
            async with asyncio.timeout(seconds):
                data = await self._take()
            self._http.receive_data(data)
            seconds = self._limits.head_seconds
        assert event is not h11.NEED_DATA
        return event  # type: ignore[return-value]  # the sentinels are types of their own

    async def _take(self) -> bytes:
        data, self._early = self._early, b""
        return data or await self._reader.read(_READ)

    async def _while_connected(self, response: Awaitable[Response]) -> Response:
        """Make an answer; ConnectionResetError, and the handler is cancelled, when the client goes meanwhile."""
        making = asyncio.ensure_future(response)
        watching = asyncio.ensure_future(self._watch())
        try:
            await asyncio.wait({making, watching}, return_when=asyncio.FIRST_COMPLETED)
            if not making.done():
                raise ConnectionResetError
            return making.result()
        finally:
            await _cancel(making, watching)

    async def _watch(self) -> None:
        """Ends when the client has closed the connection."""
        while len(self._early) < _READ:
            try:
                data = await self._reader.read(_READ)
            except ConnectionError:
                return
            if not data:
                return
            self._early += data
        await asyncio.get_running_loop().create_future()

    # --- answers -----------------------------------------------------------------------------------------------------

    async def _send(self, request: ApiRequest, response: ApiResponse) -> None:
        headers = {**HEADERS, **response.headers, "Date": formatdate(usegmt=True)}
        if response.stream is None and response.status not in (204, 304):
            headers["Content-Length"] = str(len(response.body))
        head = h11.Response(
            status_code=response.status, headers=list(headers.items()), reason=REASONS.get(response.status, b"")
        )
        await self._write(self._http.send(head))
        if request.method != "HEAD" and response.stream is None:
            await self._write(self._http.send(h11.Data(data=response.body)) if response.body else b"")
        if response.stream is not None:
            await self._send_stream(response)
        await self._write(self._http.send(h11.EndOfMessage()))

    async def _send_stream(self, response: ApiResponse) -> None:
        assert response.stream is not None
        watching = asyncio.ensure_future(self._watch())
        try:
            while (piece := await self._next_piece(response, watching)) is not None:
                await self._write(self._http.send(h11.Data(data=piece)))
        finally:
            await _cancel(watching)

    @staticmethod
    async def _next_piece(response: ApiResponse, watching: asyncio.Future[Any]) -> bytes | None:
        """ConnectionResetError when the client has gone."""
        assert response.stream is not None
        piece: asyncio.Future[Any] = asyncio.ensure_future(anext(response.stream, None))
        try:
            await asyncio.wait([piece, watching], return_when=asyncio.FIRST_COMPLETED)
            if not piece.done():
                raise ConnectionResetError
            found: bytes | None = piece.result()
            return found
        finally:
            await _cancel(piece)

    async def _write(self, data: bytes | None) -> None:
        if not data:
            return
        self._writer.write(data)
        async with asyncio.timeout(self._limits.write_seconds):
            await self._writer.drain()

    async def _hijack(self, request: ApiRequest, response: Hijack) -> None:
        await self._write(hijacked_head(request, response))
        loop = asyncio.get_running_loop()
        early = self._http.trailing_data[0] + self._early
        first = loop.time() + self._limits.hijack_seconds
        await response.run(HijackedConnection(self._reader, self._writer, self._write, early, first))

    # --- the end -----------------------------------------------------------------------------------------------------

    async def _refuse(self, refused: Exception) -> None:
        """As Go's server: a line of text, without the headers of the engine."""
        status, text = refused.args if isinstance(refused, BadRequest) else (b"400 Bad Request", b"400 Bad Request")
        with contextlib.suppress(TimeoutError, ConnectionError, OSError):
            await self._write(_BAD % (status, text))
            self._writer.write_eof()
            # What the client still sends would reset the connection before it has read this.
            async with asyncio.timeout(_LINGER):
                while await self._reader.read(_READ):
                    pass

    async def _close(self) -> None:
        self._writer.close()
        with contextlib.suppress(TimeoutError, ConnectionError, ssl.SSLError):
            async with asyncio.timeout(self._limits.head_seconds):
                await self._writer.wait_closed()


async def _cancel(*futures: asyncio.Future[Any]) -> None:
    """Cancel those that have not ended, and wait for it."""
    for future in futures:
        future.cancel()
    await asyncio.gather(*futures, return_exceptions=True)
