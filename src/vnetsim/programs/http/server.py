"""Python's http.server as `python3 -m http.server` starts it (Lib/http/server.py of 3.11): files and directories.

Each connection is served by a thread of its own, which answers one request (HTTP/1.0) and closes.  It logs requests to
standard error.  All files are as old as the machine.  Not modelled: names that are links.
"""

from __future__ import annotations

import html
import posixpath
import re
import urllib.parse
from functools import partial
from typing import Final

from vnetsim.clock import SECOND
from vnetsim.errors import KernelError
from vnetsim.process import Coroutine, Interrupted, Process, Resolved
from vnetsim.programs.http.listener import HttpService, listen
from vnetsim.programs.http.messages import HttpHead, HttpReader, date, encode_head, mime_types, month
from vnetsim.programs.libc.octets import encode
from vnetsim.programs.libc.streams import absolute
from vnetsim.programs.resources import resource
from vnetsim.sockets import TcpSocket
from vnetsim.values import define
from vnetsim.wire.inet import ANY4, Address

_BACKLOG: Final = 5
_CHUNK: Final = 65_536
_SERVER: Final = "SimpleHTTP/0.6 Python/3.11.2"
_REASONS: Final = {200: "OK", 301: "Moved Permanently", 304: "Not Modified"}
_EXPLANATIONS: Final = {
    400: "Bad request syntax or unsupported method",
    404: "Nothing matches the given URI",
    501: "Server does not support this operation",
    505: "Cannot fulfill request",
}
_TYPES: Final = mime_types("http")


def run(process: Process, bind: str | None, port: int, directory: str) -> Coroutine[int]:
    """Until Ctrl-C."""
    address: Address = ANY4
    if bind is not None:
        resolved: Resolved = yield process.resolve(bind)
        if resolved.error is not None:
            process.error(f"socket.gaierror: [Errno -2] {resolved.error}\n")
            return 1
        address = resolved.addresses[0]
    if port > 65_535:
        process.error("OverflowError: bind(): port must be 0-65535.\n")
        return 1
    try:
        listener = listen(process, address, port, _BACKLOG)
    except KernelError as error:
        process.error(f"OSError: [Errno {error.errno.value}] {error.errno.strerror}\n")
        return 1
    shown = f"[{address}]" if address.version == 6 else str(address)
    process.write(f"Serving HTTP on {address} port {listener.local[1]} (http://{shown}:{listener.local[1]}/) ...\n")
    home = absolute(process, directory)
    try:
        return (yield from HttpService(process, listener, partial(_handle, home)).run())
    except Interrupted:
        process.write("\nKeyboard interrupt received, exiting.\n")
        return 0


def _handle(home: str, process: Process, connection: TcpSocket) -> Coroutine[None]:
    yield from _Handler(process, connection, home).handle()


