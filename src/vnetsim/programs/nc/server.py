"""nc that waits to be called (-l: local_listen, report_sock)."""

from __future__ import annotations

from typing import Any

from vnetsim.errors import KernelError
from vnetsim.process import Coroutine, Process, Resolved
from vnetsim.programs.libc.octets import decode
from vnetsim.programs.nc.options import NcOptions, local_port
from vnetsim.programs.nc.relay import relay, relay_datagrams
from vnetsim.sockets import Datagram, TcpSocket, UdpSocket
from vnetsim.wire.inet import ANY4, ANY6, Address

_BACKLOG = 1


def run(process: Process, options: NcOptions) -> Coroutine[int]:
    port = local_port(options.ports[0], options)
    if port is None:
        process.error("nc: getaddrinfo: Servname not supported for ai_socktype\n")
        return 1
    resolved = Resolved(tuple(it for it in (ANY4, ANY6) if options.version in (None, it.version)))
    if options.host:
        resolved = yield process.resolve(options.host, options.version)
        if resolved.error is not None:
            process.error(f"nc: getaddrinfo: {resolved.error}\n")
            return 1
    try:
        socket = _listen(process, options, resolved, port)
    except KernelError as error:
        process.error(f"nc: {error.errno.strerror}\n")
        return 1
    try:
        if options.verbose:
            yield from _report(process, options, "Bound on" if options.udp else "Listening on", *socket.local)
        yield from (_hear(process, options, socket) if options.udp else _answer(process, options, socket))
    finally:
        socket.close()
    return 0


def _listen(process: Process, options: NcOptions, at: Resolved, port: int) -> Any:
    """On the first address that can be had: KernelError of the last one."""
    refused: KernelError | None = None
    for address in at.addresses:
        make = process.network.udp_socket if options.udp else process.network.tcp_socket
        socket: Any = make(address.version, owner=process)
        try:
            if options.udp:
                socket.bind(address, port, zone=at.zone)
            else:
                socket.bind(address, port, reuse=True, reuse_port=True, zone=at.zone)
                socket.listen(_BACKLOG)
        except KernelError as error:
            socket.close()
            refused = error
        else:
            return socket
    assert refused is not None
    raise refused


def _answer(process: Process, options: NcOptions, listener: TcpSocket) -> Coroutine[None]:
    while True:
        connection: TcpSocket = yield listener.accept()
        try:
            if options.verbose:
                yield from _report(process, options, "Connection received on", *connection.remote)
            yield from relay(process, options, connection)
        finally:
            connection.close()
        if not options.keep:
            return


def _hear(process: Process, options: NcOptions, socket: UdpSocket) -> Coroutine[None]:
    """With -k from every peer; without it, only from the peer of the first datagram."""
    datagram: Datagram = yield socket.receive()
    if options.keep:
        while True:
            process.write(decode(datagram.data))
            datagram = yield socket.receive()
    socket.connect(datagram.source, datagram.source_port, datagram.zone)
    if options.verbose:
        yield from _report(process, options, "Connection received on", datagram.source, datagram.source_port)
    yield from relay_datagrams(process, options, socket, datagram)


def _report(process: Process, options: NcOptions, what: str, address: Address, port: int) -> Coroutine[None]:
    name: str | None = str(address)
    if not options.numeric:
        name = yield process.reverse(address)
    if name is None:
        process.error("nc: getnameinfo: Temporary failure in name resolution\n")
    else:
        process.error(f"{what} {name} {port}\n")
