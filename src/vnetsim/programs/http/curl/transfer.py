"""One URL from its name to its last byte (lib/url.c, connect.c, http.c; src/tool_operate.c)."""

from __future__ import annotations

import base64
from collections.abc import Generator
from typing import Any, Final

from vnetsim.clock import MICROSECOND, MILLISECOND, SECOND
from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.process import Output, Process, Resolved, Wait
from vnetsim.programs.http import messages as http
from vnetsim.programs.http.curl.meter import Meter
from vnetsim.programs.http.curl.options import CurlOptions
from vnetsim.programs.http.curl.words import VERSIONS
from vnetsim.programs.http.curl.writeout import write_out
from vnetsim.programs.http.urls import BadUrl, Url
from vnetsim.programs.libc.octets import Decoder, encode
from vnetsim.programs.libc.streams import absolute, create
from vnetsim.sockets import TcpSocket
from vnetsim.wire.inet import Address, parse_address

#: What a connection may take, without --connect-timeout.
_PATIENCE: Final = 300 * SECOND
#: From the last byte to closing the connection.
_CLOSE: Final = 150 * MICROSECOND
_FORM: Final = "application/x-www-form-urlencoded"
#: Schemes that curl has and vnetsim has not.
_OTHER_SCHEMES: Final = frozenset((
    "dict", "ftp", "ftps", "gopher", "https", "imap", "imaps", "ldap", "mqtt", "pop3", "rtsp", "scp", "sftp", "smb",
    "smtp", "telnet", "tftp",
))  # fmt: skip


