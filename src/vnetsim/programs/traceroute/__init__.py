"""`traceroute`: the hops on the path to a host (Modern traceroute for Linux 2.1.2; 2.1.6 in containers).

Probes by UDP (to a port of their own each, or with `-U` to port 53), by ICMP (`-I`) and by TCP (`-T`).

Not modelled: TCP with IPv6 or options of its own (`-O`), the other methods, extensions of ICMP (no host here sends
any), `-A`, `-g`, `-r`, `--mtu`, `--back`, `--sport`.
"""

from __future__ import annotations

from vnetsim.errors import KernelError, NotModelled
from vnetsim.process import Coroutine, Process, Program, Resolved
from vnetsim.process.network import Prober
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.traceroute.clif import failure
from vnetsim.programs.traceroute.options import TracerouteOptions, read
from vnetsim.programs.traceroute.session import TracerouteSession, with_zone
from vnetsim.sockets import ProbeSocket
from vnetsim.wire.inet import Address, inet_aton

_HTTP = 80


@ends_by_exit
def main(process: Process) -> Program:
    """Exit status 2: bad options, 1: it could not be tried."""
    return _run(process, read(process))


def _run(process: Process, options: TracerouteOptions) -> Coroutine[int]:
    socket: ProbeSocket | None = None
    try:
        address, zone = yield from _find(process, options)
        options.check(address.version)
        host = f"{options.operands[0]} ({with_zone(address, zone)})"
        header = f"traceroute to {host}, {options.hops} hops max, {options.length}"
        late = options.icmp or options.tcp
        if not late:
            process.write(f"{header} byte packets")
        socket = _open(process, options, address, zone)
        if late:
            process.write(f"{header} byte packets")
        yield from TracerouteSession(process, options, socket).run()
    finally:
        if socket is not None:
            socket.close()
    process.write("\n")
    return 0


def _find(process: Process, options: TracerouteOptions) -> Coroutine[tuple[Address, str | None]]:
    """The host's address, and the device that was named with it."""
    at, host = options.positional[0]
    number = inet_aton(host)
    if number is not None and options.version != 6:
        return number, None
    resolved: Resolved = yield process.resolve(host, options.version)
    if not resolved.addresses:
        error = "Address family for hostname not supported" if number is not None else resolved.error
        where = f"on position 1 (argc {at})"
        raise failure(f'{host}: {error}\nCannot handle "host" cmdline arg `{host}\' {where}')
    return resolved.addresses[0], resolved.zone


def _open(process: Process, options: TracerouteOptions, address: Address, zone: str | None) -> ProbeSocket:
    network = process.network
    if not isinstance(network, Prober):
        raise NotModelled("sending probes")
    if options.device is not None and not any(link.name == options.device for link in network.links()):
        raise Exit(1, stderr="\nsetsockopt SO_BINDTODEVICE: No such device\n")
    call = "connect" if options.source is None else "bind"
    protocol = "icmp" if options.icmp else "tcp" if options.tcp else "udp"
    try:
        return network.probe_socket(
            address, protocol=protocol, source=options.source, device=options.device,
            dont_fragment=options.dont_fragment, mark=options.mark, tos=options.tos, zone=zone,
            port=_port(options) if options.tcp else 0,
        )  # fmt: skip
    except KernelError as error:
        raise Exit(1, stderr=f"\n{call}: {error.errno.strerror}\n") from None


def _port(options: TracerouteOptions) -> int:
    return _HTTP if options.port is None else options.port & 0xFFFF
