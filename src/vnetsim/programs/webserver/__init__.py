"""`webserver nginx|httpd|caddy VERSION [ADDRESS:]PORT`: what the web servers of images answer, of files below /www.

`webserver unknown SENTENCE [ADDRESS:]PORT` is busybox httpd, whose answers are an assumption: the sentence.

It replaces the server of an image that has no configuration but its own.  Answers are those recorded from nginx
1.30.6, httpd 2.4.71 and Caddy 2.11.4 with the settings of their images; the connection stays open between requests as
theirs does, and nginx and httpd write their access logs to standard output.

Not modelled: ranges that are several or empty, chunked requests, fields that RFC 9112 forbids, preconditions but
If-None-Match and If-Modified-Since, `Expect`, compressed answers, TRACE, messages of the servers other
than those logs, and in how many segments an answer leaves.  All files are as old as the machine.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import Final

from vnetsim.clock import MICROSECOND
from vnetsim.errors import KernelError
from vnetsim.process import Coroutine, Process, Service
from vnetsim.programs.http.listener import HttpService, listen
from vnetsim.programs.http.messages import HttpReader, TimedOut
from vnetsim.programs.webserver.messages import WebAnswer, WebRequest, WebServer, fields_of, read_line
from vnetsim.programs.webserver.pages import Pages
from vnetsim.sockets import TcpSocket
from vnetsim.values import evolved
from vnetsim.wire.inet import ANY6, Address, parse_address

_BACKLOG: Final = 511
_THINK: Final = 50 * MICROSECOND
_HOME: Final = "/www"
#: The kind of a server of which it is not known what it answers.
_UNKNOWN: Final = "unknown"


def main(process: Process) -> Service | int:
    kind, version, where = process.argv[1:4]
    if kind == _UNKNOWN:
        service: Service = import_module("vnetsim.programs.busybox.httpd").serve_assumed(process, where, _HOME, version)
        return service
    module = import_module(f"vnetsim.programs.webserver.{kind}")
    server: WebServer = getattr(module, kind.capitalize())(version, process.machine.wall_clock)
    host, _, port = where.rpartition(":")
    address: Address = parse_address(host.strip("[]")) if host else ANY6
    try:
        listener = listen(process, address, int(port), _BACKLOG)
    except KernelError as error:
        process.error(f"{kind}: bind: {error.errno.strerror}\n")
        return 1
    listener.give(process)
    pages = Pages(process.files, _HOME, process.machine.wall_clock() - process.now(), server.types)
    return HttpService(process, listener, partial(_serve, server, pages))


def _serve(server: WebServer, pages: Pages, process: Process, connection: TcpSocket) -> Coroutine[None]:
    """Requests, one after the other, until one of the two wants no more."""
    connection.give(process)
    reader = HttpReader(process, connection)
    for count in range(server.requests):
        reader.deadline = process.now() + server.patience
        try:
            answer = yield from _answer(server, pages, process, connection, reader, count)
        except TimedOut:
            return
        if answer is None:
            return
        yield connection.send(answer.data)
        if not answer.stays:
            return


def _answer(
    server: WebServer, pages: Pages, process: Process, connection: TcpSocket, reader: HttpReader, count: int
) -> Coroutine[WebAnswer | None]:
    line = ""
    while not line:
        text = yield from reader.line()
        if not text:
            return None
        line = text.rstrip("\r\n")
    request = evolved(read_line(line, connection.local, count), is_bare=not text.endswith("\r\n"))
    if not request.is_bad and not request.is_simple:
        request = yield from _with_fields(reader, request)
    yield process.sleep(_THINK)
    answer = server.answer(request, pages)
    log = server.log(connection.remote[0], request, answer)
    if log:
        process.write(log)
    return answer


def _with_fields(reader: HttpReader, request: WebRequest) -> Coroutine[WebRequest]:
    """The whole request; what it has of a body is read and forgotten."""
    lines = []
    while line := (yield from reader.line()).rstrip("\r\n"):
        lines.append(line)
    fields = fields_of(lines)
    left = int(fields.get("content-length", "0"))
    while left > 0:
        data = yield from reader.receive(left)
        if not data:
            break
        left -= len(data)
    return request.with_fields(fields)
