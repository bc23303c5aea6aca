"""`--expose`: published ports are open on the loopback of the computer.

A port is bound there while it is published: 127.0.0.1 for addresses of IPv4, ::1 (where there is one) for IPv6.
A real client becomes a client of the simulated machine: a program on it that connects to the published address over
its loopback (`Origin.HOST`, what a browser beside a real engine is: docker-proxy answers it), or one on the machine
`lan` outside (`Origin.LAN`: DNAT, FORWARD and DOCKER-USER decide).  Bytes travel as segments; what the rules drop, the
queues delay and the container refuses, the real client feels.

A port that is taken on the computer is refused as one that is taken on the machine: the start of the container fails
with "address already in use", and a sentence says where.  A real client is always connected first (its kernel does
that): a connection that the simulation does not complete is reset then.

Not modelled: SCTP, addresses of the computer other than the loopback.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import socket
from collections.abc import Callable
from typing import Final

import attrs

from vnetsim.errors import Errno, KernelError
from vnetsim.process.machine import Machine
from vnetsim.process.network import Network
from vnetsim.serve.datagrams import DatagramRelay
from vnetsim.serve.pace import Pace
from vnetsim.serve.relay import SimulatedConnection, finish, relay, reset, while_open
from vnetsim.values import frozen
from vnetsim.wire.inet import Address, parse_address

#: Connections of real clients at the same time; a further one is reset.
MOST_CLIENTS: Final = 1024
_BACKLOG: Final = 1024
_LOOPBACK: Final = {4: "127.0.0.1", 6: "::1"}
_FAMILY: Final = {4: socket.AF_INET, 6: socket.AF_INET6}
_TYPE: Final = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}
_REFUSED: Final = {13: Errno.EACCES, 98: Errno.EADDRINUSE, 48: Errno.EADDRINUSE, 10048: Errno.EADDRINUSE}
#: EADDRNOTAVAIL and EAFNOSUPPORT of Linux, the BSDs and Windows.
_NO_ADDRESS: Final = (99, 97, 49, 47, 10049, 10047)


class Origin(enum.Enum):
    """Where real clients are in the simulation."""

    HOST = "host"
    LAN = "lan"


@frozen
class HostPort:
    """`protocol` is tcp or udp, `host` an address of the simulated machine."""

    protocol: str
    #: 0.0.0.0 and :: are equal as numbers.
    host: Address = attrs.field(eq=str)
    port: int

    @property
    def real(self) -> str:
        """Where it is on the computer, for people."""
        address = _LOOPBACK[self.host.version]
        return f"{f'[{address}]' if ':' in address else address}:{self.port}/{self.protocol}"


class ExposedPorts:
    """Implements libnetwork.portmapper.PortDriver; `complain` gets a sentence for each port that is not bound."""

    def __init__(
        self, machine: Callable[[], Machine], pace: Pace, origin: Origin, complain: Callable[[str], object]
    ) -> None:
        self._machine, self._pace, self._origin, self._complain = machine, pace, origin, complain
        self._open: dict[HostPort, _ExposedPort] = {}
        self.clients: set[asyncio.Task[None]] = set()

    def add(self, protocol: str, host: Address, port: int) -> None:
        published = HostPort(protocol, host, port)
        if self._origin is Origin.LAN and host.is_loopback:
            self._complain(
                f"vnetsim: --expose=lan: {_shown(host)}:{port} is published on the loopback, where `lan` is not"
            )
            return
        bound = self._bind(published)
        if bound is not None:
            self._open[published] = _ExposedPort(bound, published, self)

    def remove(self, protocol: str, host: Address, port: int) -> None:
        found = self._open.pop(HostPort(protocol, host, port), None)
        if found is not None:
            found.close()

    async def close(self) -> None:
        """Close all ports, and reset the connections of all clients."""
        for published in list(self._open):
            self.remove(published.protocol, published.host, published.port)
        for task in self.clients:
            task.cancel()
        await asyncio.gather(*self.clients, return_exceptions=True)

    def _bind(self, published: HostPort) -> socket.socket | None:
        """None where the computer has no such address; KernelError."""
        version = published.host.version
        try:
            found = socket.socket(_FAMILY[version], _TYPE[published.protocol])
        except OSError:
            return None
        try:
            if version == 6:
                found.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            if published.protocol == "tcp":
                found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            found.bind((_LOOPBACK[version], published.port))
            if published.protocol == "tcp":
                found.listen(_BACKLOG)
        except OSError as error:
            found.close()
            if version == 6 and error.errno in _NO_ADDRESS:
                return None
            refused = _REFUSED.get(error.errno or 0, Errno.EADDRINUSE)
            reason = f"{refused.strerror[0].lower()}{refused.strerror[1:]}"
            self._complain(f"vnetsim: --expose: {published.real} of this computer: {reason}")
            raise KernelError(refused) from None
        found.setblocking(False)
        return found

    # --- clients -----------------------------------------------------------------------------------------------------

    def target(self, published: HostPort) -> tuple[Network, Address, int]:
        """The namespace of clients, and what they connect to; KernelError."""
        machine, host = self._machine(), published.host
        if self._origin is Origin.HOST:
            return machine.host.network, host if int(host) else parse_address(_LOOPBACK[host.version]), published.port
        lan = machine.namespace(Origin.LAN.value)
        return lan, host if int(host) else _facing(machine.host.network, lan, host.version), published.port

    async def connected(self, published: HostPort, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a real client to its end."""
        task = asyncio.current_task()
        assert task is not None
        if len(self.clients) >= MOST_CLIENTS:
            reset(writer)
            return
        self.clients.add(task)
        try:
            await self._serve(published, reader, writer)
            await finish(writer)
        except (KernelError, ConnectionError, asyncio.CancelledError):
            reset(writer)
        finally:
            self.clients.discard(task)

    async def _serve(self, published: HostPort, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        network, address, port = self.target(published)
        connection = SimulatedConnection(network.tcp_socket(address.version), self._pace)
        try:
            await while_open(writer, asyncio.ensure_future(connection.connect(address, port)))
            await relay(connection, reader, writer)
        finally:
            connection.close()

    def datagrams(self, published: HostPort) -> DatagramRelay:
        return DatagramRelay(lambda: self.target(published), self._pace)


class _ExposedPort:
    """A real socket, and who serves it: from the next turn of the event loop on."""

    def __init__(self, bound: socket.socket, published: HostPort, ports: ExposedPorts) -> None:
        self._socket, self._published, self._ports = bound, published, ports
        self._server: asyncio.Server | asyncio.DatagramTransport | None = None
        self._starting = asyncio.ensure_future(self._serve())

    async def _serve(self) -> None:
        if self._published.protocol == "udp":
            loop, make = asyncio.get_running_loop(), lambda: self._ports.datagrams(self._published)
            self._server, _ = await loop.create_datagram_endpoint(make, sock=self._socket)
        else:
            self._server = await asyncio.start_server(self._connected, sock=self._socket)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._ports.connected(self._published, reader, writer)

    def close(self) -> None:
        """The port is free at once; connections stay."""
        self._starting.cancel()
        if self._server is not None:
            self._server.close()
        with contextlib.suppress(OSError):
            self._socket.close()


def _facing(host: Network, lan: Network, version: int) -> Address:
    """The host's address that `lan` reaches it by; KernelError without one."""
    theirs = [entry.address for entry in lan.addresses() if entry.address.version == version]
    ours = [entry.address for entry in host.addresses() if entry.address.version == version]
    for address in theirs:
        if not address.is_loopback and (source := host.route_get(address).source) in ours:
            return source
    raise KernelError(Errno.ENETUNREACH)


def _shown(host: Address) -> str:
    return f"[{host}]" if host.version == 6 else str(host)
