"""From a URL to a connected socket (lib/hostip.c, lib/connect.c, lib/cf-socket.c)."""

from __future__ import annotations

from typing import Final

from vnetsim.clock import MILLISECOND, SECOND
from vnetsim.errors import Errno, KernelError
from vnetsim.process import Coroutine, Resolved
from vnetsim.programs.http.curl.easy import CurlEasy, CurlError
from vnetsim.programs.http.urls import Url
from vnetsim.sockets import TcpSocket
from vnetsim.values import define
from vnetsim.wire.inet import Address, is_address, parse_address

#: DEFAULT_CONNECT_TIMEOUT.
_TIMEOUT: Final = 300 * SECOND
#: As -v prints AF_INET and AF_INET6.
_FAMILIES: Final = {4: 2, 6: 10}


@define(eq=False)
class CurlConnector:
    """Tries the addresses of a host one after the other, from the time `began` on."""

    easy: CurlEasy
    url: Url
    began: int = 0

    def connect(self) -> Coroutine[TcpSocket]:
        easy, url = self.easy, self.url
        addresses = yield from self._addresses()
        self.began = easy.process.now()
        for address in addresses:
            socket = yield from self._try(address)
            if socket is not None:
                return socket
        waited = (easy.process.now() - self.began) // MILLISECOND
        easy.will_close()
        raise easy.fail(7, easy.version.cannot_connect(url.host, url.port, waited))

    # --- names ------------------------------------------------------------------------------------------------------

    def _addresses(self) -> Coroutine[tuple[Address, ...]]:
        easy, url = self.easy, self.url
        given = self._given_address()
        if given is not None or url.host in easy.known_hosts:
            easy.note(f"Hostname {url.host} was found in DNS cache")
        if given is not None:
            return (given,)
        easy.known_hosts.append(url.host)
        answer = easy.process.resolve(url.host, easy.options.version)
        until = easy.began + _TIMEOUT if easy.deadline is None else easy.deadline
        if not (yield from easy.wait(answer, until)):
            raise CurlError(28, f"Resolving timed out after {easy.milliseconds()} milliseconds")
        resolved: Resolved = yield answer
        easy.record_time("time_namelookup")
        if resolved.error is not None:
            raise self._unresolved()
        if not easy.version.older and not is_address(url.host):
            easy.note(f"Host {url.host}:{url.port} was resolved.")
            for version in (6, 4):
                found = ", ".join(str(address) for address in resolved.addresses if address.version == version)
                easy.note(f"IPv{version}: {found or '(none)'}")
        return resolved.addresses

    def _unresolved(self) -> CurlError:
        easy, url = self.easy, self.url
        if is_address(url.host):
            return CurlError(7, "Couldn't connect to server")
        text = f"Could not resolve host: {url.host}"
        easy.note(text)
        if not easy.version.older:
            easy.note(text)
            easy.note(f"Could not resolve: {url.host}:{url.port}")
        easy.will_close()
        return CurlError(6, text)

    def _given_address(self) -> Address | None:
        """--resolve HOST:PORT:ADDRESS."""
        for entry in self.easy.options.resolve:
            host, port, address = (*entry.split(":", 2), "", "")[:3]
            if host == self.url.host and port == str(self.url.port):
                try:
                    return parse_address(address.strip("[]"))
                except ValueError:
                    raise CurlError(49, f"Couldn't parse CURLOPT_RESOLVE entry '{entry}'") from None
        return None

    # --- one address ------------------------------------------------------------------------------------------------

    def _try(self, address: Address) -> Coroutine[TcpSocket | None]:
        """None if that address cannot be reached."""
        easy, port = self.easy, self.url.port
        shown = f"[{address}]" if address.version == 6 else str(address)
        easy.note(f"  Trying {shown}:{port}...")
        socket = easy.process.network.tcp_socket(address.version, owner=easy.process)
        try:
            self._bind(socket, address)
            wait = socket.connect(address, port)
            if not (yield from easy.wait(wait, self._until())):
                raise self._timed_out()
            yield wait
        except KernelError as error:
            source = f" from {socket.local[0]} port {socket.local[1]}" if not easy.version.older else ""
            socket.close()
            easy.note(f"connect to {address} port {port}{source} failed: {error.errno.strerror}")
            return None
        except BaseException:
            socket.close()
            raise
        self._connected(address, socket)
        return socket

    def _until(self) -> int:
        easy = self.easy
        timeout = _TIMEOUT if easy.options.connect_timeout is None else easy.options.connect_timeout
        until = self.began + timeout
        return until if easy.deadline is None else min(until, easy.deadline)

    def _timed_out(self) -> CurlError:
        easy, url, until = self.easy, self.url, self._until()
        if until == easy.deadline or not easy.version.older:
            late = 0 if easy.version.older else 1
            text = f"Connection timed out after {(until - easy.began) // MILLISECOND + late} milliseconds"
        else:
            waited = (until - self.began) // MILLISECOND
            easy.note(f"ipv4 connect timeout after {waited}ms, move on!")
            text = easy.version.cannot_connect(url.host, url.port, waited + 1, timed_out=True)
        easy.will_close()
        return easy.fail(28, text)

    def _bind(self, socket: TcpSocket, towards: Address) -> None:
        """bindlocal(): --interface and --local-port."""
        easy, options = self.easy, self.easy.options
        if options.interface is None and not options.local_ports:
            return
        source = self._interface_address(towards)
        for port in options.local_ports or (0,):
            try:
                socket.bind(source if source is not None else type(towards)(0), port)
            except KernelError as error:
                if error.errno is Errno.EADDRINUSE and port + 1 in options.local_ports:
                    easy.note(f"Bind to local port {port} failed, trying next")
                    continue
                text = easy.version.cannot_bind(self.url.host, self.url.port, int(error.errno), error.errno.strerror)
                raise CurlError(45, text) from None
            easy.note(f"Local port: {port}")
            return

    def _interface_address(self, towards: Address) -> Address | None:
        wanted = self.easy.options.interface
        if wanted is None:
            return None
        for entry in self.easy.process.network.addresses():
            if entry.device == wanted and entry.address.version == towards.version:
                return entry.address
        try:
            address = parse_address(wanted)
        except ValueError:
            raise CurlError(45, f"Couldn't bind to interface '{wanted}'") from None
        family = _FAMILIES[address.version]
        self.easy.note(f"Name '{wanted}' family {family} resolved to '{address}' family {family}")
        return address

    def _connected(self, address: Address, socket: TcpSocket) -> None:
        easy, host, port = self.easy, self.url.host, self.url.port
        number = easy.connections
        easy.connections += 1
        local, local_port = socket.local
        if easy.version.older:
            easy.note(f"Connected to {host} ({address}) port {port} (#{number})")
        else:
            easy.note(f"Established connection to {host} ({address} port {port}) from {local} port {local_port} ")
        easy.will_close(number)
        easy.variables |= {
            "num_connects": str(easy.connections),
            "remote_ip": str(address),
            "remote_port": str(port),
            "local_ip": str(local),
            "local_port": str(local_port),
        }
        easy.record_time("time_connect")