class CurlError(Exception):
    """libcurl's error number, and what is said about it."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words


class Transfer:
    """`connections` counts those of this curl, for -v; `known_hosts` have been looked up."""

    def __init__(
        self, process: Process, options: CurlOptions, url: str, output: str | None, connections: int, stdout: Output,
        known_hosts: list[str],
    ) -> None:  # fmt: skip
        self._process = process
        self._stdout = stdout
        self._options = options
        self._text = url
        self._output = output
        self.connections = connections
        self._words = VERSIONS[process.context.release]
        self._began = process.now()
        self._variables = {
            "content_type": "", "local_ip": "", "remote_ip": "", "redirect_url": "", "errormsg": "",
            "filename_effective": "",
            "http_code": "000", "response_code": "000", "size_download": "0", "size_upload": "0", "num_connects": "0",
            "num_redirects": "0", "local_port": "0", "remote_port": "0", "http_version": "0", "method": "GET",
            "scheme": "", "time_connect": "0.000000", "time_starttransfer": "0.000000", "time_namelookup": "0.000000",
            "http_connect": "000", "size_header": "0", "size_request": "0", "ssl_verify_result": "0",
            "time_appconnect": "0.000000", "time_pretransfer": "0.000000", "time_redirect": "0.000000",
        }  # fmt: skip
        self._meter = Meter(process, shown=not options.silent, older=self._words.older)
        self._received = 0
        self._known_hosts = known_hosts

    # --- all of it --------------------------------------------------------------------------------------------------

    def run(self) -> Generator[Any, Any, int]:
        status, words = 0, ""
        try:
            self._say_resolved()
            yield from self._follow()
        except CurlError as failed:
            status, words = failed.status, failed.words
        self._finish(status, words)
        return status

    def _finish(self, status: int, words: str) -> None:
        options = self._options
        self._meter.end(failed=bool(status))
        if options.verbose and self._closing is not None:
            self._note(self._closing)
        if status and (not options.silent or options.show_error):
            self._process.error(f"curl: ({status}) {words}\n")
        if options.write_out is not None:
            self._variables["errormsg"] = words
            self._variables["exitcode"] = str(status)
            self._variables["size_download"] = str(self._received)
            elapsed = max(self._process.now() - self._began, 1)
            self._variables["time_total"] = _seconds(elapsed)
            self._variables["speed_download"] = str(self._received * SECOND // elapsed)
            self._stdout.write(write_out(options.write_out, self._variables, self._process.error))

    _closing: str | None = None

    def _follow(self) -> Generator[Any, Any, None]:
        """The URL, and with -L where it leads."""
        try:
            url = Url.parse(self._text)
        except BadUrl:
            raise CurlError(3, self._words.bad_url) from None
        url = url if self._options.as_is else url.without_dots()
        for redirects in range(self._options.most_redirects + 1):
            self._variables |= {
                "url_effective": str(url), "url": self._text, "scheme": url.scheme.upper(),
                "num_redirects": str(redirects),
            }  # fmt: skip
            location = yield from self._once(url)
            if location is None:
                return
            if self._closing is not None and self._options.verbose:
                self._note(self._closing)
                self._closing = None
            url = url.join(location)
            self._note(f"Issue another request to this URL: '{url}'")
        raise CurlError(47, f"Maximum ({self._options.most_redirects}) redirects followed")

    def _once(self, url: Url) -> Generator[Any, Any, str | None]:
        if url.scheme == "file":
            self._copy(url)
            return None
        if url.scheme not in ("http", *_OTHER_SCHEMES):
            raise CurlError(1, self._words.unsupported(url.scheme))
        self._meter.start(connected=False)
        socket = yield from self._connect(url)
        try:
            if url.scheme != "http":
                raise NotModelled(f"curl: what comes after connecting for {url.scheme}:")
            self._meter.start(connected=True)
            return (yield from self._exchange(url, socket))
        except KernelError as error:
            words = f"Recv failure: {error.errno.words}"
            self._note(words)
            raise CurlError(56, words) from None
        except http.TimedOut:
            words = self._too_slow()
            self._note(words)
            raise CurlError(28, words) from None
        finally:
            socket.close()

    def _copy(self, url: Url) -> None:
        """file: URLs."""
        try:
            text = self._process.files.read(url.target)
        except KernelError:
            raise CurlError(37, f"Couldn't open file {url.target}") from None
        self._received = len(encode(text))
        self._open().write(text)

    # --- clocks and notes -------------------------------------------------------------------------------------------

    def _note(self, text: str) -> None:
        if self._options.verbose:
            self._process.error(f"* {text}\n")

    def _milliseconds(self) -> int:
        return (self._process.now() - self._began) // MILLISECOND

    @property
    def _deadline(self) -> int | None:
        return None if self._options.max_time is None else self._began + self._options.max_time

    def _wait(self, waits: list[Wait], until: int) -> Generator[Any, Any, bool]:
        """Until one of them is there, showing the meter every second; False if the time is over."""
        process = self._process
        while not any(wait.is_set for wait in waits):
            left = until - process.now()
            if left <= 0:
                return False
            pause = min(left, SECOND) if self._meter.waits else left
            yield process.any_of([*waits, process.sleep(pause)])
            if pause == SECOND and not any(wait.is_set for wait in waits):
                self._meter.show()
        return True

    def _too_slow(self) -> str:
        """curl notices a millisecond late."""
        total = "" if self._meter.total is None else f"out of {self._meter.total} "
        waited = self._milliseconds() + 1
        return f"Operation timed out after {waited} milliseconds with {self._received} {total}bytes received"

    # --- connecting -------------------------------------------------------------------------------------------------

    def _say_resolved(self) -> None:
        for entry in self._options.resolve:
            self._note(f"Added {entry} to DNS cache")

    def _addresses(self, url: Url) -> Generator[Any, Any, tuple[Address, ...]]:
        known = self._resolved_by_hand(url)
        if known is not None or url.host in self._known_hosts:
            self._note(f"Hostname {url.host} was found in DNS cache")
        if known is not None:
            return (known,)
        self._known_hosts.append(url.host)
        answer = self._process.resolve(url.host, self._options.version)
        until = self._began + _PATIENCE if self._deadline is None else self._deadline
        if not (yield from self._wait([answer], until)):
            raise CurlError(28, f"Resolving timed out after {self._milliseconds()} milliseconds")
        told: Resolved = yield answer
        self._variables["time_namelookup"] = _seconds(self._process.now() - self._began)
        if told.error is not None:
            if _is_address(url.host):
                raise CurlError(7, "Couldn't connect to server")
            words = f"Could not resolve host: {url.host}"
            self._note(words)
            if not self._words.older:
                self._note(words)
                self._note(f"Could not resolve: {url.host}:{url.port}")
            self._close_note()
            raise CurlError(6, words)
        self._say_addresses(url, told.addresses)
        return told.addresses

    def _say_addresses(self, url: Url, addresses: tuple[Address, ...]) -> None:
        if self._words.older or _is_address(url.host):
            return
        self._note(f"Host {url.host}:{url.port} was resolved.")
        for version in (6, 4):
            found = ", ".join(str(address) for address in addresses if address.version == version)
            self._note(f"IPv{version}: {found or '(none)'}")

    def _resolved_by_hand(self, url: Url) -> Address | None:
        """--resolve HOST:PORT:ADDRESS."""
        for entry in self._options.resolve:
            host, port, address = (*entry.split(":", 2), "", "")[:3]
            if host == url.host and port == str(url.port):
                try:
                    return parse_address(address.strip("[]"))
                except ValueError:
                    raise CurlError(49, f"Couldn't parse CURLOPT_RESOLVE entry '{entry}'") from None
        return None

    def _connect(self, url: Url) -> Generator[Any, Any, TcpSocket]:
        """One address after the other."""
        addresses = yield from self._addresses(url)
        began = self._process.now()
        for address in addresses:
            socket = yield from self._try(url, address, began)
            if socket is not None:
                return socket
        waited = (self._process.now() - began) // MILLISECOND
        words = self._words.cannot_connect(url.bracketed.strip("[]"), url.port, waited)
        self._note(words)
        self._close_note()
        raise CurlError(7, words)

    def _try(self, url: Url, address: Address, began: int) -> Generator[Any, Any, TcpSocket | None]:
        """None if that address cannot be reached."""
        process = self._process
        shown = f"[{address}]" if address.version == 6 else str(address)
        self._note(f"  Trying {shown}:{url.port}...")
        socket = process.network.tcp_socket(address.version, owner=process)
        try:
            self._bind(socket, url, address)
            wait = socket.connect(address, url.port)
            if not (yield from self._wait([wait], self._connect_until(began))):
                raise self._connecting_took_too_long(url, began)
            yield wait
        except KernelError as error:
            source = f" from {socket.local[0]} port {socket.local[1]}" if not self._words.older else ""
            socket.close()
            self._note(f"connect to {address} port {url.port}{source} failed: {error.errno.words}")
            return None
        except BaseException:
            socket.close()
            raise
        self._connected(url, address, socket)
        return socket

    def _connect_until(self, began: int) -> int:
        patience = _PATIENCE if self._options.connect_timeout is None else self._options.connect_timeout
        until = began + patience
        return until if self._deadline is None else min(until, self._deadline)

    def _connecting_took_too_long(self, url: Url, began: int) -> CurlError:
        until = self._connect_until(began)
        if until == self._deadline or not self._words.older:
            late = 0 if self._words.older else 1
            words = f"Connection timed out after {(until - self._began) // MILLISECOND + late} milliseconds"
        else:
            waited = (until - began) // MILLISECOND
            self._note(f"ipv4 connect timeout after {waited}ms, move on!")
            words = self._words.cannot_connect(url.host, url.port, waited + 1, timed_out=True)
        self._note(words)
        self._close_note()
        return CurlError(28, words)

    def _bind(self, socket: TcpSocket, url: Url, towards: Address) -> None:
        """--interface and --local-port."""
        options = self._options
        if options.interface is None and not options.local_ports:
            return
        source = self._interface(towards)
        for port in options.local_ports or (0,):
            try:
                socket.bind(source if source is not None else type(towards)(0), port)
            except KernelError as error:
                if error.errno is Errno.EADDRINUSE and port + 1 in options.local_ports:
                    self._note(f"Bind to local port {port} failed, trying next")
                    continue
                words = self._words.cannot_bind(url.host, url.port, int(error.errno), error.errno.words)
                raise CurlError(45, words) from None
            self._note(f"Local port: {port}")
            return

    def _interface(self, towards: Address) -> Address | None:
        wanted = self._options.interface
        if wanted is None:
            return None
        for entry in self._process.network.addresses():
            if entry.device == wanted and entry.address.version == towards.version:
                return entry.address
        try:
            address = parse_address(wanted)
        except ValueError:
            raise CurlError(45, f"Couldn't bind to interface '{wanted}'") from None
        family = 2 if address.version == 4 else 10
        self._note(f"Name '{wanted}' family {family} resolved to '{address}' family {family}")
        return address

    def _connected(self, url: Url, address: Address, socket: TcpSocket) -> None:
        number = self.connections
        self.connections += 1
        local, local_port = socket.local
        if self._words.older:
            self._note(f"Connected to {url.host} ({address}) port {url.port} (#{number})")
        else:
            self._note(
                f"Established connection to {url.host} ({address} port {url.port}) from {local} port {local_port} "
            )
        self._close_note(number)
        self._variables |= {
            "num_connects": str(self.connections), "remote_ip": str(address), "remote_port": str(url.port),
            "local_ip": str(local), "local_port": str(local_port),
            "time_connect": _seconds(self._process.now() - self._began),
        }  # fmt: skip

    def _close_note(self, number: int = 0) -> None:
        """What -v says last about a connection."""
        if self._words.older:
            self._closing = f"Closing connection {number}"
        else:
            self._closing = f"{'shutting down connection' if self.connections else 'closing connection'} #{number}"

    # --- request and response ---------------------------------------------------------------------------------------

    def _exchange(self, url: Url, socket: TcpSocket) -> Generator[Any, Any, str | None]:
        """Where the server wants us to look instead, with -L."""
        options = self._options
        head, body = self._request(url)
        if not self._words.older:
            self._note("using HTTP/1.x")
        self._show_request(head, body)
        yield socket.send(head + body)
        self._meter.sent = len(body)
        if not self._words.older:
            self._note(f"upload completely sent off: {len(body)} bytes" if body else "Request completely sent off")
        reader = http.Reader(self._process, socket, self._deadline)
        response = yield from self._head(reader)
        location = response.get("Location") if options.follow and response.status // 100 == 3 else None
        yield from self._body(reader, response, discard=location is not None)
        yield self._process.sleep(_CLOSE)
        return location

    def _request(self, url: Url) -> tuple[bytes, bytes]:
        options = self._options
        data = "&".join(options.data)
        target = url.target
        if options.get and options.data:
            target, data = f"{target}{'&' if '?' in target else '?'}{data}", ""
        posts = bool(options.data) and not options.get
        method = options.method or ("HEAD" if options.head else "POST" if posts else "GET")
        self._variables["method"] = method
        fields: list[tuple[str, str]] = [("Host", url.authority)]
        user = options.user or url.user
        if user is not None:
            self._note(f"Server auth using Basic with user '{user.partition(':')[0]}'")
            secret = user if ":" in user else f"{user}:"
            fields.append(("Authorization", f"Basic {base64.b64encode(secret.encode()).decode()}"))
        if options.byte_range is not None:
            fields.append(("Range", f"bytes={options.byte_range}"))
        fields += [("User-Agent", options.agent or f"curl/{self._words.number}"), ("Accept", "*/*")]
        if options.referer is not None:
            fields.append(("Referer", options.referer))
        if posts:
            fields += [("Content-Length", str(len(encode(data)))), ("Content-Type", _FORM)]
        line = f"{method} {target} HTTP/{'1.0' if options.old_version else '1.1'}"
        return http.head(line, _with_own_headers(fields, options.headers)), encode(data) if posts else b""

    def _show_request(self, head: bytes, body: bytes) -> None:
        if self._options.verbose:
            lines = head.decode("latin-1").split("\r\n")[:-1]
            self._process.error("".join(f"> {line}\n" for line in lines))
            if body:
                self._process.error(f"}} [{len(body)} bytes data]\n")

    def _head(self, reader: http.Reader) -> Generator[Any, Any, http.Head]:
        if not (yield from reader.starts_with(b"HTTP/")):
            return (yield from self._headless(reader))
        while True:
            response = yield from reader.head()
            if response.status // 100 != 1:
                break
        lines = response.text.splitlines()
        failed = self._options.fail and response.status >= 400
        if self._options.verbose:
            shown = lines[:-1] if failed else lines
            self._process.error("".join(f"< {line}\n" for line in shown))
        version = response.line.split()[0].removeprefix("HTTP/").removesuffix(".0")
        self._variables |= {
            "http_code": f"{response.status:03}", "response_code": f"{response.status:03}", "http_version": version,
            "content_type": response.get("Content-Type") or "",
            "time_starttransfer": _seconds(self._process.now() - self._began),
            "size_header": str(len(response.text)),
        }  # fmt: skip
        if failed:
            words = f"The requested URL returned error: {response.status}"
            self._note(words)
            raise CurlError(22, words)
        if self._options.include or self._options.head:
            self._open().write(response.text)
        return response

    def _headless(self, reader: http.Reader) -> Generator[Any, Any, http.Head]:
        """Something else than a status line came, or nothing."""
        if not (yield from reader.has_data()):
            self._note("Empty reply from server")
            raise CurlError(52, "Empty reply from server")
        if not self._options.http09:
            self._note("Received HTTP/0.9 when not allowed")
            raise CurlError(1, "Received HTTP/0.9 when not allowed")
        return http.Head("", (), "")

    def _body(self, reader: http.Reader, response: http.Head, *, discard: bool) -> Generator[Any, Any, None]:
        head = self._options.head
        expected = not head and response.status not in (204, 304)
        body = http.Body.of(reader, response, expected=expected)
        self._meter.total = response.length
        decoder = Decoder()
        try:
            while data := (yield from body.piece()):
                self._received += len(data)
                self._meter.received = self._received
                if self._options.verbose:
                    self._process.error(f"{{ [{len(data)} bytes data]\n")
                if not discard:
                    self._write(decoder.decode(data), len(data))
        except http.Closed as closed:
            missing = closed.args[0]
            words = f"transfer closed with {missing} bytes remaining to read"
            self._note(words)
            raise CurlError(18, words) from None
        if self._options.verbose and expected and not self._received and response.status // 100 == 3:
            self._process.error("{ [0 bytes data]\n")

    # --- output -----------------------------------------------------------------------------------------------------

    _sink: Output | None = None

    def _write(self, text: str, size: int) -> None:
        try:
            self._open().write(text)
        except KernelError:
            raise CurlError(23, self._words.cannot_write(size)) from None

    def _open(self) -> Output:
        """Where the content goes: opened when the first of it is there."""
        if self._sink is None:
            self._sink = self._stdout if self._output in (None, "-") else self._create(self._output)
        return self._sink

    def _create(self, name: str | None) -> Output:
        if not name:
            name = Url.parse(self._text).target.partition("?")[0].rpartition("/")[2]
            if not name:
                raise CurlError(23, "Failed writing received data to disk/application")
        self._variables["filename_effective"] = name
        try:
            return create(self._process.context, absolute(self._process, name))
        except KernelError as error:
            if error.errno is Errno.EACCES:
                raise CurlError(23, f"Failed to open the file {name}: Permission denied") from None
            raise CurlError(23, self._words.cannot_write(self._received)) from None


def _with_own_headers(fields: list[tuple[str, str]], own: list[str]) -> list[tuple[str, str]]:
    """-H: `Name: value` replaces or adds, `Name:` takes away."""
    for header in own:
        name, colon, value = header.partition(":")
        at = next((index for index, (known, _) in enumerate(fields) if known.lower() == name.lower()), None)
        if not colon:
            continue
        if at is not None:
            del fields[at]
        if value.strip():
            fields.insert(len(fields) if at is None else at, (name, value.strip()))
    return fields


def _is_address(text: str) -> bool:
    try:
        parse_address(text)
    except ValueError:
        return False
    return True


def _seconds(nanoseconds: int) -> str:
    return f"{nanoseconds / SECOND:.6f}"
