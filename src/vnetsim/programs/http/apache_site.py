"""What apache2 2.4.71 of Debian 12 answers from /var/www/html, as it is installed (recorded).

A connection stays open for 5 seconds and 100 requests (KeepAlive).  Files are as old as the machine.

Not modelled, and refused in a request: the page that the package installs, listings of directories,
conditional and partial requests, compressed answers, other methods than GET, HEAD and POST, /icons, /manual and the
like.
"""

from __future__ import annotations

import posixpath
import urllib.parse
from typing import Final

from vnetsim.clock import SECOND
from vnetsim.errors import KernelError, NotModelled
from vnetsim.process import Coroutine, Process
from vnetsim.programs.http.messages import HttpHead, HttpReader, TimedOut, date, encode_head, mime_types
from vnetsim.programs.libc.octets import encode
from vnetsim.sockets import TcpSocket
from vnetsim.values import define

SERVER: Final = "Apache/2.4.71 (Debian)"
ROOT: Final = "/var/www/html"
_KEEP_ALIVE_SECONDS: Final = 5
_KEEP_ALIVE_REQUESTS: Final = 100
_REASONS: Final = {
    200: "OK", 301: "Moved Permanently", 400: "Bad Request", 403: "Forbidden", 404: "Not Found",
}  # fmt: skip
_SENTENCES: Final = {
    301: 'The document has moved <a href="{location}">here</a>.',
    400: "Your browser sent a request that this server could not understand.<br />\n",
    403: "You don't have permission to access this resource.",
    404: "The requested URL was not found on this server.",
}
_ERROR: Final = """\
<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">
<html><head>
<title>{code} {reason}</title>
</head><body>
<h1>{reason}</h1>
<p>{sentence}</p>
<hr>
<address>{server} Server at {host} Port {port}</address>
</body></html>
"""
#: What mod_deflate would compress, from this many bytes on.
_DEFLATED: Final = frozenset(("html", "htm", "txt", "css", "js", "xml"))
_SHORTEST_DEFLATED: Final = 69
_REFUSED_FIELDS: Final = ("Range", "If-Modified-Since", "If-None-Match", "If-Match", "If-Unmodified-Since", "If-Range",
                          "Accept-Encoding", "Expect", "Upgrade")  # fmt: skip
_ALIASES: Final = ("/icons", "/manual", "/server-status", "/cgi-bin", "/javascript")


