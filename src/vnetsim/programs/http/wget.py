"""GNU wget 1.21.3: HTTP downloads (src/main.c, http.c, connect.c, progress.c).

    wget [-q] [-nv] [-O FILE] [-S] [-T SECONDS] [-t TRIES] [--spider] [-U AGENT] [--header FIELD] URL...

Not modelled: HTTPS and FTP, recursion, continuing, cookies, proxies, passwords, .wgetrc, robots.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vnetsim.clock import MICROSECOND, SECOND
from vnetsim.digits import is_digits
from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.process import Coroutine, Output, Process, Program, Resolved
from vnetsim.programs.http.client import DownloadOptions, HttpResponse, IncompleteBody, connect
from vnetsim.programs.http.messages import HttpHead, HttpReader, TimedOut
from vnetsim.programs.http.urls import BadUrl, Url
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.octets import Decoder
from vnetsim.programs.libc.options import argument, flag, switch
from vnetsim.programs.libc.streams import absolute, create
from vnetsim.sockets import TcpSocket
from vnetsim.values import define
from vnetsim.wire.inet import Address, is_address

_USAGE: Final = "Usage: wget [OPTION]... [URL]...\n\nTry `wget --help' for more options.\n"
_READ_SECONDS: Final = 900
_TRIES: Final = 20
#: Names of -T.
_TIMEOUTS: Final = ("--timeout", "--connect-timeout", "--read-timeout")
_CLOSE: Final = 150 * MICROSECOND
#: Exit statuses: network failure, and an error response.
_NETWORK: Final = 4
_SERVER: Final = 8
_FINAL: Final = (Errno.ECONNREFUSED, Errno.ENETUNREACH, Errno.EHOSTUNREACH)


class _Failed(Exception):
    """This URL is done with; `again` if it is worth another try."""

    def __init__(self, status: int, *, again: bool = False) -> None:
        super().__init__(status)
        self.status = status
        self.again = again


def _number(option: str, what: str) -> Callable[[str], float | None]:
    def convert(text: str) -> float:
        if not is_digits(text.replace(".", "", 1)):
            raise Exit(2, stderr=f"wget: --{option}: Invalid {what} '{text}'\n")
        return float(text)

    return convert


@define
class WgetOptions(DownloadOptions):
    unmodelled = (
        "-P|--directory-prefix: -c|--continue -r|--recursive -b|--background -o|--output-file: -Q: -w: -V|--version "
        "-h|--help -p"
    )
    ignored = "-v|--verbose -n --no-check-certificate --no-proxy --no-dns-cache"

    no_verbose: bool = flag("--no-verbose")
    timeout: float | None = argument(
        "-T",
        "--timeout",
        "--connect-timeout",
        "--read-timeout",
        default=None,
        convert=_number("timeout", "time period"),
    )
    tries: float | None = argument("-t", "--tries", default=None, convert=_number("tries", "number"))
    version: int | None = switch({"-4 --inet4-only": 4, "-6 --inet6-only": 6}, None)

    def misused(self, problem: str) -> Exit:
        return Exit(2, stderr=f"wget: {problem}\n{_USAGE}")

    def log(self, text: str) -> None:
        """logprintf(LOG_VERBOSE)."""
        if not self.quiet and not self.no_verbose:
            self.process.error(text)

    def log_briefly(self, text: str) -> None:
        """logprintf(LOG_NONVERBOSE)."""
        if self.no_verbose and not self.quiet:
            self.process.error(text)

    def complain(self, text: str) -> None:
        """logprintf(LOG_NOTQUIET)."""
        if not self.quiet:
            self.process.error(text)


@ends_by_exit
def main(process: Process) -> Program:
    args = ["--no-verbose" if arg == "-nv" else arg for arg in process.argv[1:]]
    options = WgetOptions.read(process, args)
    if not options.operands:
        raise Exit(1, stderr=f"wget: missing URL\n{_USAGE}")
    return _run(process, options)


def _run(process: Process, options: WgetOptions) -> Coroutine[int]:
    try:
        sink = _open(process, options)
    except KernelError as error:
        raise Exit(1, stderr=f"{options.document}: {error.errno.strerror}\n") from None
    began, status, downloads = process.now(), 0, _Downloads()
    if options.spider:
        options.log("Spider mode enabled. Check if remote file exists.\n")
    for operand in options.operands:
        wanted = yield from _Retrieval(process, options, operand, sink, downloads).run()
        status = status or wanted
    if downloads.files > 1:
        _summarize(options, downloads, began)
    return status


@define
class _Downloads:
    files: int = 0
    bytes: int = 0
    took: int = 0


def _summarize(options: WgetOptions, downloads: _Downloads, began: int) -> None:
    wall = (options.process.now() - began) / SECOND
    size = _human(downloads.bytes)
    took = downloads.took / SECOND
    options.log(
        f"FINISHED --{_time(options.process)}--\nTotal wall clock time: {wall:.3g}s\n"
        f"Downloaded: {downloads.files} files, {size} in {took:.1g}s ({_rate(downloads.bytes, downloads.took)})\n"
    )


def _open(process: Process, options: WgetOptions) -> Output | None:
    """-O: KernelError if it cannot be opened."""
    if options.document in ("", "-"):
        return process.stdout if options.document else None
    return create(process.context, absolute(process, options.document))


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
        self, process: Process, options: WgetOptions, operand: str, sink: Output | None, downloads: _Downloads
    ) -> None:
        self._process = process
        self._options = options
        self._operand = operand
        self._sink = sink
        self._downloads = downloads
        self._log = options.log
        self._read_timeout = int((_READ_SECONDS if options.timeout is None else options.timeout) * SECOND)
        self._connect_timeout = None if options.timeout is None else self._read_timeout
        self._addresses: tuple[Address, ...] | None = None

    def run(self) -> Coroutine[int]:
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

    def _try(self, url: Url) -> Coroutine[int]:
        tries = _TRIES if self._options.tries is None else int(self._options.tries)
        attempt = 0
        while True:
            attempt += 1
            trial = f"(try:{attempt:2})  " if attempt > 1 else ""
            self._log(f"--{_time(self._process)}--  {trial}{url}\n")
            try:
                following = yield from self._once(url)
            except _Failed as failed:
                if not failed.again:
                    return failed.status
                if attempt == tries:
                    self._log("Giving up.\n\n")
                    return failed.status
                self._log("Retrying.\n\n")
                yield self._process.sleep(min(attempt, 10) * SECOND)
                continue
            if following is None:
                return 0
            url, attempt, self._addresses = url.join(following), 0, None
            self._log(f"Location: {following} [following]\n")

    # --- connecting -------------------------------------------------------------------------------------------------

    def _once(self, url: Url) -> Coroutine[str | None]:
        named = not is_address(url.host)
        if self._addresses is None:
            self._addresses = yield from self._resolve(url, named)
        socket = yield from self._connect(url, named, self._addresses)
        try:
            yield socket.send(self._request(url))
            self._log("HTTP request sent, awaiting response... ")
            reader = HttpReader(self._process, socket, self._process.now() + self._read_timeout)
            return (yield from self._receive(url, HttpResponse(reader, to_head=self._options.spider)))
        except TimedOut:
            self._log("Read error (Connection timed out) in headers.\n")
            raise _Failed(_NETWORK, again=True) from None
        except KernelError as error:
            self._log(f"Read error ({error.errno.strerror}) in headers.\n")
            raise _Failed(_NETWORK, again=True) from None
        finally:
            socket.close()

    def _resolve(self, url: Url, named: bool) -> Coroutine[tuple[Address, ...]]:
        if named:
            self._log(f"Resolving {url.host} ({url.host})... ")
        resolved: Resolved = yield self._process.resolve(url.host, self._options.version)
        if resolved.error is not None:
            self._log(f"failed: {resolved.error}.\n")
            self._options.complain(f"wget: unable to resolve host address '{url.host}'\n")
            raise _Failed(_NETWORK)
        if named:
            self._log(f"{', '.join(str(address) for address in resolved.addresses[:3])}\n")
        return resolved.addresses

    def _connect(self, url: Url, named: bool, addresses: tuple[Address, ...]) -> Coroutine[TcpSocket]:
        error = Errno.ECONNREFUSED
        for address in addresses:
            shown = f"[{address}]" if address.version == 6 else str(address)
            where = f"{url.host} ({url.host})|{address}|:{url.port}" if named else f"{shown}:{url.port}"
            self._log(f"Connecting to {where}... ")
            try:
                socket = yield from connect(self._process, address, url.port, self._connect_timeout)
            except TimedOut:
                error = Errno.ETIMEDOUT
            except KernelError as refused:
                error = refused.errno
            else:
                self._log("connected.\n")
                return socket
            self._options.complain(f"failed: {error.strerror}.\n")
        raise _Failed(_NETWORK, again=error not in _FINAL)

    def _request(self, url: Url) -> bytes:
        return self._options.request(url, [
            ("Host", url.authority), ("User-Agent", self._options.user_agent or "Wget/1.21.3"), ("Accept", "*/*"),
            ("Accept-Encoding", "identity"), ("Connection", "Keep-Alive"),
        ])  # fmt: skip

    # --- the response -----------------------------------------------------------------------------------------------

    def _receive(self, url: Url, body: HttpResponse) -> Coroutine[str | None]:
        response = yield from body.head()
        if not response.line:
            self._log("No data received.\n")
            raise _Failed(_NETWORK, again=True)
        reason = response.line.split(" ", 1)[-1]
        if self._options.server_response:
            self._log("\n" + "".join(f"  {line}\n" for line in response.text.splitlines() if line))
        else:
            self._log(f"{reason}\n")
        if response.status // 100 == 3 and (location := response.get("Location")):
            return location
        if response.status // 100 != 2:
            self._refused(url, response, reason)
        if self._options.spider:
            self._exists(url, response, reason)
        else:
            yield from self._download(url, body, response)
        yield self._process.sleep(_CLOSE)
        return None

    def _refused(self, url: Url, response: HttpHead, reason: str) -> None:
        text = reason.partition(" ")[2]
        if self._options.spider:
            self._log("Remote file does not exist -- broken link!!!\n\n")
        else:
            before, after = (f"{url}:\n", "") if self._options.no_verbose else ("", "\n")
            self._options.complain(f"{before}{_time(self._process)} ERROR {response.status}: {text}.\n{after}")
        raise _Failed(_SERVER)

    def _exists(self, url: Url, response: HttpHead, reason: str) -> None:
        self._options.log_briefly(f"{_time(self._process)} URL: {url} {reason}\n")
        self._log(f"Length: {_length(response)}\n")
        self._log("Remote file exists and could contain further links,\n")
        self._log("but recursion is disabled -- not retrieving.\n\n")

    def _download(self, url: Url, body: HttpResponse, response: HttpHead) -> Coroutine[None]:
        name = self._options.document or self._free_name(url)
        self._log(f"Length: {_length(response)}\nSaving to: '{'STDOUT' if name == '-' else name}'\n")
        sink = self._sink or create(self._process.context, absolute(self._process, name))
        began, size, decoder = self._process.now(), 0, Decoder()
        try:
            while data := (yield from body.piece()):
                size += len(data)
                sink.write(decoder.decode(data))
        except IncompleteBody as error:
            if error.where != "chunk":  # which fd_read_body() takes for the end
                self._log(f"Connection closed at byte {size}. Retrying.\n")
                raise _Failed(_NETWORK, again=True) from None
        took = max(self._process.now() - began, 1)
        self._downloads.files += 1
        self._downloads.bytes += size
        self._downloads.took += took
        self._report(url, name, size, took, response)

    def _free_name(self, url: Url) -> str:
        name = self._options.file_name(url)
        free, number = name, 0
        while self._process.files.exists(absolute(self._process, free)):
            number += 1
            free = f"{name}.{number}"
        return free

    def _report(self, url: Url, name: str, size: int, took: int, response: HttpHead) -> None:
        rate, total = _rate(size, took), response.length
        self._log("\n" + _dots(size, rate.replace(" ", "").removesuffix("B/s")) + "\n\n")
        where = "written to stdout" if name == "-" else f"'{name}' saved"
        of = f"{size}/{total}" if total is not None else f"{size}"
        self._log(f"{_time(self._process)} ({rate}) - {where} [{of}]\n\n")
        self._options.log_briefly(f'{_time(self._process)} URL:{url} [{of}] -> "{name}" [1]\n')


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
