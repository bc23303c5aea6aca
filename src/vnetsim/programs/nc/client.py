"""nc that connects: one port after the other (remote_connect, udptest, connection_info)."""

from __future__ import annotations

from typing import Any, Final

from vnetsim.clock import MICROSECOND, SECOND
from vnetsim.errors import Errno, KernelError
from vnetsim.netfilter.services import service_name
from vnetsim.process import Coroutine, Process, Resolved
from vnetsim.programs.nc.options import NcOptions, failure, local_port, scanned_ports
from vnetsim.programs.nc.relay import STEP, relay, relay_datagrams
from vnetsim.sockets import TcpSocket, UdpSocket
from vnetsim.wire.inet import Address, is_address

#: UDP_SCAN_TIMEOUT.
_SCAN_SECONDS: Final = 3
#: poll(2) with a timeout of 0 sees what is answered at once.
_AT_ONCE: Final = 500 * MICROSECOND
#: Names of services are not installed in containers.
_HAS_SERVICES: Final = "bookworm"


def run(process: Process, options: NcOptions) -> Coroutine[int]:
    ports = list(scanned_ports(options))
    if options.random:
        process.machine.random.shuffle(ports)
    source = yield from _source(process, options)
    status = 1
    for port in ports:
        connected = yield from _connect(process, options, port, source)
        if connected is not None:
            status = yield from _use(process, options, port, *connected)
    return status


def _source(process: Process, options: NcOptions) -> Coroutine[tuple[Resolved | None, int]]:
    """-s and -p."""
    port = 0
    if options.source_port:
        known = local_port(options.source_port, options)
        if known is None:
            raise failure("getaddrinfo: Servname not supported for ai_socktype")
        port = known
    if not options.source:
        return None, port
    resolved: Resolved = yield process.resolve(options.source, options.version)
    if resolved.error is not None:
        raise failure(f"getaddrinfo: {resolved.error}")
    return resolved, port


def _addresses(process: Process, options: NcOptions, port: int) -> Coroutine[Resolved]:
    resolved = Resolved(error="Name or service not known")
    if options.host and not (options.numeric and not is_address(options.host)):
        resolved = yield process.resolve(options.host, options.version)
    if resolved.error is not None:
        raise failure(f'getaddrinfo for host "{options.host}" port {port}: {resolved.error}')
    return resolved


def _connect(
    process: Process, options: NcOptions, port: int, source: tuple[Resolved | None, int]
) -> Coroutine[tuple[Any, str] | None]:
    """A connected socket and how its host is called, or None after the reason was resolved."""
    resolved = yield from _addresses(process, options, port)
    for address in resolved.addresses:
        numeric = str(address) if resolved.zone is None else f"{address}%{resolved.zone}"
        named = options.host if numeric == options.host else f"{options.host} ({numeric})"
        make = process.network.udp_socket if options.udp else process.network.tcp_socket
        socket: Any = make(address.version, owner=process)
        try:
            if source != (None, 0):
                _bind(socket, address, *source)
            if options.udp:
                socket.connect(address, port, resolved.zone)
                return socket, named
            timeout = None if options.wait is None else max(options.wait, _AT_ONCE)
            if (yield socket.connect(address, port, timeout, resolved.zone)):
                return socket, named
            outcome = f"timed out: {Errno.EINPROGRESS.strerror}"
        except KernelError as error:
            outcome = f"failed: {error.errno.strerror}"
        except BaseException:
            socket.close()
            raise
        socket.close()
        if options.verbose:
            process.error(f"nc: connect to {named} port {port} ({options.protocol}) {outcome}\n")
    return None


def _bind(socket: TcpSocket | UdpSocket, towards: Address, source: Resolved | None, port: int) -> None:
    try:
        if source is None:
            socket.bind(type(towards)(0), port)
        else:
            socket.bind(source.addresses[0], port, zone=source.zone)
    except KernelError as error:
        socket.close()
        raise failure(f"bind failed: {error.errno.strerror}") from None


def _use(process: Process, options: NcOptions, port: int, socket: Any, named: str) -> Coroutine[int]:
    try:
        if (options.verbose or options.scan) and not (yield from _tell(process, options, port, socket, named)):
            return 1
        if not options.scan:
            yield from (relay_datagrams if options.udp else relay)(process, options, socket)
    finally:
        socket.close()
    return 0


def _tell(process: Process, options: NcOptions, port: int, socket: Any, named: str) -> Coroutine[bool]:
    """Report success; of UDP, that no ICMP error came."""
    if options.udp and not (yield from _answers(process, options, socket)):
        return False
    if options.verbose or (options.scan and process.context.release != _HAS_SERVICES):
        known = process.context.release == _HAS_SERVICES and not options.numeric
        service = service_name(port, options.protocol) if known else None
        process.error(f"Connection to {named} {port} port [{options.protocol}/{service or '*'}] succeeded!\n")
    if options.scan:
        yield process.sleep(STEP // 2)
    return True


def _answers(process: Process, options: NcOptions, socket: UdpSocket) -> Coroutine[bool]:
    """udptest."""
    seconds = _SCAN_SECONDS if options.wait is None else options.wait // SECOND
    for pause in (STEP, *[SECOND] * seconds):
        if not _write(socket):
            return False
        yield process.sleep(pause)
    return _write(socket)


def _write(socket: UdpSocket) -> bool:
    try:
        socket.send(b"X")
    except KernelError:
        return False
    return True
