"""GNU wget 1.21.3: HTTP downloads (src/main.c, http.c, connect.c, progress.c).

    wget [-q] [-nv] [-O FILE] [-S] [-T SECONDS] [-t TRIES] [--spider] [-U AGENT] [--header FIELD] URL...

Not modelled: HTTPS and FTP, recursion, continuing, cookies, proxies, passwords, .wgetrc, robots.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final

import attrs

from vnetsim.clock import MICROSECOND, SECOND
from vnetsim.digits import is_digits
from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.process import Output, Process, Resolved
from vnetsim.programs.http.client import BodyError, HttpResponse, connect, download_request
from vnetsim.programs.http.messages import HttpHead, HttpReader, TimedOut
from vnetsim.programs.http.urls import BadUrl, Url, is_address
from vnetsim.programs.libc.getopt import OptionError, Parsed, parse
from vnetsim.programs.libc.octets import Decoder
from vnetsim.programs.libc.streams import absolute, create
from vnetsim.sockets import TcpSocket
from vnetsim.wire.inet import Address

_LONG: Final = {
    "quiet": "q", "no-verbose": "nv", "output-document=": "O", "timeout=": "T", "tries=": "t", "spider": "spider",
    "server-response": "S", "user-agent=": "U", "header=": "header", "post-data=": "post", "verbose": "v",
    "connect-timeout=": "T", "read-timeout=": "T", "no-check-certificate": "ignored", "no-proxy": "ignored",
    "inet4-only": "4", "inet6-only": "6", "no-dns-cache": "ignored", "version": "V", "help": "h",
    "directory-prefix=": "P", "continue": "c", "recursive": "r", "background": "b", "output-file=": "o",
}  # fmt: skip
_LETTERS: Final = "qvO:T:t:SU:46VhP:crbo:Q:w:np"
_NOT_MODELLED: Final = ("P", "c", "r", "b", "o", "Q", "w", "V", "h", "p")
_USAGE: Final = "Usage: wget [OPTION]... [URL]...\n\nTry `wget --help' for more options.\n"
_READ_SECONDS: Final = 900
_TRIES: Final = 20
_CLOSE: Final = 150 * MICROSECOND
#: Exit statuses: network failure, and the server said no.
_NETWORK: Final = 4
_SERVER: Final = 8
_FINAL: Final = (Errno.ECONNREFUSED, Errno.ENETUNREACH, Errno.EHOSTUNREACH)


class _Failed(Exception):
    """This URL is done with; `again` if it is worth another try."""

    def __init__(self, status: int, *, again: bool = False) -> None:
        super().__init__(status)
        self.status = status
        self.again = again


def main(process: Process) -> Generator[Any, Any, int]:
    words = ["--no-verbose" if word == "-nv" else word for word in process.argv[1:]]
    try:
        parsed = parse(words, _LETTERS, _LONG)
    except OptionError as error:
        process.error(f"wget: {error}\n{_USAGE}")
        return 2
    for letter in _NOT_MODELLED:
        if letter in parsed:
            raise NotModelled(f"wget -{letter}")
    if not parsed.operands:
        process.error(f"wget: missing URL\n{_USAGE}")
        return 1
    for name, letter in (("timeout", "T"), ("tries", "t")):
        value = parsed.last(letter)
        if value is not None and not is_digits(value.replace(".", "", 1)):
            what = "time period" if letter == "T" else "number"
            process.error(f"wget: --{name}: Invalid {what} '{value}'\n")
            return 2
    return (yield from _run(process, parsed))


def _run(process: Process, parsed: Parsed) -> Generator[Any, Any, int]:
    try:
        sink = _open(process, parsed)
    except KernelError as error:
        process.error(f"{parsed.last('O')}: {error.errno.words}\n")
        return 1
    began, status, downloads = process.now(), 0, _Downloads()
    say = _say(process, parsed)
    if "spider" in parsed:
        say("Spider mode enabled. Check if remote file exists.\n")
    for operand in parsed.operands:
        wanted = yield from _Retrieval(process, parsed, operand, sink, downloads).run()
        status = status or wanted
    if downloads.files > 1:
        _summarize(process, parsed, downloads, began)
    return status


@attrs.define
class _Downloads:
    files: int = 0
    bytes: int = 0
    took: int = 0


def _summarize(process: Process, parsed: Parsed, downloads: _Downloads, began: int) -> None:
    wall = (process.now() - began) / SECOND
    size = _human(downloads.bytes)
    took = downloads.took / SECOND
    _say(process, parsed)(
        f"FINISHED --{_time(process)}--\nTotal wall clock time: {wall:.3g}s\n"
        f"Downloaded: {downloads.files} files, {size} in {took:.1g}s ({_rate(downloads.bytes, downloads.took)})\n"
    )


def _say(process: Process, parsed: Parsed) -> Any:
    """Says what is said unless -q or -nv."""
    return process.error if "q" not in parsed and "nv" not in parsed else lambda _text: None


def _open(process: Process, parsed: Parsed) -> Output | None:
    """-O: KernelError if it cannot be opened."""
    name = parsed.last("O")
    if name is None or name == "-":
        return None if name is None else process.stdout
    return create(process.context, absolute(process, name))


def _time(process: Process) -> str:
    from datetime import UTC, datetime  # noqa: PLC0415 -- few need it

    return f"{datetime.fromtimestamp(process.machine.wall_clock() // SECOND, UTC):%Y-%m-%d %H:%M:%S}"


def _human(size: int) -> str:
    for unit in ("", "K", "M"):
        if size < 1024:
            return f"{size:.1f}".rstrip("0").rstrip(".") + unit if unit and size < 10 else f"{size:.0f}{unit}"
        size /= 1024  # type: ignore[assignment]  # a number to be printed
    return f"{size:.1f}G"


def _rate(size: int, took: int) -> str:
    """`2.48 MB/s`: three digits."""
    speed = size * SECOND / max(took, 1)
    for unit in ("B", "KB", "MB"):
        if speed < 1024:
            return f"{speed:.{2 if speed < 10 else 1 if speed < 100 else 0}f} {unit}/s"
        speed /= 1024
    return f"{speed:.2f} GB/s"


class _Retrieval:
    """One URL."""

    def __init__(
        self, process: Process, parsed: Parsed, operand: str, sink: Output | None, downloads: _Downloads
    ) -> None:
        self._process = process
        self._parsed = parsed
        self._operand = operand
        self._sink = sink
        self._downloads = downloads
        self._say = _say(process, parsed)
        self._read_timeout = int(float(parsed.last("T") or _READ_SECONDS) * SECOND)
        self._connect_timeout = None if "T" not in parsed else self._read_timeout
        self._addresses: tuple[Address, ...] | None = None

    def run(self) -> Generator[Any, Any, int]:
        try:
            url = Url.parse(self._operand).without_dots()
        except BadUrl:
            self._process.error(f"{self._operand}: Invalid host name.\n")
            return 1
        if url.scheme in ("https", "ftp", "ftps"):
            raise NotModelled(f"wget of {url.scheme}:")
        if url.scheme != "http":
            self._process.error(f"{self._operand}: Unsupported scheme '{url.scheme}'.\n")
            return 1
        return (yield from self._try(url))

    def _try(self, url: Url) -> Generator[Any, Any, int]:
        tries = int(self._parsed.last("t") or _TRIES)
        attempt = 0
        while True:
            attempt += 1
            trial = f"(try:{attempt:2})  " if attempt > 1 else ""
            self._say(f"--{_time(self._process)}--  {trial}{url}\n")
            try:
                following = yield from self._once(url)
            except _Failed as failed:
                if not failed.again:
                    return failed.status
                if attempt == tries:
                    self._say("Giving up.\n\n")
                    return failed.status
                self._say("Retrying.\n\n")
                yield self._process.sleep(min(attempt, 10) * SECOND)
                continue
            if following is None:
                return 0
            url, attempt, self._addresses = url.join(following), 0, None
            self._say(f"Location: {following} [following]\n")

    # --- connecting -------------------------------------------------------------------------------------------------

    def _once(self, url: Url) -> Generator[Any, Any, str | None]:
        named = not is_address(url.host)
        if self._addresses is None:
            self._addresses = yield from self._resolve(url, named)
        socket = yield from self._connect(url, named, self._addresses)
        try:
            yield socket.send(self._request(url))
            self._say("HTTP request sent, awaiting response... ")
            reader = HttpReader(self._process, socket, self._process.now() + self._read_timeout)
            return (yield from self._receive(url, HttpResponse(reader, to_head="spider" in self._parsed)))
        except TimedOut:
            self._say("Read error (Connection timed out) in headers.\n")
            raise _Failed(_NETWORK, again=True) from None
        except KernelError as error:
            self._say(f"Read error ({error.errno.words}) in headers.\n")
            raise _Failed(_NETWORK, again=True) from None
        finally:
            socket.close()

    def _resolve(self, url: Url, named: bool) -> Generator[Any, Any, tuple[Address, ...]]:
        if named:
            self._say(f"Resolving {url.host} ({url.host})... ")
        version = next((number for number in (4, 6) if str(number) in self._parsed), None)
        resolved: Resolved = yield self._process.resolve(url.host, version)
        if resolved.error is not None:
            self._say(f"failed: {resolved.error}.\n")
            if "q" not in self._parsed:
                self._process.error(f"wget: unable to resolve host address '{url.host}'\n")
            raise _Failed(_NETWORK)
        if named:
            self._say(f"{', '.join(str(address) for address in resolved.addresses[:3])}\n")
        return resolved.addresses

    def _connect(self, url: Url, named: bool, addresses: tuple[Address, ...]) -> Generator[Any, Any, TcpSocket]:
        error = Errno.ECONNREFUSED
        for address in addresses:
            shown = f"[{address}]" if address.version == 6 else str(address)
            where = f"{url.host} ({url.host})|{address}|:{url.port}" if named else f"{shown}:{url.port}"
            self._say(f"Connecting to {where}... ")
            try:
                socket = yield from connect(self._process, address, url.port, self._connect_timeout)
            except TimedOut:
                error = Errno.ETIMEDOUT
            except KernelError as refused:
                error = refused.errno
            else:
                self._say("connected.\n")
                return socket
            if "q" not in self._parsed:
                self._process.error(f"failed: {error.words}.\n")
        raise _Failed(_NETWORK, again=error not in _FINAL)

    def _request(self, url: Url) -> bytes:
        return download_request(self._parsed, url, [
            ("Host", url.authority), ("User-Agent", self._parsed.last("U") or "Wget/1.21.3"), ("Accept", "*/*"),
            ("Accept-Encoding", "identity"), ("Connection", "Keep-Alive"),
        ])  # fmt: skip

    # --- the response -----------------------------------------------------------------------------------------------

    def _receive(self, url: Url, body: HttpResponse) -> Generator[Any, Any, str | None]:
        response = yield from body.head()
        if not response.line:
            self._say("No data received.\n")
            raise _Failed(_NETWORK, again=True)
        reason = response.line.split(" ", 1)[-1]
        if "S" in self._parsed:
            self._say("\n" + "".join(f"  {line}\n" for line in response.text.splitlines() if line))
        else:
            self._say(f"{reason}\n")
        if response.status // 100 == 3 and (location := response.get("Location")):
            return location
        if response.status // 100 != 2:
            self._refused(url, response, reason)
        if "spider" in self._parsed:
            self._exists(url, response, reason)
        else:
            yield from self._download(url, body, response)
        yield self._process.sleep(_CLOSE)
        return None

    def _refused(self, url: Url, response: HttpHead, reason: str) -> None:
        words = reason.partition(" ")[2]
        if "spider" in self._parsed:
            self._say("Remote file does not exist -- broken link!!!\n\n")
        elif "q" not in self._parsed:
            before = f"{url}:\n" if "nv" in self._parsed else ""
            after = "" if "nv" in self._parsed else "\n"
            self._process.error(f"{before}{_time(self._process)} ERROR {response.status}: {words}.\n{after}")
        raise _Failed(_SERVER)

    def _exists(self, url: Url, response: HttpHead, reason: str) -> None:
        if "nv" in self._parsed and "q" not in self._parsed:
            self._process.error(f"{_time(self._process)} URL: {url} {reason}\n")
        self._say(f"Length: {_length(response)}\n")
        self._say("Remote file exists and could contain further links,\n")
        self._say("but recursion is disabled -- not retrieving.\n\n")

    def _download(self, url: Url, body: HttpResponse, response: HttpHead) -> Generator[Any, Any, None]:
        name = self._parsed.last("O") or self._free_name(url)
        self._say(f"Length: {_length(response)}\nSaving to: '{'STDOUT' if name == '-' else name}'\n")
        sink = self._sink or create(self._process.context, absolute(self._process, name))
        began, size, decoder = self._process.now(), 0, Decoder()
        try:
            while data := (yield from body.piece()):
                size += len(data)
                sink.write(decoder.decode(data))
        except BodyError:
            self._say(f"Connection closed at byte {size}. Retrying.\n")
            raise _Failed(_NETWORK, again=True) from None
        took = max(self._process.now() - began, 1)
        self._downloads.files += 1
        self._downloads.bytes += size
        self._downloads.took += took
        self._tell(url, name, size, took, response)

    def _free_name(self, url: Url) -> str:
        name = url.target.partition("?")[0].rpartition("/")[2] or "index.html"
        free, number = name, 0
        while self._process.files.exists(absolute(self._process, free)):
            number += 1
            free = f"{name}.{number}"
        return free

    def _tell(self, url: Url, name: str, size: int, took: int, response: HttpHead) -> None:
        rate, total = _rate(size, took), response.length
        self._say("\n" + _dots(size, rate.replace(" ", "").removesuffix("B/s")) + "\n\n")
        where = "written to stdout" if name == "-" else f"'{name}' saved"
        of = f"{size}/{total}" if total is not None else f"{size}"
        self._say(f"{_time(self._process)} ({rate}) - {where} [{of}]\n\n")
        if "nv" in self._parsed and "q" not in self._parsed:
            self._process.error(f'{_time(self._process)} URL:{url} [{of}] -> "{name}" [1]\n')


def _length(response: HttpHead) -> str:
    size, kind = response.length, response.get("Content-Type")
    if size is None:
        return "unspecified" + (f" [{kind}]" if kind else "")
    human = f" ({_human(size)})" if size >= 1024 else ""
    return f"{size}{human}" + (f" [{kind}]" if kind and kind != "application/octet-stream" else "")


def _dots(size: int, rate: str) -> str:
    """The dot-style progress of what is no terminal: a dot for each KB, fifty in a line."""
    lines = []
    for at in range(0, max(size, 1), 51_200):
        dots = min(size - at, 51_200) // 1024
        row = " ".join("." * max(0, min(10, dots - start)) for start in range(0, 50, 10))
        done = min(at + 51_200, size)
        last = done == size
        percent = 100 if last else done * 100 // size
        ending = f"{rate:>5}=0s" if last else f"{rate:>5} 0s"
        lines.append(f"{at // 1024:6}K {row:<54} {percent:2}% {ending}")
    return "\n".join(lines)
