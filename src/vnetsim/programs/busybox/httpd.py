"""`busybox httpd`: -f -v -p [IP:]PORT -h HOME (networking/httpd.c).

Each connection is served by a process of its own, which answers one request and ends.  The bodies of answers to HEAD
are sent as well, as the real one does.

Not modelled: CGI, configuration files, authentication, virtual users (-u), compressed files, -i, -d, -e, -m.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from functools import partial
from typing import Final

from vnetsim.clock import MICROSECOND, MILLISECOND, SECOND
from vnetsim.digits import is_digits
from vnetsim.errors import KernelError, NotModelled
from vnetsim.process import Coroutine, Process, Service
from vnetsim.programs.busybox.appletlib import AppletOptions
from vnetsim.programs.http.listener import HttpService, listen
from vnetsim.programs.http.messages import HttpHead, HttpReader, TimedOut, date, encode_head, mime_types
from vnetsim.programs.libc.exit import Exit
from vnetsim.programs.libc.octets import encode
from vnetsim.programs.libc.options import argument, count, flag
from vnetsim.programs.libc.streams import absolute
from vnetsim.sockets import TcpSocket
from vnetsim.values import define, frozen
from vnetsim.wire.inet import ANY6, Address, IPv6, parse_address

_BACKLOG: Final = 9
_PORT: Final = 80
#: From accept to the first look at the request, from the request to the answer's head, and from there to its body.
_FORK: Final = 200 * MICROSECOND
#: Until the one in the background holds the socket.
_DAEMON: Final = 2 * MILLISECOND
_THINK: Final = 50 * MICROSECOND
_OPEN: Final = 60 * MICROSECOND
_EXIT: Final = 60 * MICROSECOND
#: HEADER_READ_TIMEOUT.
_READ_TIMEOUT: Final = 60 * SECOND

_REASONS: Final = {
    200: ("OK", None),
    206: ("Partial Content", None),
    302: ("Found", None),
    400: ("Bad Request", "Unsupported method"),
    403: ("Forbidden", ""),
    404: ("Not Found", "The requested URL was not found"),
    408: ("Request Timeout", "No request appeared within 60 seconds"),
    501: ("Not Implemented", "The requested method is not recognized"),
}
_TYPES: Final = mime_types("busybox")
_DEFAULT_TYPE: Final = "application/octet-stream"


@frozen
class HttpdSite:
    """What is served; `since` is when its files were last changed, in nanoseconds since 1970.

    `assumed` is what each answer assumes, "" for nothing.
    """

    home: str
    verbosity: int
    since: int
    assumed: str = ""


@define
class HttpdOptions(AppletOptions):
    applet = "httpd"
    unmodelled = "-i -u: -r: -c: -m: -e: -d:"

    foreground: bool = flag("-f")
    verbosity: int = count("-v")
    port: str | None = argument("-p", default=None)
    home: str = argument("-h", default=".")


@define
class NewerHttpdOptions(HttpdOptions):
    """1.38's."""

    unmodelled = f"{HttpdOptions.unmodelled} -M: -K:"


def main(process: Process, args: Sequence[str]) -> Coroutine[int | Service]:
    kind = HttpdOptions if process.context.release == "bookworm" else NewerHttpdOptions
    if "--help" in args:
        raise Exit(0, stderr=kind(process).usage)
    options = kind.read(process, args)
    home = absolute(process, options.home)
    if not process.files.is_directory(home):
        raise options.die(f"can't change directory to '{options.home}': No such file or directory")
    listener = _listen(options)
    site = HttpdSite(home, options.verbosity, _since(process))
    if not options.foreground:
        # Its input and output are /dev/null, whatever ours are.
        process.machine.run(lambda daemon: _serve(daemon, listener, site), process.argv, process.context)
        yield process.sleep(_DAEMON)
        return 0
    return _serve(process, listener, site)


def serve_assumed(process: Process, where: str, home: str, assumed: str) -> HttpService:
    """For a server whose answers are not known: `assumed` is reported with each."""
    options = HttpdOptions.read(process, ["-p", where, "-h", home])
    return _serve(process, _listen(options), HttpdSite(home, 0, _since(process), assumed))


def _since(process: Process) -> int:
    return process.machine.wall_clock() - process.now()


def _listen(options: HttpdOptions) -> TcpSocket:
    """create_and_bind_stream_or_die()."""
    address, port = _listen_address(options.port)
    if port is None:
        raise options.die(f"bad port '{options.port}'")
    try:
        return listen(options.process, address, port, _BACKLOG)
    except KernelError as error:
        raise options.die(f"bind: {error.errno.strerror}") from None


def _listen_address(where: str | None) -> tuple[Address, int | None]:
    """`80`, `10.0.0.1:80` or nothing; port None for what makes no sense."""
    if where is None:
        return ANY6, _PORT
    host, _, port = where.rpartition(":")
    if not is_digits(port) or int(port) > 65_535:
        return ANY6, None
    try:
        return (parse_address(host.strip("[]")) if host else ANY6), int(port)
    except ValueError:
        raise NotModelled(f"names in `busybox httpd -p {where}`") from None


def _serve(process: Process, listener: TcpSocket, site: HttpdSite) -> HttpService:
    # Newer ones move it (xmove_fd).
    listener.give(process, None if process.context.release == "bookworm" else 0)
    return HttpService(process, listener, partial(_handle, site))