@define(eq=False)
class _Handler:
    """BaseHTTPRequestHandler and SimpleHTTPRequestHandler; `version` is HTTP/0.9 until the request names another."""

    process: Process
    connection: TcpSocket
    home: str
    line: str = ""
    method: str = ""
    path: str = ""
    version: str = "HTTP/0.9"

    def handle(self) -> Coroutine[None]:
        reader = HttpReader(self.process, self.connection)
        first = yield from reader.line()
        self.line = first.rstrip("\r\n")
        if self.line and (yield from self._parse()):
            head = None if self.version == "HTTP/0.9" else (yield from reader.head())
            yield from self._answer(head)

    def _parse(self) -> Coroutine[bool]:
        """parse_request; False after an error was sent."""
        parts = self.line.split()
        if not parts:
            return False
        if len(parts) >= 3:
            number = re.fullmatch(r"HTTP/(\d{1,10})\.(\d{1,10})", parts[-1])
            if number is None:
                yield from self._send_error(400, f"Bad request version ({parts[-1]!r})")
                return False
            if int(number[1]) >= 2:
                yield from self._send_error(505, f"Invalid HTTP version ({number[1]}.{number[2]})")
                return False
            self.version = parts[-1]
        if not 2 <= len(parts) <= 3:
            yield from self._send_error(400, f"Bad request syntax ({self.line!r})")
            return False
        self.method, self.path = parts[0], parts[1]
        if len(parts) == 2 and self.method != "GET":
            yield from self._send_error(400, f"Bad HTTP/0.9 request type ({self.method!r})")
            return False
        if self.path.startswith("//"):
            self.path = "/" + self.path.lstrip("/")
        return True

    # --- files and listings -------------------------------------------------------------------------------------------

    def _answer(self, head: HttpHead | None) -> Coroutine[None]:
        if self.method not in ("GET", "HEAD"):
            yield from self._send_error(501, f"Unsupported method ({self.method!r})")
            return
        files, path = self.process.files, self._file()
        if files.is_directory(path.rstrip("/") or "/"):
            parts = urllib.parse.urlsplit(self.path)
            if not parts.path.endswith("/"):
                location = urllib.parse.urlunsplit((*parts[:2], parts.path + "/", *parts[3:]))
                yield from self._send(301, [("Location", location), ("Content-Length", "0")], b"")
                return
            path = path.rstrip("/")
            index = next((each for each in ("index.html", "index.htm") if files.exists(f"{path}/{each}")), None)
            if index is None:
                yield from self._list(path or "/")
                return
            path = f"{path}/{index}"
        try:
            content = None if path.endswith("/") else encode(files.read(path))
        except KernelError:
            content = None
        if content is None:
            yield from self._send_error(404, "File not found")
        elif head is not None and self._is_unmodified(head):
            yield from self._send(304, [], b"")
        else:
            kind = _TYPES.get(posixpath.splitext(path)[1].lower().removeprefix("."), "application/octet-stream")
            fields = [("Content-type", kind), ("Content-Length", str(len(content)))]
            yield from self._send(200, [*fields, ("Last-Modified", date(self._since()))], content)

    def _file(self) -> str:
        """translate_path."""
        path = self.path.partition("?")[0].partition("#")[0]
        slash = path.rstrip().endswith("/")
        parts = posixpath.normpath(urllib.parse.unquote(path, errors="surrogatepass")).split("/")
        kept = [part for part in parts if part and part not in (".", "..")]
        return posixpath.join(self.home, *kept) + "/" * slash

    def _since(self) -> int:
        return self.process.machine.wall_clock() - self.process.now()

    def _is_unmodified(self, head: HttpHead) -> bool:
        """If-Modified-Since, without If-None-Match; dates that cannot be read are ignored."""
        from email.utils import parsedate_to_datetime  # noqa: PLC0415 -- few requests need it

        since = head.get("If-Modified-Since")
        if since is None or head.get("If-None-Match") is not None:
            return False
        try:
            return parsedate_to_datetime(since).timestamp() >= self._since() // SECOND
        except (TypeError, ValueError, IndexError, OverflowError):
            return False

    def _list(self, path: str) -> Coroutine[None]:
        """list_directory."""
        names = sorted(self.process.files.list(path), key=str.lower)
        items = ""
        for name in names:
            shown = name + "/" * self.process.files.is_directory(f"{path.rstrip('/')}/{name}")
            link = urllib.parse.quote(shown, errors="surrogatepass")
            items += f'<li><a href="{link}">{html.escape(shown, quote=False)}</a></li>\n'
        where = html.escape(urllib.parse.unquote(self.path.partition("?")[0], errors="surrogatepass"), quote=False)
        body = encode(resource("http", "server-listing").format(title=f"Directory listing for {where}", items=items))
        fields = [("Content-type", "text/html; charset=utf-8"), ("Content-Length", str(len(body)))]
        yield from self._send(200, fields, body)

    # --- responses ----------------------------------------------------------------------------------------------------

    def _send(self, code: int, fields: list[tuple[str, str]], body: bytes, reason: str = "") -> Coroutine[None]:
        """The head with one write(2), the body with the next ones; HTTP/0.9 has no head."""
        self._log(f'"{self.line}" {code} -')
        if self.version != "HTTP/0.9":
            first = [("Server", _SERVER), ("Date", date(self.process.machine.wall_clock()))]
            yield self.connection.send(encode_head(f"HTTP/1.0 {code} {reason or _REASONS[code]}", [*first, *fields]))
        if self.method != "HEAD":
            for at in range(0, len(body), _CHUNK):
                yield self.connection.send(body[at : at + _CHUNK])

    def _send_error(self, code: int, message: str) -> Coroutine[None]:
        self._log(f"code {code}, message {message}")
        shown = html.escape(message, quote=False)
        body = encode(
            resource("http", "server-error").format(code=code, message=shown, explanation=_EXPLANATIONS[code])
        )
        fields = [
            ("Connection", "close"),
            ("Content-Type", "text/html;charset=utf-8"),
            ("Content-Length", str(len(body))),
        ]
        yield from self._send(code, fields, body, message)

    def _log(self, text: str) -> None:
        from datetime import UTC, datetime  # noqa: PLC0415 -- few need it

        at = datetime.fromtimestamp(self.process.machine.wall_clock() // SECOND, UTC)
        when = f"{at.day:02}/{month(at.month)}/{at:%Y %H:%M:%S}"
        self.process.error(f"{self.connection.remote[0]} - - [{when}] {text}\n")
