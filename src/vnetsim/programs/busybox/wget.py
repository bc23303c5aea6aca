"""`busybox wget`: -q -O FILE -S -T --spider --header --post-data -U (networking/wget.c).

Not modelled: FTP, HTTPS, continuing (-c), -P, -o, -Y, --post-file.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from vnetsim.clock import SECOND
from vnetsim.digits import is_digits
from vnetsim.errors import KernelError, NotModelled
from vnetsim.process import Coroutine, Process, Resolved
from vnetsim.programs.busybox.appletlib import AppletOptions, strerror
from vnetsim.programs.http.client import DownloadOptions, HttpResponse, IncompleteBody, connect
from vnetsim.programs.http.messages import HttpReader, TimedOut
from vnetsim.programs.http.urls import BadUrl, Url
from vnetsim.programs.libc.exit import Exit
from vnetsim.programs.libc.octets import Decoder
from vnetsim.programs.libc.options import argument
from vnetsim.programs.libc.streams import absolute, create
from vnetsim.values import define

#: INT_MAX / 1000, so that poll(2) takes it.
_MOST_SECONDS: Final = 2_147_483
_MOST_REDIRECTS: Final = 20
#: 204 as well: some servers send it for an empty file (download_one_url()).
_SUCCESSES: Final = range(200, 205)


def _seconds(text: str) -> int:
    """xatou_range()."""
    if not is_digits(text) or int(text) > _MOST_SECONDS:
        raise Exit(1, stderr=f"wget: invalid number '{text}'\n")
    return int(text)


@define
class BusyboxWgetOptions(DownloadOptions, AppletOptions):
    applet = "wget"
    unmodelled = "-c|--continue -o: -P: -Y: --post-file:"
    ignored = "--no-check-certificate"

    timeout: int = argument("-T", "--timeout", default=900, convert=_seconds)


def main(process: Process, args: Sequence[str]) -> Coroutine[int]:
    options = BusyboxWgetOptions.read(process, args)
    if not options.operands:
        raise Exit(1, stderr=options.usage)
    for operand in options.operands:
        yield from _fetch(options, operand)
    return 0


def _problem(text: str) -> str:
    """What is wrong with a URL: its port, or else its host."""
    authority = text.partition("://")[2].partition("/")[0]
    host, _, port = authority.rpartition(":")
    return f"bad port '{port}'" if host else f"bad address '{authority}'"


def _fetch(options: BusyboxWgetOptions, operand: str) -> Coroutine[None]:
    try:
        url = Url.parse(operand)
    except BadUrl:
        raise options.die(_problem(operand)) from None
    for _ in range(_MOST_REDIRECTS):
        if url.scheme != "http":
            raise NotModelled(f"busybox wget of {url.scheme}")
        location = yield from _fetch_once(options, url)
        if location is None:
            return
        url = url.join(location)
    raise options.die("too many redirections")


def _fetch_once(options: BusyboxWgetOptions, url: Url) -> Coroutine[str | None]:
    """The Location that the server redirects to."""
    process, timeout = options.process, options.timeout * SECOND
    resolved: Resolved = yield process.resolve(url.host)
    if resolved.error is not None:
        raise options.die(f"bad address '{url.host}'")
    address = resolved.addresses[0]
    if not options.quiet:
        process.error(f"Connecting to {url.authority} ({address}:{url.port})\n")
    try:
        socket = yield from connect(process, address, url.port, timeout)
    except KernelError as error:
        raise options.die(f"can't connect to remote host ({address}): {strerror(process, error.errno)}") from None
    except TimedOut:
        raise options.die("download timed out") from None
    try:
        fields = [("Host", url.authority), ("User-Agent", options.user_agent or "Wget"), ("Connection", "close")]
        yield socket.send(options.request(url, fields))
        reader = HttpReader(process, socket, process.now() + timeout)
        return (yield from _receive(options, url, HttpResponse(reader, to_head=options.spider, bodiless=())))
    except TimedOut:
        raise options.die("download timed out") from None
    except KernelError as error:
        raise options.die(f"error getting response: {error.errno.strerror}") from None
    finally:
        socket.close()


def _receive(options: BusyboxWgetOptions, url: Url, response: HttpResponse) -> Coroutine[str | None]:
    head = yield from response.head()
    if not head.line:
        raise options.die("error getting response")
    if options.server_response:
        options.process.error("".join(f"  {line}\n" for line in head.text.splitlines() if line))
    if head.status // 100 == 3 and (location := head.get("Location")):
        return location
    if head.status not in _SUCCESSES:
        raise options.die(f"server returned error: {head.line}")
    yield from _retrieve(options, url, response)
    return None


def _retrieve(options: BusyboxWgetOptions, url: Url, response: HttpResponse) -> Coroutine[None]:
    """retrieve_file_data(), which shows its progress once something came."""
    process = options.process
    log = (lambda _: None) if options.quiet else process.error
    if options.spider:
        log("remote file exists\n")
        return
    name = options.document or options.file_name(url)
    shown = "stdout" if name == "-" else f"'{name}'"
    log(f"{'writing to' if name == '-' else 'saving to'} {shown}\n")
    sink = process.stdout if name == "-" else create(process.context, absolute(process, name))
    size, decoder = 0, Decoder()
    try:
        while data := (yield from response.piece()):
            size += len(data)
            sink.write(decoder.decode(data))
    except IncompleteBody as error:
        if error.where != "trailer":
            problem = "connection closed prematurely" if error.where == "body" else "error getting response"
            raise options.die(problem) from None
    if size:
        log(f"{name[:20]:<20} 100% |{'*' * 32}| {size:5}  0:00:00 ETA\n")
    log("written to stdout\n" if name == "-" else f"{shown} saved\n")
