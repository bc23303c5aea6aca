"""What nginx answers with the configuration of its image: `root`, `index index.html index.htm` and nothing else.

The order of its checks is that of ngx_http_request.c, ngx_http_index_module.c, ngx_http_static_module.c,
ngx_http_not_modified_filter_module.c and ngx_http_range_filter_module.c.  Not modelled: the padding of error pages for
Chrome and MSIE, its error log.
"""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Iterable
from typing import Final

from vnetsim.clock import SECOND
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

_REASONS: Final = {
    301: "Moved Permanently", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Not Allowed",
    416: "Requested Range Not Satisfiable", 505: "HTTP Version Not Supported",
}  # fmt: skip
_INDEXES: Final = ("index.html", "index.htm")
_DEFAULT_TYPE: Final = "application/octet-stream"
_PORT: Final = 80


class Nginx(WebServer):
    """`keepalive_timeout 65` of the image, `keepalive_requests` as it is by default."""

    patience = 65 * SECOND
    requests = 1000
    product = "nginx/{version}"
    known_types = "nginx.types"

    def log(self, client: Address, request: WebRequest, answer: WebAnswer) -> str:
        """The format `main` of the image."""
        others = (request.fields.get(name) or "-" for name in ("referer", "user-agent", "x-forwarded-for"))
        quoted = " ".join(f'"{each}"' for each in others)
        return f"{logged(client, self._now(), request)} {answer.status} {answer.size} {quoted}\n"

    def answer(self, request: WebRequest, pages: Pages) -> WebAnswer:
        is_lower = request.method != request.method.upper()
        if request.is_bad or is_lower or request.path is None or request.lacks_host:
            return self._error(request, 400)
        if request.version >= (2, 0):
            return self._error(request, 505)
        if request.path.endswith("/"):
            return self._directory(request, pages, request.path)
        return self._static(request, pages, request.path)

    def _directory(self, request: WebRequest, pages: Pages, path: str) -> WebAnswer:
        index = next((each for each in _INDEXES if pages.page(path + each)), "")
        if index:
            return self._static(request, pages, path + index)
        if request.method not in ("GET", "HEAD", "POST"):
            return self._error(request, 405)
        return self._error(request, 403 if pages.is_directory(path) else 404)

    def _static(self, request: WebRequest, pages: Pages, path: str) -> WebAnswer:
        if request.method not in ("GET", "HEAD", "POST"):
            return self._error(request, 405)
        if pages.is_directory(path):
            return self._error(request, 301, [("Location", self._location(request, path))])
        page = pages.page(path)
        if page is None:
            return self._error(request, 404)
        return self._error(request, 405) if request.method == "POST" else self._page(request, page)

    def _page(self, request: WebRequest, page: Page) -> WebAnswer:
        etag, length = f'"{page.seconds:x}-{len(page.content):x}"', len(page.content)
        known = [("Last-Modified", page.modified), self._connection(request), ("ETag", etag)]
        if is_unchanged(request, etag, page.modified):
            return self._made(request, "304 Not Modified", known, b"")
        try:
            part = part_of(request, length)
        except IndexError:
            return self._error(request, 416, behind=[("Content-Range", f"bytes */{length}")])
        body = page.content if part is None else page.content[slice(*part)]
        first = [("Content-Type", page.kind or _DEFAULT_TYPE), ("Content-Length", str(len(body)))]
        if part is None:
            return self._made(request, "200 OK", [*first, *known, ("Accept-Ranges", "bytes")], body)
        shown = f"bytes {part[0]}-{part[1] - 1}/{length}"
        return self._made(request, "206 Partial Content", [*first, *known, ("Content-Range", shown)], body)

    def _location(self, request: WebRequest, path: str) -> str:
        """server_name_in_redirect off, port_in_redirect on: the name of the client, and the port of the server."""
        name, port = re.sub(r":\d*$", "", request.host), request.local[1]
        shown = "" if port == _PORT else f":{port}"
        return f"http://{name}{shown}{urllib.parse.quote(path)}/{request.query}"

    def _connection(self, request: WebRequest, status: int = 200) -> tuple[str, str]:
        stays = request.stays and status not in (400, 505)
        return "Connection", "keep-alive" if stays else "close"

    def _error(
        self, request: WebRequest, status: int, fields: Iterable[Field] = (), behind: Iterable[Field] = ()
    ) -> WebAnswer:
        """ngx_http_special_response.c."""
        title = f"{status} {_REASONS[status]}"
        body = (
            f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n"
            f"<hr><center>{self._server}</center>\r\n</body>\r\n</html>\r\n"
        ).encode()
        first = [("Content-Type", "text/html"), ("Content-Length", str(len(body))), *fields]
        return self._made(request, title, [*first, self._connection(request, status), *behind], body)

    def _made(self, request: WebRequest, line: str, fields: Fields, body: bytes) -> WebAnswer:
        first = [("Server", self._server), ("Date", date(self._now()))]
        stays = ("Connection", "keep-alive") in fields
        return answer_of(request, f"HTTP/1.1 {line}", without_empty([*first, *fields]), body, stays=stays)