@define(eq=False)
class ApacheConnection:
    """Answers the requests of one connection."""

    process: Process
    connection: TcpSocket

    def run(self) -> Coroutine[None]:
        reader = HttpReader(self.process, self.connection)
        for left in range(_KEEP_ALIVE_REQUESTS, 0, -1):
            reader.deadline = self.process.now() + _KEEP_ALIVE_SECONDS * SECOND
            try:
                head = yield from reader.head()
            except TimedOut:
                return
            if not head.line:
                return
            yield from self._skip(reader, head.length or 0)
            if not (yield from self._answer(head, left)):
                return

    def _skip(self, reader: HttpReader, left: int) -> Coroutine[None]:
        """The body of a request."""
        while left and (data := (yield from reader.receive(left))):
            left -= len(data)

    def _answer(self, head: HttpHead, left: int) -> Coroutine[bool]:
        """Whether the connection goes on."""
        parts = head.line.split()
        version = parts[2] if len(parts) == 3 else ""
        if version not in ("HTTP/1.0", "HTTP/1.1") or (version == "HTTP/1.1" and head.get("Host") is None):
            yield from self._send(head, 400, [], b"", closes=True)
            return False
        self._expect_modelled(head, parts[0])
        asked = (head.get("Connection") or "").lower()
        stays = asked == "keep-alive" if version == "HTTP/1.0" else asked != "close"
        fields = []
        if version == "HTTP/1.0" and stays:
            fields = [("Keep-Alive", f"timeout={_KEEP_ALIVE_SECONDS}, max={left}"), ("Connection", "Keep-Alive")]
        code, more, body = self._found(head, parts[1])
        yield from self._send(head, code, [*more, *fields], body, closes=not stays)
        return stays

    def _expect_modelled(self, head: HttpHead, method: str) -> None:
        if method not in ("GET", "HEAD", "POST"):
            raise NotModelled(f"apache2: the method {method}")
        if head.chunked:
            raise NotModelled("apache2: a request with a body in chunks")
        for name in _REFUSED_FIELDS:
            if head.get(name) is not None:
                raise NotModelled(f"apache2: requests with {name}")

    def _found(self, head: HttpHead, target: str) -> tuple[int, list[tuple[str, str]], bytes]:
        """The status, its fields, and a file."""
        path, question, query = target.partition("?")
        name = posixpath.normpath("/" + urllib.parse.unquote(path).lstrip("/"))
        if any(f"{name}/".startswith(f"{alias}/") for alias in _ALIASES):
            raise NotModelled(f"apache2: {name}")
        files, file = self.process.files, ROOT + name.rstrip("/")
        if any(part.startswith(".ht") for part in name.split("/")):
            return 403, [], b""
        if files.is_directory(file) or name == "/":
            if not path.endswith("/"):
                host = head.get("Host") or self._own_address()
                return 301, [("Location", f"http://{host}{path}/{question}{query}")], b""
            file += "/index.html"
            if not files.exists(file):
                raise NotModelled(f"apache2: what it answers without {file}")
        elif path.endswith("/"):
            return 404, [], b""
        try:
            content = encode(files.read(file))
        except KernelError:
            return 404, [], b""
        return 200, self._fields_of(file, content), content

    def _fields_of(self, file: str, content: bytes) -> list[tuple[str, str]]:
        since = self.process.machine.wall_clock() - self.process.now()
        extension = posixpath.splitext(file)[1].lower().removeprefix(".")
        kind = "application/xml" if extension == "xml" else mime_types("http").get(extension)
        deflated = extension in _DEFLATED and len(content) >= _SHORTEST_DEFLATED
        return [
            ("Last-Modified", date(since)), ("ETag", f'"{len(content):x}-{since // 1000:x}"'),
            ("Accept-Ranges", "bytes"), ("Content-Length", str(len(content))),
            *[("Vary", "Accept-Encoding")] * deflated,
            *[("Content-Type", kind or "")] * (kind is not None),
        ]  # fmt: skip

    def _send(
        self, head: HttpHead, code: int, fields: list[tuple[str, str]], body: bytes, *, closes: bool
    ) -> Coroutine[None]:
        first = [("Date", date(self.process.machine.wall_clock())), ("Server", SERVER)]
        kinds = [field for field in fields if field[0] == "Content-Type"]
        fields = [field for field in fields if field[0] != "Content-Type"]
        if code != 200:
            body = self._page(head, code, dict(fields).get("Location", ""))
            fields.append(("Content-Length", str(len(body))))
            kinds = [("Content-Type", "text/html; charset=iso-8859-1")]
        closing = [("Connection", "close")] * closes
        data = encode_head(f"HTTP/1.1 {code} {_REASONS[code]}", [*first, *fields, *closing, *kinds])
        yield self.connection.send(data if head.line.startswith("HEAD ") else data + body)

    def _own_address(self) -> str:
        """IPv4 as such, where a socket of IPv6 carries it."""
        return str(self.connection.local[0]).removeprefix("::ffff:")

    def _page(self, head: HttpHead, code: int, location: str) -> bytes:
        own, port = self._own_address(), self.connection.local[1]
        host = (head.get("Host") or own).partition(":")[0] if code != 400 else own
        sentence = _SENTENCES[code].format(location=location)
        return _ERROR.format(
            code=code, reason=_REASONS[code], sentence=sentence, server=SERVER, host=host, port=port
        ).encode()
