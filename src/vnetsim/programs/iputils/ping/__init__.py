"""`ping`: echo requests and replies (iputils 20221126; 20250605 in containers).

`options` parses the command line, the socket is made here, `session` sends and listens, `report` prints.

Not modelled: IP timestamps (`-T`), source routing, `-r`, `-e`, `-F`, `-N`, `-L` to multicast, `-3`, and checking the
data that comes back.
"""

from __future__ import annotations

from typing import Final

from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.process import Coroutine, Process, Program
from vnetsim.programs.iputils.ping.options import PingOptions, read
from vnetsim.programs.iputils.ping.report import PingReport
from vnetsim.programs.iputils.ping.session import PingSession
from vnetsim.programs.iputils.ping.target import Target, find
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.sockets import PingSocket
from vnetsim.wire.inet import ANY4, Address, IPv4

_PING_GROUPS: Final = "/proc/sys/net/ipv4/ping_group_range"
_ROOT_GROUP: Final = 0
#: -M: whether packets must go in one piece; None is as long as the path takes them.
_DISCOVERY: Final = {"do": True, "want": None, "dont": False}
#: A NOP, and a record route option with nine slots (RFC 791).
_RECORD_ROUTE: Final = bytes((1, 7, 39, 4)) + bytes(36)


@ends_by_exit
def main(process: Process) -> Program:
    """Exit status 0: a reply arrived, 1: none did, 2: no request could be sent."""
    return _run(process, read(process))


def _run(process: Process, options: PingOptions) -> Coroutine[int]:
    raw = _socket_type(process, options)
    target = yield from find(process, options)
    socket, address = _open(process, options, target)
    try:
        report = PingReport(process, options, target, address, raw=raw)
        report.header(socket.source)
        return (yield from PingSession(process, options, socket, report, raw=raw).run())
    finally:
        socket.close()


def _socket_type(process: Process, options: PingOptions) -> bool:
    """Whether it is a raw socket: only groups of ping_group_range may have the other, harmless kind."""
    text = process.files.read(_PING_GROUPS) if process.files.exists(_PING_GROUPS) else "1 0"
    low, high = (int(gid) for gid in text.split())
    raw = not low <= _ROOT_GROUP <= high
    if raw and not process.context.raw_sockets:
        raise Exit(2, "socktype: SOCK_RAW", f"socket: {Errno.EPERM.strerror}")
    if options.verbose:
        _describe_sockets(process, options, "SOCK_RAW" if raw else "SOCK_DGRAM")
    return raw


def _describe_sockets(process: Process, options: PingOptions, kind: str) -> None:
    family = {None: "AF_UNSPEC", 4: "AF_INET", 6: "AF_INET6"}[options.version]
    sockets, number = [], 3
    for version in (4, 6):
        wanted = options.version in (None, version)
        sockets.append(f"sock{version}.fd: {number if wanted else -1} (socktype: {kind if wanted else 0})")
        number += wanted
    text = f"{', '.join(sockets)}, hints.ai_family: {family}\n"
    process.error(f"{process.argv[0]}: {text}" if options.newer else f"{process.argv[0]}: {text}\n")


# --- making the socket ------------------------------------------------------------------------------------------------


def _open(process: Process, options: PingOptions, target: Target) -> tuple[PingSocket, Address]:
    """The socket and whom it talks to: this host if the target is 0.0.0.0."""
    address = target.address
    if options.device and not any(options.device in (link.name, *link.altnames) for link in process.network.links()):
        if address.version == 6:
            raise Exit(2, f"unknown iface: {options.device}")
        raise Exit(2, f"SO_BINDTODEVICE {options.device}: {Errno.ENODEV.strerror}")
    if options.source is not None and options.source.version != address.version:
        options.source = None  # iputils keeps one of each family, and this is the other's
    socket = (_connect if options.source is None else _bind)(process, options, target)
    if address == ANY4 and isinstance(address, IPv4):
        local = socket.source
        socket.close()
        if local == ANY4:
            raise Exit(2, f"connect: {Errno.ENETUNREACH.strerror}")
        return _open(process, options, Target(target.name, local, target.numeric))
    if options.device and options.source is None and not _is_of_device(process, options.device, socket.source):
        text = f"Warning: source address might be selected on device other than: {options.device}"
        process.error(f"{process.argv[0]}: {text}\n")
    if options.ttl == 0 and address.version == 4:
        socket.close()
        raise Exit(2, f"cannot set unicast time-to-live: {Errno.EINVAL.strerror}")
    return socket, address


def _bind(process: Process, options: PingOptions, target: Target) -> PingSocket:
    try:
        return _make(process, options, target, broadcast=options.broadcast)
    except KernelError as error:
        call = "bind" if target.address.version == 4 else "bind icmp socket"
        raise Exit(2, f"{call}: {error.errno.strerror}") from None


def _connect(process: Process, options: PingOptions, target: Target) -> PingSocket:
    """Broadcasts are not pinged by mistake."""
    try:
        return _make(process, options, target, broadcast=False)
    except KernelError as error:
        if error.errno is not Errno.EACCES or target.address.version == 6:
            raise Exit(2, f"connect: {error.errno.strerror}") from None
    if not options.broadcast:
        raise Exit(2, "Do you want to ping broadcast? Then -b. If not, check your local firewall rules")
    process.error("WARNING: pinging broadcast address\n")
    try:
        return _make(process, options, target, broadcast=True)
    except KernelError as error:
        raise Exit(2, f"connect: {error.errno.strerror}") from None


def _make(process: Process, options: PingOptions, target: Target, *, broadcast: bool) -> PingSocket:
    address = target.address
    many = (options.broadcast and address.version == 4) or address.is_multicast
    if options.no_loop and address.is_multicast:
        raise NotModelled("ping -L to a multicast group")
    recording = options.record_route and address.version == 4
    return process.network.ping_socket(
        address, source=options.source, device=options.device or None,
        ttl=options.ttl if address.version == 4 else options.ttl or None, broadcast=broadcast,
        dont_fragment=_DISCOVERY[options.path_mtu or ("do" if many else "want")], discovers=options.path_mtu == "want",
        mark=options.mark,
        tos=options.tos, options=_RECORD_ROUTE if recording else b"", zone=target.zone,
        send_buffer=options.send_buffer or _estimated(options.size + 8, 40 if recording else 0),
    )  # fmt: skip


def _estimated(length: int, options: int) -> int:
    """The SO_SNDBUF that iputils sets: its estimate of the memory that one request takes."""
    return length + (length + 511) // 512 * (options + 20 + 16 + 64 + 160)


def _is_of_device(process: Process, device: str, address: Address) -> bool:
    return any(entry.device == device and entry.address == address for entry in process.network.addresses())
