"""What httpd (Apache) answers with the configuration of its image: `Options Indexes`, `AllowOverride None`.

The order of its checks is that of server/core.c (default_handler), modules/mappers/mod_dir.c and
modules/generators/mod_autoindex.c.  Not modelled: its error log, the order of methods in `Allow` of what is not there.
"""

from __future__ import annotations

import html
import urllib.parse
from collections.abc import Iterable
from typing import Final

from vnetsim.clock import SECOND
from vnetsim.errors import NotModelled
from vnetsim.programs.http.messages import date
from vnetsim.programs.webserver.messages import (
    Field,
    Fields,
    WebAnswer,
    WebRequest,
    WebServer,
    answer_of,
    is_unchanged,
    logged,
    part_of,
    without_empty,
)  # fmt: skip
from vnetsim.programs.webserver.pages import Page, Pages
from vnetsim.wire.inet import Address

_DOCTYPE: Final = '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">\n'
_TYPE: Final = "text/html; charset=iso-8859-1"
_ALLOWED: Final = [("Allow", "HEAD,GET,POST,OPTIONS,TRACE")]
_KNOWN: Final = frozenset(
    ("PUT", "DELETE", "CONNECT", "PATCH", "PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK")
)
_REASONS: Final = {
    301: "Moved Permanently", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    416: "Requested Range Not Satisfiable", 501: "Not Implemented",
}  # fmt: skip
_TEXTS: Final = {
    400: "Your browser sent a request that this server could not understand.<br />\n",
    403: "You don't have permission to access this resource.",
    404: "The requested URL was not found on this server.",
    416: (
        "None of the range-specifier values in the Range\nrequest-header field overlap the current extent\n"
        "of the selected resource."
    ),
}


class Httpd(WebServer):
    """KeepAliveTimeout and MaxKeepAliveRequests as they are by default."""

    patience = 5 * SECOND
    requests = 100
    product = "Apache/{version} (Unix)"

    def log(self, client: Address, request: WebRequest, answer: WebAnswer) -> str:
        """The format `common`."""
        return f"{logged(client, self._now(), request)} {answer.status} {answer.size or '-'}\n"

    def answer(self, request: WebRequest, pages: Pages) -> WebAnswer:
        path = request.path
        if request.is_bad or request.is_bare or path is None or request.lacks_host:
            return self._error(request, 400)
        if any(part.startswith(".ht") for part in path.split("/")):
            return self._error(request, 403)
        if request.method == "TRACE":
            raise NotModelled("TRACE of httpd")
        if pages.is_directory(path) and not path.endswith("/"):
            return self._moved(request, path)
        found = f"{path}index.html" if path.endswith("/") and pages.page(f"{path}index.html") else path
        if request.method in ("GET", "HEAD", "POST"):
            return self._found(request, pages, found)
        return self._other(request, pages.page(found))

    def _found(self, request: WebRequest, pages: Pages, path: str) -> WebAnswer:
        page = pages.page(path)
        if page is not None:
            return self._page(request, page)
        return self._listing(request, pages, path) if pages.is_directory(path) else self._error(request, 404)

    def _other(self, request: WebRequest, page: Page | None) -> WebAnswer:
        if request.method == "OPTIONS":
            kind = page.kind if page else ""
            return self._made(request, "200 OK", [*_ALLOWED, ("Content-Length", "0")], kind, b"")
        if request.method not in _KNOWN:
            return self._error(request, 501, f"{request.method} not supported for current URL.<br />\n", _ALLOWED)
        text = f"The requested method {request.method} is not allowed for this URL."
        return self._error(request, 405, text, _ALLOWED)

    def _page(self, request: WebRequest, page: Page) -> WebAnswer:
        length = len(page.content)
        etag = f'"{length:x}-{page.changed // 1000:x}"'
        known = [("Last-Modified", page.modified), ("ETag", etag), ("Accept-Ranges", "bytes")]
        if is_unchanged(request, etag, page.modified):
            return self._made(request, "304 Not Modified", known, "", b"")
        try:
            part = part_of(request, length)
        except IndexError:
            return self._beyond(request)
        if part is None:
            return self._made(request, "200 OK", [*known, ("Content-Length", str(length))], page.kind, page.content)
        body = page.content[slice(*part)]
        known += [("Content-Length", str(len(body))), ("Content-Range", f"bytes {part[0]}-{part[1] - 1}/{length}")]
        return self._made(request, "206 Partial Content", known, page.kind, body)

    def _beyond(self, request: WebRequest) -> WebAnswer:
        """416, for which it has made no length."""
        body = _error_page(416, _TEXTS[416])
        chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        return self._made(request, f"416 {_REASONS[416]}", [("Transfer-Encoding", "chunked")], _TYPE, chunks, len(body))

    def _moved(self, request: WebRequest, path: str) -> WebAnswer:
        """UseCanonicalName off: the name and the port of the client."""
        where = f"http://{request.host}{urllib.parse.quote(path)}/{request.query}"
        text = f'The document has moved <a href="{html.escape(where)}">here</a>.'
        return self._error(request, 301, text, [("Location", where)])

    def _listing(self, request: WebRequest, pages: Pages, path: str) -> WebAnswer:
        """mod_autoindex without IndexOptions."""
        title = html.escape(f"Index of {path.rstrip('/') or '/'}")
        lines = [(path.rstrip("/").rpartition("/")[0] + "/", "Parent Directory")] * (path != "/")
        lines += [(html.escape(urllib.parse.quote(name, "/&")), html.escape(name)) for name in pages.names(path)]
        items = "\n".join(f'<li><a href="{link}"> {shown}</a></li>' for link, shown in lines)
        body = (
            f"{_DOCTYPE}<html>\n <head>\n  <title>{title}</title>\n </head>\n <body>\n<h1>{title}</h1>\n"
            f"<ul>{items}\n</ul>\n</body></html>\n"
        ).encode()
        return self._made(request, "200 OK", [("Content-Length", str(len(body)))], "text/html;charset=ISO-8859-1", body)

    def _error(self, request: WebRequest, status: int, text: str = "", fields: Iterable[Field] = ()) -> WebAnswer:
        """ap_send_error_response."""
        body = _error_page(status, text or _TEXTS[status])
        length = [] if request.method == "HEAD" else [("Content-Length", str(len(body)))]
        return self._made(request, f"{status} {_REASONS[status]}", [*fields, *length], _TYPE, body)

    def _made(
        self, request: WebRequest, line: str, fields: Fields, kind: str, body: bytes, size: int | None = None
    ) -> WebAnswer:
        stays = request.stays and line[:3] not in ("400", "501")
        first = [("Date", date(self._now())), ("Server", self._server)]
        last = [*self._connection(request, stays=stays), ("Content-Type", kind)]
        answer = answer_of(request, f"HTTP/1.1 {line}", without_empty([*first, *fields, *last]), body, stays=stays)
        return answer if size is None else WebAnswer(answer.status, answer.data, size, stays)

    def _connection(self, request: WebRequest, *, stays: bool) -> Fields:
        """It says so where the client has asked for it."""
        if not stays:
            return [("Connection", "close")]
        left = self.requests - request.count
        is_asked = request.wants_to_stay
        return [("Keep-Alive", f"timeout=5, max={left}"), ("Connection", "Keep-Alive")] if is_asked else []


def _error_page(status: int, text: str) -> bytes:
    reason = _REASONS[status]
    return (
        f"{_DOCTYPE}<html><head>\n<title>{status} {reason}</title>\n</head><body>\n<h1>{reason}</h1>\n<p>{text}</p>\n"
        "</body></html>\n"
    ).encode()
