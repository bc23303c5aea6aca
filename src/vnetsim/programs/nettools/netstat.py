"""`netstat`: sockets, routes and interfaces (net-tools 2.10).

Not modelled: statistics (`-s`), masquerading (`-M`), endless listing (`-c`), users and inodes of
sockets (`-e`), timers (`-o`), routes of IPv6.  There are no UNIX sockets.
"""

from __future__ import annotations

from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.netfilter.services import service_name
from vnetsim.observations import SocketEntry
from vnetsim.process import Coroutine, Process, Program
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.options import count, flag, letters, option
from vnetsim.programs.nettools.lib import NettoolsOptions, interface_row, interface_text, interfaces, route_table
from vnetsim.values import define
from vnetsim.wire.inet import IPv4, IPv6

_AUTHORS: Final = "Fred Baumgarten, Alan Cox, Bernd Eckenfels, Phil Blundell, Tuan Hoang, Brian Micek and others\n"
_SOCKET_HEAD: Final = "Proto Recv-Q Send-Q Local Address           Foreign Address         State      "
_PROGRAM_HEAD: Final = " PID/Program name    "
_UNIX_HEAD: Final = "Proto RefCnt Flags       Type       State         I-Node   "
_INTERFACE_HEAD: Final = (
    "Kernel Interface table\nIface             MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg\n"
)
_GROUP_HEAD: Final = (
    "IPv6/IPv4 Group Memberships\nInterface       RefCnt Group\n--------------- ------ ---------------------\n"
)
_STATES: Final = {
    "ESTAB": "ESTABLISHED", "SYN-SENT": "SYN_SENT", "SYN-RECV": "SYN_RECV", "FIN-WAIT-1": "FIN_WAIT1",
    "FIN-WAIT-2": "FIN_WAIT2", "TIME-WAIT": "TIME_WAIT", "CLOSE-WAIT": "CLOSE_WAIT", "LAST-ACK": "LAST_ACK",
    "UNCONN": "",
}  # fmt: skip
_PROTOCOLS: Final = {"t": "tcp", "u": "udp", "w": "raw"}
_WIDTH: Final = 23


@define
class NetstatOptions(NettoolsOptions):
    tool = "netstat"
    features = "+NEW_ADDRT +RTF_IRTT +RTF_REJECT +FW_MASQUERADE "
    authors = _AUTHORS
    ignored = "-v|--verbose -N|--symbolic -F|--fib"
    unmodelled = "-C|--cache -s|--statistics -M|--masquerade -c|--continuous -o|--timers"

    route: bool = flag("-r", "--route")
    groups: bool = flag("-g", "--groups")
    interfaces: bool = flag("-i", "--interfaces")
    all: bool = flag("-a", "--all")
    listening: bool = flag("-l", "--listening")
    numeric: bool = flag("-n", "--numeric")
    programs: bool = flag("-p", "--programs")
    wide: bool = flag("-W", "--wide")
    extended: int = count("-e", "--extend")
    ipv4: bool = flag("-4", "--inet")
    ipv6: bool = flag("-6", "--inet6")
    sockets: str = letters("-t --tcp", "-u --udp", "-w --raw", "-U --udplite", "-S --sctp", "-x --unix")

    @option("-A", "--protocol", takes=":")
    def protocol(self, name: str) -> None:
        if name not in ("inet", "unix"):
            raise NotModelled("netstat -A")

    @option("-Z", "--context")
    def context(self, _: str) -> None:
        raise Exit(1, stderr="SELinux is not enabled on this machine.\n")


@ends_by_exit
def main(process: Process) -> Program:
    options = NetstatOptions.read(process)
    if options.route:
        return _routes(process, options)
    if options.groups:
        return _groups(process, options)
    if options.interfaces:
        return _interfaces(process, options)
    return _sockets(process, options)


def _routes(process: Process, options: NetstatOptions) -> Coroutine[int]:
    """Without `-e` it is the MSS that is shown, with it the metric."""
    if options.ipv6:
        raise NotModelled("netstat -r -6")
    form = (1, 0, 2)[min(options.extended, 2)]
    process.write((yield from route_table(process, numeric=options.numeric, form=form)))
    return 0


