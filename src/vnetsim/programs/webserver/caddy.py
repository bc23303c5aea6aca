"""What Caddy answers with the Caddyfile of its image: `root` and `file_server` (caddyhttp/fileserver, net/http).

Not modelled: logs, compressed files beside a file, its answer on the port of its API, and that it waits for more where
less comes than the preface of HTTP/2 has (24 bytes).
"""

from __future__ import annotations

import html
import urllib.parse
from functools import cached_property
from typing import Final

from vnetsim.clock import SECOND
from vnetsim.programs.http.messages import date
from vnetsim.programs.webserver.messages import (
    Fields,
    WebAnswer,
    WebRequest,
    WebServer,
    answer_of,
    is_unchanged,
    part_of,
    without_empty,
)  # fmt: skip
from vnetsim.programs.webserver.pages import Page, Pages
from vnetsim.wire.inet import Address

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_VARY: Final = ("Vary", "Accept-Encoding")
_SERVER: Final = ("Server", "Caddy")
_PLAIN: Final = ("Content-Type", "text/plain; charset=utf-8")
_INDEXES: Final = ("index.html", "index.txt")


class Caddy(WebServer):
    """`idle_timeout` as it is by default."""

    patience = 300 * SECOND
    requests = 1_000_000
    product = "Caddy"

    @cached_property
    def types(self) -> dict[str, str]:
        """Go's mime package says the characters of text."""
        return {each: kind + "; charset=utf-8" * kind.startswith("text/") for each, kind in super().types.items()}

    def log(self, client: Address, request: WebRequest, answer: WebAnswer) -> str:
        """It has none without `log`."""
        del client, request, answer
        return ""

    def answer(self, request: WebRequest, pages: Pages) -> WebAnswer:
        if request.is_bad or request.is_simple:
            return _refused(request, "400 Bad Request")
        if request.version >= (2, 0):
            return _refused(request, "505 HTTP Version Not Supported: unsupported protocol version")
        if request.lacks_host:
            return _refused(request, "400 Bad Request: missing required Host header")
        return self._file(request, pages, request.path or "/..")

    def _file(self, request: WebRequest, pages: Pages, path: str) -> WebAnswer:
        if pages.is_below_file(path):
            return self._empty(request, "400 Bad Request")
        found = path
        if pages.is_directory(path):
            directory = path.rstrip("/") + "/"
            found = next((directory + each for each in _INDEXES if pages.page(directory + each)), "")
        page = pages.page(found)
        if page is None:
            return self._empty(request, "404 Not Found")
        if pages.is_directory(path) and not path.endswith("/"):
            return self._moved(request, path)
        if request.method not in ("GET", "HEAD"):
            return self._empty(request, "405 Method Not Allowed", [("Allow", "GET, HEAD"), _SERVER, _VARY])
        return self._page(request, page)

    def _page(self, request: WebRequest, page: Page) -> WebAnswer:
        """http.ServeContent."""
        length, etag = len(page.content), f'"{_base36(page.changed)}{_base36(len(page.content))}"'
        if is_unchanged(request, etag, page.modified):
            return self._made(request, "304 Not Modified", [("Etag", etag), _SERVER, _VARY], [], b"")
        known = [("Etag", etag), ("Last-Modified", page.modified), _SERVER, _VARY]
        try:
            part = part_of(request, length)
        except IndexError:
            return self._beyond(request, length, known)
        body = page.content if part is None else page.content[slice(*part)]
        shown = "" if part is None else f"bytes {part[0]}-{part[1] - 1}/{length}"
        first = [("Accept-Ranges", "bytes"), ("Content-Length", str(len(body))), ("Content-Range", shown)]
        line = "200 OK" if part is None else "206 Partial Content"
        return self._made(request, line, [*first, ("Content-Type", page.kind), *known], [], body)

    def _beyond(self, request: WebRequest, length: int, known: Fields) -> WebAnswer:
        body = b"invalid range: failed to overlap\n"
        first = [("Content-Range", f"bytes */{length}"), _PLAIN, *known, ("X-Content-Type-Options", "nosniff")]
        last = [("Content-Length", str(len(body)))]
        return self._made(request, "416 Requested Range Not Satisfiable", first, last, body)

    def _moved(self, request: WebRequest, path: str) -> WebAnswer:
        where = f"{urllib.parse.quote(path)}/{request.query}"
        body = f'<a href="{html.escape(where)}">Permanent Redirect</a>.\n\n'.encode()
        first = [("Content-Type", "text/html; charset=utf-8"), ("Location", where), _SERVER]
        return self._made(request, "308 Permanent Redirect", first, [("Content-Length", str(len(body)))], body)

    def _empty(self, request: WebRequest, line: str, fields: Fields | None = None) -> WebAnswer:
        last = [] if request.method == "HEAD" else [("Content-Length", "0")]
        return self._made(request, line, fields or [_SERVER], last, b"")

    def _made(self, request: WebRequest, line: str, fields: Fields, last: Fields, body: bytes) -> WebAnswer:
        """net/http: the answer to HTTP/1.0 has its version."""
        version = "1.0" if request.version == (1, 0) else "1.1"
        said = "keep-alive" if version == "1.0" else "close"
        connection = ("Connection", said if (version == "1.0") == request.stays else "")
        every = [*fields, ("Date", date(self._now())), *last, connection]
        return answer_of(request, f"HTTP/{version} {line}", without_empty(every), body, stays=request.stays)


def _refused(request: WebRequest, text: str) -> WebAnswer:
    """What Go's server refuses before any handler."""
    fields = [_PLAIN, ("Connection", "close")]
    head = answer_of(request, f"HTTP/1.1 {text}", fields, b"", stays=False).data if not request.is_simple else b""
    head = head or f"HTTP/1.1 {text}\r\n{_PLAIN[0]}: {_PLAIN[1]}\r\nConnection: close\r\n\r\n".encode()
    return WebAnswer(int(text[:3]), head + text.encode(), len(text), stays=False)


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"
