"""`busybox wget`: -q -O FILE -S -T --spider --header --post-data -U (networking/wget.c).

Not modelled: FTP, HTTPS, continuing (-c), -P, -o, -Y, --post-file.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, Final

from vnetsim.clock import SECOND
from vnetsim.digits import is_digits
from vnetsim.errors import KernelError, NotModelled
from vnetsim.process import Process, Resolved
from vnetsim.programs.busybox.appletlib import complain, version
from vnetsim.programs.http.client import BodyError, HttpResponse, connect, download_request
from vnetsim.programs.http.messages import HttpHead, HttpReader, TimedOut
from vnetsim.programs.http.urls import BadUrl, Url
from vnetsim.programs.libc.getopt import OptionError, Parsed, parse
from vnetsim.programs.libc.octets import decode
from vnetsim.programs.libc.streams import absolute
from vnetsim.programs.resources import resource

_LONG: Final = {
    "spider": "spider", "header=": "header", "post-data=": "post", "quiet": "q", "output-document=": "O",
    "user-agent=": "U", "server-response": "S", "no-check-certificate": "check", "timeout=": "T", "post-file=": "file",
    "continue": "c",
}  # fmt: skip
#: INT_MAX / 1000, so that poll(2) takes it.
_MOST_SECONDS: Final = 2_147_483
_TIMEOUT_SECONDS: Final = 900
_MOST_REDIRECTS: Final = 20


class _Failed(Exception):
    """wget ends with this sentence."""


def main(process: Process, words: Sequence[str]) -> Generator[Any, Any, int]:
    usage = resource(f"busybox/usage/wget.{process.context.release}.txt")
    try:
        parsed = parse(words, "cqSO:o:P:U:T:Y:", _LONG)
    except OptionError as error:
        return complain(process, "wget", str(error), usage)
    for letter, _ in parsed.options:
        if letter in ("c", "o", "P", "Y", "file"):
            raise NotModelled(f"busybox wget -{letter}")
    if not parsed.operands:
        process.error(f"{version(process)}\n\n{usage}")
        return 1
    try:
        _seconds(parsed.last("T"))
        for operand in parsed.operands:
            yield from _fetch(process, parsed, operand)
    except _Failed as error:
        process.error(f"wget: {error}\n")
        return 1
    return 0


def _problem(text: str) -> str:
    """What is wrong with a URL: its port, or else its host."""
    authority = text.partition("://")[2].partition("/")[0]
    host, _, port = authority.rpartition(":")
    return f"bad port '{port}'" if host else f"bad address '{authority}'"


def _fetch(process: Process, parsed: Parsed, operand: str) -> Generator[Any, Any, None]:
    try:
        url = Url.parse(operand)
    except BadUrl:
        raise _Failed(_problem(operand)) from None
    for _ in range(_MOST_REDIRECTS):
        if url.scheme != "http":
            raise NotModelled(f"busybox wget of {url.scheme}")
        following = yield from _fetch_once(process, parsed, url)
        if following is None:
            return
        url = url.join(following)
    raise _Failed("too many redirections")


def _seconds(text: str | None) -> int:
    """Of -T; _Failed if it is no number of seconds."""
    if text is None:
        return _TIMEOUT_SECONDS
    if not is_digits(text) or int(text) > _MOST_SECONDS:
        raise _Failed(f"invalid number '{text}'")
    return int(text)


def _fetch_once(process: Process, parsed: Parsed, url: Url) -> Generator[Any, Any, str | None]:
    """Where to look instead, if the server says so."""
    resolved: Resolved = yield process.resolve(url.host)
    if resolved.error is not None:
        raise _Failed(f"bad address '{url.host}'")
    address = resolved.addresses[0]
    if "q" not in parsed:
        process.error(f"Connecting to {url.authority} ({address}:{url.port})\n")
    timeout = _seconds(parsed.last("T")) * SECOND
    try:
        socket = yield from connect(process, address, url.port, timeout)
    except KernelError as error:
        raise _Failed(f"can't connect to remote host ({address}): {error.errno.words}") from None
    except TimedOut:
        raise _Failed("download timed out") from None
    try:
        fields = [("Host", url.authority), ("User-Agent", parsed.last("U") or "Wget"), ("Connection", "close")]
        yield socket.send(download_request(parsed, url, fields))
        reader = HttpReader(process, socket, process.now() + timeout)
        response = HttpResponse(reader, to_head="spider" in parsed)
        head = yield from _head(process, parsed, response)
        if head.status // 100 == 3 and (location := head.get("Location")):
            return location
        if head.status // 100 != 2:
            raise _Failed(f"server returned error: {head.line}")
        yield from _save(process, parsed, url, response)
    except TimedOut:
        raise _Failed("download timed out") from None
    except BodyError:
        raise _Failed("connection closed prematurely") from None
    except KernelError as error:
        raise _Failed(f"error getting response: {error.errno.words}") from None
    finally:
        socket.close()
    return None


def _head(process: Process, parsed: Parsed, response: HttpResponse) -> Generator[Any, Any, HttpHead]:
    head = yield from response.head()
    if not head.line:
        raise _Failed("error getting response")
    if "S" in parsed:
        process.error("".join(f"  {line}\n" for line in head.text.splitlines() if line))
    return head


def _save(process: Process, parsed: Parsed, url: Url, response: HttpResponse) -> Generator[Any, Any, None]:
    data = b""
    while piece := (yield from response.piece()):
        data += piece
    quiet = "q" in parsed
    if "spider" in parsed:
        if not quiet:
            process.error("remote file exists\n")
        return
    name = parsed.last("O") or url.target.partition("?")[0].rpartition("/")[2] or "index.html"
    where = "stdout" if name == "-" else f"'{name}'"
    if not quiet:
        process.error(f"{'writing to' if name == '-' else 'saving to'} {where}\n")
    if name == "-":
        process.write(decode(data))
    else:
        process.files.write(absolute(process, name), decode(data))
    if not quiet:
        process.error(f"{name[:20]:<20} 100% |{'*' * 32}| {len(data):5}  0:00:00 ETA\n")
        process.error(f"{'written to stdout' if name == '-' else f'{where} saved'}\n")
