"""`traceroute`: which way packets take (Modern traceroute for Linux 2.1.2; 2.1.6 in containers).

Probes by UDP (to a port of their own each, or with `-U` to port 53) and by ICMP (`-I`).

Not modelled: TCP (`-T`) and the other methods, extensions of ICMP (nobody here sends any), `-A`, `-g`, `-r`, `--mtu`,
`--back`, `--sport`, IPv6.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from vnetsim.errors import KernelError, NotModelled
from vnetsim.process import Prober, ProbeSocket, Process, Program, Resolved, Wait
from vnetsim.programs.ping.target import inet_aton
from vnetsim.programs.traceroute.options import Options, TracerouteError, read
from vnetsim.programs.traceroute.session import Session
from vnetsim.wire.inet import Address


def main(process: Process) -> Program:
    """Exit status 2: bad options, 1: it could not be tried."""
    try:
        options = read(process)
    except TracerouteError as error:
        process.error(str(error))
        return error.status
    return _run(process, options)


def _run(process: Process, options: Options) -> Generator[Wait, Any, int]:
    socket: ProbeSocket | None = None
    try:
        address = yield from _find(process, options)
        options.check()
        if not options.icmp:
            _header(process, options, address)
        socket = _open(process, options, address)
        if options.icmp:
            _header(process, options, address)
        yield from Session(process, options, socket).run()
    except TracerouteError as error:
        process.error(str(error))
        return error.status
    finally:
        if socket is not None:
            socket.close()
    process.write("\n")
    return 0


def _header(process: Process, options: Options, address: Address) -> None:
    """The first hop will end this line."""
    process.write(f"traceroute to {options.host} ({address}), {options.hops} hops max, {options.length} byte packets")


def _find(process: Process, options: Options) -> Generator[Wait, Any, Address]:
    host = options.host
    number = inet_aton(host)
    if number is not None and options.version != 6:
        return number
    resolved: Resolved = yield process.resolve(host, options.version)
    if not resolved.addresses:
        error = "Address family for hostname not supported" if number is not None else resolved.error
        where = f"on position 1 (argc {options.host_at})"
        raise TracerouteError(2, f'{host}: {error}\nCannot handle "host" cmdline arg `{host}\' {where}\n')
    if resolved.addresses[0].version == 6:
        raise NotModelled("traceroute by IPv6")
    return resolved.addresses[0]


def _open(process: Process, options: Options, address: Address) -> ProbeSocket:
    network = process.network
    if not isinstance(network, Prober):
        raise NotModelled("sending probes")
    if options.device is not None and not any(link.name == options.device for link in network.links()):
        raise TracerouteError(1, "\nsetsockopt SO_BINDTODEVICE: No such device\n")
    call = "connect" if options.source is None else "bind"
    try:
        return network.probe_socket(
            address, protocol="icmp" if options.icmp else "udp", source=options.source, device=options.device,
            dont_fragment=options.dont_fragment, mark=options.mark, tos=options.tos,
        )  # fmt: skip
    except KernelError as error:
        raise TracerouteError(1, f"\n{call}: {error.errno.words}\n") from None
