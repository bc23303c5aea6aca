"""`netstat`: sockets, routes and interfaces, the old way (net-tools 2.10).

Not modelled: statistics (`-s`), masquerading (`-M`), endless listing (`-c`), users and inodes of
sockets (`-e`), timers (`-o`), routes of IPv6.  Nobody has UNIX sockets.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final

import attrs

from vnetsim.errors import NotModelled
from vnetsim.netfilter.services import service_name
from vnetsim.observations import SocketEntry
from vnetsim.process import Process, Program, Wait
from vnetsim.programs.libc.getopt import OptionError, parse
from vnetsim.programs.nettools.lib import (
    interface_row,
    interface_text,
    interfaces,
    print_usage,
    route_table,
    version_text,
)
from vnetsim.wire.inet import IPv4, IPv6

_LONG: Final = {
    "route": "r", "interfaces": "i", "groups": "g", "statistics": "s", "masquerade": "M", "verbose": "v", "wide": "W",
    "numeric": "n", "symbolic": "N", "extend": "e", "programs": "p", "timers": "o", "continuous": "c",
    "listening": "l", "all": "a", "fib": "F", "cache": "C", "context": "Z", "tcp": "t", "udp": "u", "udplite": "U",
    "sctp": "S", "raw": "w", "unix": "x", "inet": "4", "inet6": "6", "version": "V", "help": "h", "protocol=": "A",
}  # fmt: skip
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
_EMPTY: Final = "USx"
_WIDTH: Final = 23


@attrs.define
class _Options:
    letters: set[str] = attrs.field(factory=set)
    extended: int = 0

    def __contains__(self, letter: str) -> bool:
        return letter in self.letters


def main(process: Process) -> Program:
    options = _Options()
    try:
        parsed = parse(process.argv[1:], "A:CFMac64eghilnNoprsStuUvVWwxZ?", _LONG)
    except OptionError as error:
        process.error(f"{process.argv[0]}: {error}\n")
        print_usage(process, "netstat", wanted=False)
        return 3
    for letter, argument in parsed.options:
        if letter == "V":
            features = "+NEW_ADDRT +RTF_IRTT +RTF_REJECT +FW_MASQUERADE "
            process.write(version_text(features, authors=_AUTHORS))
            return 0
        if letter in "h?":
            print_usage(process, "netstat", wanted=True)
            return 0
        if letter == "Z":
            process.error("SELinux is not enabled on this machine.\n")
            return 1
        if letter in "sMco" or (letter == "A" and argument not in ("inet", "unix")):
            raise NotModelled(f"netstat -{letter}")
        options.letters.add(letter)
        options.extended += letter == "e"
    return _run(process, options)


def _run(process: Process, options: _Options) -> Program:
    if "r" in options:
        return _routes(process, options)
    if "g" in options:
        return _groups(process, options)
    if "i" in options:
        return _interfaces(process, options)
    return _sockets(process, options)


def _routes(process: Process, options: _Options) -> Generator[Wait, Any, int]:
    """Without `-e` it is the MSS that is shown, with it the metric."""
    if "6" in options:
        raise NotModelled("netstat -r -6")
    form = (1, 0, 2)[min(options.extended, 2)]
    process.write((yield from route_table(process, numeric="n" in options, form=form)))
    return 0


def _groups(process: Process, options: _Options) -> Generator[Wait, Any, int]:
    """igmp_info(): from /proc/net/igmp and igmp6."""
    if "4" in options or "6" in options:
        raise NotModelled("netstat -g of one family")
    process.write(_GROUP_HEAD)
    for family in ("inet", "inet6"):
        for entry in process.network.groups():
            if entry.family == family:
                assert isinstance(entry.address, IPv4 | IPv6)
                name = None if "n" in options else (yield process.reverse(entry.address))
                process.write(f"{entry.device:<15} {entry.users:<6d} {name or entry.address}\n")
    return 0


def _interfaces(process: Process, options: _Options) -> int:
    shown = [it for it in interfaces(process.network) if "a" in options or "UP" in it.flags]
    if "e" in options:
        process.write("Kernel Interface table\n" + "".join(interface_text(it) for it in shown))
    else:
        process.write(_INTERFACE_HEAD + "".join(interface_row(it) for it in shown))
    return 0


# --- sockets ----------------------------------------------------------------------------------------------------------


def _sockets(process: Process, options: _Options) -> int:
    if options.extended:
        raise NotModelled("netstat -e of sockets")
    which = "servers and established" if "a" in options else "only servers" if "l" in options else "w/o servers"
    protocols = [name for letter, name in _PROTOCOLS.items() if letter in options]
    everything = not protocols and not any(letter in options for letter in _EMPTY)
    if protocols or everything:
        heads = _SOCKET_HEAD + (_PROGRAM_HEAD if "p" in options else "")
        process.write(f"Active Internet connections ({which})\n{heads}\n")
        for protocol in protocols or _PROTOCOLS.values():
            _list(process, options, protocol)
    if "x" in options or everything:
        heads = _UNIX_HEAD + ("PID/Program name     Path" if "p" in options else "Path")
        process.write(f"Active UNIX domain sockets ({which})\n{heads}\n")
    return 0


def _list(process: Process, options: _Options, protocol: str) -> None:
    chosen = [it for it in process.network.sockets() if it.protocol == protocol and _is_wanted(options, it)]
    for version in (4, 6):
        if ("4" in options and version == 6) or ("6" in options and version == 4):
            continue
        own = [it for it in chosen if _version(it) == version]
        for socket in sorted(own, key=lambda it: it.state != "LISTEN"):
            process.write(_line(options, socket, protocol + ("6" if version == 6 else "")))


def _is_wanted(options: _Options, socket: SocketEntry) -> bool:
    serves = socket.state in ("LISTEN", "UNCONN")
    return "a" in options or serves == ("l" in options)


def _version(socket: SocketEntry) -> int:
    return 6 if socket.dual_stack else socket.local.version


def _line(options: _Options, socket: SocketEntry, protocol: str) -> str:
    local = _end(options, socket, remote=False)
    remote = _end(options, socket, remote=True)
    state = _STATES.get(socket.state, socket.state)
    line = (
        f"{protocol:<4}  {socket.receive_queue:>6} {_waiting(socket):>6} {local:<23} {remote:<23} {state:<11}"
    )  # fmt: skip
    if "p" in options:
        owner = "-" if socket.pid is None else f"{socket.pid}/{socket.process}"
        line += f" {owner:<19.19} "
    return f"{line}\n"


def _waiting(socket: SocketEntry) -> int:
    """Of a server, ss tells its backlog where netstat has nothing to tell."""
    return 0 if socket.state == "LISTEN" else socket.send_queue


def _end(options: _Options, socket: SocketEntry, *, remote: bool) -> str:
    address, number = (socket.remote, socket.remote_port) if remote else (socket.local, socket.local_port)
    port = "*" if not number else str(number)
    if number and "n" not in options:
        port = service_name(number, socket.protocol) or port
    host = str(address)
    if _version(socket) == 6 and not address:
        host = "::" if "n" in options else "[::]"
    room = _WIDTH - len(port) - 1
    return f"{host if 'W' in options else host[:room]}:{port}"