def _handle(site: HttpdSite, process: Process, connection: TcpSocket) -> Coroutine[None]:
    connection.give(process)
    yield process.sleep(_FORK)
    yield from _answer(process, connection, site)


# --- one request ----------------------------------------------------------------------------------------------------


@frozen
class _Request:
    method: str
    path: str
    range: str | None


def _answer(process: Process, connection: TcpSocket, site: HttpdSite) -> Coroutine[None]:
    reader = HttpReader(process, connection, process.now() + _READ_TIMEOUT)
    try:
        head = yield from reader.head()
    except TimedOut:
        yield from _send_headers(process, connection, site, 408)
        return
    if not head.line:
        return
    if site.assumed:
        process.machine.assume(site.assumed)
    yield process.sleep(_THINK)
    request = _parse(head)
    if request is None:
        yield from _send_headers(process, connection, site, 400)
    else:
        if site.verbosity > 1:
            _log(process, connection, f"url:{request.path}")
        yield from _send(process, connection, site, request)


def _parse(head: HttpHead) -> _Request | None:
    """Method and path, without `..` and without what follows `?`; None for what is no request."""
    found = re.fullmatch(r"(\S+) (/\S*) HTTP/\d\.\d", head.line)
    if found is None:
        return None
    path = re.sub("%([0-9A-Fa-f]{2})", lambda escape: chr(int(escape[1], 16)), found[2].partition("?")[0])
    parts = [part for part in path.split("/") if part not in ("", ".")]
    depth = 0
    for part in parts:
        depth += -1 if part == ".." else 1
        if depth < 0:
            return None
    clean = posixpath.normpath("/" + "/".join(parts))
    return _Request(found[1], clean + "/" * (path.endswith("/") and clean != "/"), head.get("Range"))


def _send(process: Process, connection: TcpSocket, site: HttpdSite, request: _Request) -> Coroutine[None]:
    path = site.home.rstrip("/") + request.path
    if request.path.startswith("/cgi-bin/"):
        if request.path != "/cgi-bin/" and site.verbosity:
            _log(process, connection, f"can't execute '{request.path[9:]}': No such file or directory")
        yield from _send_headers(process, connection, site, 403 if request.path == "/cgi-bin/" else 404)
        return
    directory = process.files.is_directory(path.rstrip("/") or "/")
    if directory and not path.endswith("/"):
        yield from _send_headers(process, connection, site, 302, location=f"{request.path}/")
        return
    if directory:
        path += "index.html"
    content = _content(process, path)
    if request.method not in ("GET", "HEAD") and not (directory and content is None):
        yield from _send_headers(process, connection, site, 501)
    elif content is None:
        yield from _send_headers(process, connection, site, 404)
    else:
        yield from _send_file(process, connection, site, request, path, content)


def _content(process: Process, path: str) -> bytes | None:
    try:
        return encode(process.files.read(path))
    except KernelError:
        return None


def _send_file(
    process: Process, connection: TcpSocket, site: HttpdSite, request: _Request, path: str, content: bytes
) -> Coroutine[None]:
    """The head with one write, the file with sendfile(2), which always expects more to come."""
    status, fields, part = 200, [], content
    wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", request.range or "")
    if wanted and int(wanted[1]) < len(content):
        first, last = int(wanted[1]), min(int(wanted[2] or len(content)), len(content) - 1)
        if first <= last:
            status, part = 206, content[first : last + 1]
            fields.append(("Content-Range", f"bytes {first}-{last}/{len(content)}"))
    seconds = site.since // SECOND
    fields += [
        ("Accept-Ranges", "bytes"),
        ("Last-Modified", date(site.since)),
        ("ETag", f'"{seconds:x}-{len(content):x}"'),
        ("Content-Length", str(len(part))),
    ]
    kind = _TYPES.get(path.rpartition("/")[2].rpartition(".")[2], _DEFAULT_TYPE)
    yield connection.send(_head(process, status, kind, fields))
    if site.verbosity:
        _log(process, connection, f"response:{status}")
    yield process.sleep(_OPEN)
    if part:
        yield connection.send(part, more=True)
        yield process.sleep(_OPEN)
        connection.flush()
    yield process.sleep(_EXIT)


def _send_headers(
    process: Process, connection: TcpSocket, site: HttpdSite, status: int, location: str | None = None
) -> Coroutine[None]:
    """send_headers, for what has no file."""
    reason, explanation = _REASONS[status]
    fields = [] if location is None else [("Location", location)]
    body = b""
    if explanation is not None:
        title = f"{status} {reason}"
        body = (
            f"<HTML><HEAD><TITLE>{title}</TITLE></HEAD>\n<BODY><H1>{title}</H1>\n{explanation}\n</BODY></HTML>\n"
        ).encode()
    yield connection.send(_head(process, status, "text/html", fields) + body)
    if site.verbosity:
        _log(process, connection, f"response:{status}")
    yield process.sleep(_EXIT)


def _head(process: Process, status: int, kind: str, fields: list[tuple[str, str]]) -> bytes:
    now = date(process.machine.wall_clock())
    return encode_head(
        f"HTTP/1.1 {status} {_REASONS[status][0]}",
        [("Date", now), ("Connection", "close"), ("Content-type", kind), *fields],
    )


def _log(process: Process, connection: TcpSocket, text: str) -> None:
    address, port = connection.remote
    shown = f"[{address}]" if isinstance(address, IPv6) else str(address)
    process.error(f"{shown}:{port}: {text}\n")