def _groups(process: Process, options: NetstatOptions) -> Coroutine[int]:
    """igmp_info(): from /proc/net/igmp and igmp6."""
    if options.ipv4 or options.ipv6:
        raise NotModelled("netstat -g of one family")
    process.write(_GROUP_HEAD)
    for family in ("inet", "inet6"):
        for entry in process.network.groups():
            if entry.family == family:
                assert isinstance(entry.address, IPv4 | IPv6)
                name = None if options.numeric else (yield process.reverse(entry.address))
                process.write(f"{entry.device:<15} {entry.users:<6d} {name or entry.address}\n")
    return 0


def _interfaces(process: Process, options: NetstatOptions) -> int:
    shown = [it for it in interfaces(process.network) if options.all or "UP" in it.flags]
    if options.extended:
        process.write("Kernel Interface table\n" + "".join(interface_text(it) for it in shown))
    else:
        process.write(_INTERFACE_HEAD + "".join(interface_row(it) for it in shown))
    return 0


# --- sockets ----------------------------------------------------------------------------------------------------------


def _sockets(process: Process, options: NetstatOptions) -> int:
    if options.extended:
        raise NotModelled("netstat -e of sockets")
    which = "servers and established" if options.all else "only servers" if options.listening else "w/o servers"
    protocols = [name for letter, name in _PROTOCOLS.items() if letter in options.sockets]
    everything = not options.sockets
    if protocols or everything:
        heads = _SOCKET_HEAD + (_PROGRAM_HEAD if options.programs else "")
        process.write(f"Active Internet connections ({which})\n{heads}\n")
        for protocol in protocols or _PROTOCOLS.values():
            _list(process, options, protocol)
    if "x" in options.sockets or everything:
        heads = _UNIX_HEAD + ("PID/Program name     Path" if options.programs else "Path")
        process.write(f"Active UNIX domain sockets ({which})\n{heads}\n")
    return 0


def _list(process: Process, options: NetstatOptions, protocol: str) -> None:
    chosen = [it for it in process.network.sockets() if it.protocol == protocol and _is_wanted(options, it)]
    for version in (4, 6):
        if (options.ipv4 and version == 6) or (options.ipv6 and version == 4):
            continue
        own = [it for it in chosen if _version(it) == version]
        for socket in sorted(own, key=lambda it: it.state != "LISTEN"):
            process.write(_line(options, socket, protocol + ("6" if version == 6 else "")))


def _is_wanted(options: NetstatOptions, socket: SocketEntry) -> bool:
    serves = socket.state in ("LISTEN", "UNCONN")
    return options.all or serves == options.listening


def _version(socket: SocketEntry) -> int:
    return 6 if socket.dual_stack else socket.local.version


def _line(options: NetstatOptions, socket: SocketEntry, protocol: str) -> str:
    local = _end(options, socket, remote=False)
    remote = _end(options, socket, remote=True)
    state = _STATES.get(socket.state, socket.state)
    line = f"{protocol:<4}  {socket.receive_queue:>6} {_waiting(socket):>6} {local:<23} {remote:<23} {state:<11}"
    if options.programs:
        owner = "-" if socket.pid is None else f"{socket.pid}/{socket.process}"
        line += f" {owner:<19.19} "
    return f"{line}\n"


def _waiting(socket: SocketEntry) -> int:
    """For a listening socket ss shows the backlog and netstat 0."""
    return 0 if socket.state == "LISTEN" else socket.send_queue


def _end(options: NetstatOptions, socket: SocketEntry, *, remote: bool) -> str:
    address, number = (socket.remote, socket.remote_port) if remote else (socket.local, socket.local_port)
    port = "*" if not number else str(number)
    if number and not options.numeric:
        port = service_name(number, socket.protocol) or port
    host = str(address)
    if _version(socket) == 6 and not address:
        host = "::" if options.numeric else "[::]"
    return f"{host if options.wide else host[: _WIDTH - len(port) - 1]}:{port}"
