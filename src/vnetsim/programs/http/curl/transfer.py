"""One URL from its name to its last byte (lib/multi.c, lib/http.c; src/tool_operate.c)."""

from __future__ import annotations

from typing import Final

from vnetsim.clock import MICROSECOND, SECOND
from vnetsim.errors import KernelError, NotModelled
from vnetsim.process import Coroutine, Output
from vnetsim.programs.http.client import BodyError, HttpResponse, IncompleteBody
from vnetsim.programs.http.curl.connect import CurlConnector
from vnetsim.programs.http.curl.easy import CurlEasy, CurlError
from vnetsim.programs.http.curl.output import CurlOutput, write_out
from vnetsim.programs.http.curl.request import build_request
from vnetsim.programs.http.messages import HttpHead, HttpReader, TimedOut
from vnetsim.programs.http.urls import BadUrl, Url
from vnetsim.programs.libc.octets import Decoder, encode
from vnetsim.sockets import TcpSocket

#: From the last byte to closing the connection.
_CLOSE: Final = 150 * MICROSECOND
#: Schemes that curl has and vnetsim has not.
_OTHER_SCHEMES: Final = frozenset((
    "dict", "ftp", "ftps", "gopher", "https", "imap", "imaps", "ldap", "mqtt", "pop3", "rtsp", "scp", "sftp", "smb",
    "smtp", "telnet", "tftp",
))  # fmt: skip


