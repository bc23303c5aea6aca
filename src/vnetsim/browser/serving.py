"""The files of the page, served on the loopback: those and no others, to GET and HEAD.

A connection that says nothing for `_PATIENCE` seconds is closed.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

from vnetsim.browser.fragment import LabText, encoded
from vnetsim.errors import UsageError
from vnetsim.scenario.source import read

_LOOPBACK: Final = "127.0.0.1"
_PATIENCE: Final = 30
_TYPES: Final = {
    "html": "text/html; charset=utf-8", "js": "text/javascript", "mjs": "text/javascript", "css": "text/css",
    "wasm": "application/wasm", "json": "application/json", "zip": "application/zip", "txt": "text/plain",
}  # fmt: skip
#: A worker has the policy that comes with its file, not that of the page.
_POLICY: Final = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self';"
    " style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; frame-ancestors 'none'"
)


class PageServer(ThreadingHTTPServer):
    """For this computer alone."""

    daemon_threads = True

    def __init__(self, files: Mapping[str, bytes], port: int) -> None:
        self.files = files
        super().__init__((_LOOPBACK, port), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that goes away is no error."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    """Logs no request."""

    server: PageServer
    timeout = _PATIENCE
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(body=True)

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def _answer(self, *, body: bool) -> None:
        name = self.path.partition("?")[0].removeprefix("/") or "index.html"
        data = self.server.files.get(name)
        if data is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", _TYPES.get(name.rpartition(".")[2], "application/octet-stream"))
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Content-Security-Policy", _POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-cache")
        self.end_headers()
        if body:
            self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


def serving(files: Mapping[str, bytes], port: int) -> PageServer:
    """UsageError if the port is not to be had.  Port 0: one that is free."""
    try:
        return PageServer(files, port)
    except OSError as error:
        raise UsageError(f"--port {port}: {error.strerror}") from None


def address_of(server: PageServer, fragment: str) -> str:
    """The URL of the page, with a lab in it."""
    address = f"http://{_LOOPBACK}:{server.server_address[1]}/"
    return f"{address}#{fragment}" if fragment else address


def fragment_of(lab: Path | None) -> str:
    """A lab as part of a URL; UsageError if it cannot be read, or is too large for one."""
    return "" if lab is None else encoded(LabText(lab.name, read(str(lab))))


def serve(server: PageServer) -> None:
    """Until Ctrl-C."""
    with contextlib.suppress(KeyboardInterrupt):
        server.serve_forever()