class Transfer:
    """Writes what it receives to `output`, and the text of -w to `stdout`."""

    def __init__(self, easy: CurlEasy, output: CurlOutput, stdout: Output) -> None:
        self._easy = easy
        self._options = easy.options
        self._process = easy.process
        self._output = output
        self._stdout = stdout

    def run(self) -> Coroutine[int]:
        status, text = 0, ""
        try:
            for entry in self._options.resolve:
                self._easy.note(f"Added {entry} to DNS cache")
            yield from self._follow()
        except CurlError as error:
            status, text = error.status, error.text
        self._finish(status, text)
        return status

    def _finish(self, status: int, text: str) -> None:
        easy, options = self._easy, self._options
        easy.meter.end(failed=bool(status))
        easy.note_closing()
        if status and (not options.silent or options.show_error):
            self._process.error(f"curl: ({status}) {text}\n")
        if options.write_out is not None:
            elapsed = max(self._process.now() - easy.began, 1)
            easy.record_time("time_total")
            easy.variables |= {
                "errormsg": text,
                "exitcode": str(status),
                "size_download": str(easy.received),
                "speed_download": str(easy.received * SECOND // elapsed),
            }
            self._stdout.write(write_out(options.write_out, easy.variables, self._process.error))

    def _follow(self) -> Coroutine[None]:
        """The URL, and with -L those that it redirects to."""
        easy = self._easy
        try:
            url = Url.parse(easy.url)
        except BadUrl:
            raise CurlError(3, easy.version.bad_url) from None
        url = url if self._options.as_is else url.without_dots()
        for redirects in range(self._options.most_redirects + 1):
            easy.variables |= {
                "url_effective": str(url),
                "url": easy.url,
                "scheme": url.scheme.upper(),
                "num_redirects": str(redirects),
            }
            location = yield from self._once(url)
            if location is None:
                return
            easy.note_closing()
            url = url.join(location)
            easy.note(f"Issue another request to this URL: '{url}'")
        raise CurlError(47, f"Maximum ({self._options.most_redirects}) redirects followed")

    def _once(self, url: Url) -> Coroutine[str | None]:
        easy = self._easy
        if url.scheme == "file":
            self._copy(url)
            return None
        if url.scheme not in ("http", *_OTHER_SCHEMES):
            raise CurlError(1, easy.version.unsupported(url.scheme))
        easy.meter.start(connected=False)
        socket = yield from CurlConnector(easy, url).connect()
        try:
            if url.scheme != "http":
                raise NotModelled(f"curl: what comes after connecting for {url.scheme}:")
            easy.meter.start(connected=True)
            return (yield from self._exchange(url, socket))
        except KernelError as error:
            raise easy.fail(56, f"Recv failure: {error.errno.strerror}") from None
        except TimedOut:
            raise easy.fail(28, self._too_slow()) from None
        finally:
            socket.close()

    def _copy(self, url: Url) -> None:
        """file: URLs."""
        try:
            text = self._process.files.read(url.target)
        except KernelError:
            raise CurlError(37, f"Couldn't open file {url.target}") from None
        self._easy.received = len(encode(text))
        self._output.open().write(text)

    def _too_slow(self) -> str:
        """curl notices a millisecond late."""
        easy = self._easy
        total = "" if easy.meter.total is None else f"out of {easy.meter.total} "
        waited = easy.milliseconds() + 1
        return f"Operation timed out after {waited} milliseconds with {easy.received} {total}bytes received"

    # --- request and response ---------------------------------------------------------------------------------------

    def _exchange(self, url: Url, socket: TcpSocket) -> Coroutine[str | None]:
        """The Location to follow, with -L."""
        easy, options = self._easy, self._options
        head, body = build_request(easy, url)
        if not easy.version.older:
            easy.note("using HTTP/1.x")
        self._show_request(head, body)
        yield socket.send(head + body)
        easy.meter.sent = len(body)
        if not easy.version.older:
            easy.note(f"upload completely sent off: {len(body)} bytes" if body else "Request completely sent off")
        response = HttpResponse(HttpReader(self._process, socket, easy.deadline), to_head=options.head, strict=True)
        received = yield from self._head(response)
        location = received.get("Location") if options.follow and received.status // 100 == 3 else None
        yield from self._body(response, received, discard=location is not None)
        yield self._process.sleep(_CLOSE)
        return location

    def _show_request(self, head: bytes, body: bytes) -> None:
        if self._options.verbose:
            lines = head.decode("latin-1").split("\r\n")[:-1]
            self._process.error("".join(f"> {line}\n" for line in lines))
            if body:
                self._process.error(f"}} [{len(body)} bytes data]\n")

    def _head(self, response: HttpResponse) -> Coroutine[HttpHead]:
        if not (yield from response.reader.starts_with(b"HTTP/")):
            return (yield from self._headless(response))
        head = yield from response.head()
        failed = self._options.fail and head.status >= 400
        if self._options.verbose:
            lines = head.text.splitlines()
            self._process.error("".join(f"< {line}\n" for line in (lines[:-1] if failed else lines)))
        self._easy.variables |= {
            "http_code": f"{head.status:03}",
            "response_code": f"{head.status:03}",
            "http_version": head.line.split()[0].removeprefix("HTTP/").removesuffix(".0"),
            "content_type": head.get("Content-Type") or "",
            "size_header": str(len(head.text)),
        }
        self._easy.record_time("time_starttransfer")
        if failed:
            raise self._easy.fail(22, f"The requested URL returned error: {head.status}")
        if self._options.include or self._options.head:
            self._output.open().write(head.text)
        return head

    def _headless(self, response: HttpResponse) -> Coroutine[HttpHead]:
        """Nothing came, or something else than a status line: HTTP/0.9, a body without a head."""
        if not (yield from response.reader.has_data()):
            raise self._easy.fail(52, "Empty reply from server")
        if not self._options.http09:
            raise self._easy.fail(1, "Received HTTP/0.9 when not allowed")
        head = HttpHead("", (), "")
        response.begin_body(head)
        return head

    def _body(self, response: HttpResponse, head: HttpHead, *, discard: bool) -> Coroutine[None]:
        easy, decoder = self._easy, Decoder()
        easy.meter.total = head.length
        try:
            while data := (yield from response.piece()):
                easy.received += len(data)
                easy.meter.received = easy.received
                if self._options.verbose:
                    self._process.error(f"{{ [{len(data)} bytes data]\n")
                if not discard:
                    self._output.write(decoder.decode(data), len(data))
        except BodyError as error:
            raise self._broken_off(error) from None
        empty_redirect = not easy.received and head.status // 100 == 3 and head.status != 304
        if self._options.verbose and empty_redirect and not self._options.head:
            self._process.error("{ [0 bytes data]\n")

    def _broken_off(self, error: BodyError) -> CurlError:
        if not isinstance(error, IncompleteBody):
            return self._easy.fail(56, f"{error} in chunked-encoding")
        missing = (
            "outstanding read data remaining" if error.missing is None else f"{error.missing} bytes remaining to read"
        )
        return self._easy.fail(18, f"transfer closed with {missing}")
