"""`ss`: sockets (iproute2 6.1, and 7.3 in containers: misc/ss.c).

Only UDP, TCP and raw sockets are here; what has none of them (`-x`, `-0`, `--vsock` ...) lists nothing.

Not modelled: netlink sockets (so that `ss -a` needs a protocol), `-e -r -s -E -K -Z`, of `-i` what
`kernel.transport.tcp_info` leaves out, of `-m` all but the buffers, and of filters all but states, ports and addresses
that must all match.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.netfilter.services import service_name
from vnetsim.observations import SocketEntry
from vnetsim.process import Process, Program
from vnetsim.programs.iproute2.lib.arguments import usage_text
from vnetsim.programs.iproute2.ss import info as ssinfo
from vnetsim.programs.iproute2.ss.filter import ALL_STATES, SocketFilter, parse_filter
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.options import Options, flag, letters, option, switch
from vnetsim.values import define, frozen

#: Letters of protocols that have sockets here, and of those that have none, with how many kinds of these there are.
_EMPTY: Final = {"x": 3, "0": 2, "S": 1, "d": 1}
#: The order of listing.
_ORDER: Final = ("raw", "udp", "tcp")
#: What is listed without a state: no listeners, no half-open connections.
_CONNECTED: Final = ALL_STATES - {"LISTEN", "UNCONN", "TIME-WAIT", "SYN-RECV"}
_VERSIONS: Final = {"bookworm": "iproute2-6.1.0", "forky": "iproute2-7.3.0"}


@define
class SsOptions(Options):
    unmodelled = (
        "-r|--resolve -e|--extended -s|--summary -E|--events -K|--kill -Z|--context -z|--contexts -N|--net: -M|--mptcp "
        "-T|--threads -b|--bpf -D|--diag: -F|--filter: -R"
    )

    numeric: bool = flag("-n", "--numeric")
    everything: bool = flag("-a", "--all")
    listening: bool = flag("-l", "--listening")
    processes: bool = flag("-p", "--processes")
    header: bool = switch({"-H --no-header": False}, True)
    version: int | None = switch({"-4 --ipv4": 4, "-6 --ipv6": 6}, None)
    info: bool = flag("-i", "--info")
    memory: bool = flag("-m", "--memory")
    timers: bool = flag("-o", "--options")
    oneline: bool = flag("-O", "--oneline")
    absent: str = letters("-x --unix", "-0 --packet", "-S --sctp", "-d --dccp")
    protocols: frozenset[str] = frozenset()

    @property
    def empty(self) -> int:
        """How many of the given kinds of sockets do not exist here."""
        return sum(_EMPTY[letter] for letter in self.absent)

    @property
    def unix(self) -> bool:
        return "x" in self.absent

    @option("-t", "--tcp")
    def tcp(self, _: str) -> None:
        self.protocols |= {"tcp"}

    @option("-u", "--udp")
    def udp(self, _: str) -> None:
        self.protocols |= {"udp"}

    @option("-w", "--raw")
    def raw(self, _: str) -> None:
        self.protocols |= {"raw"}

    @option("-f", "--family", takes=":")
    def family(self, name: str) -> None:
        if name not in ("inet", "inet6"):
            raise NotModelled("ss -f")
        self.version = 4 if name == "inet" else 6

    @option("-A", "--query", "--socket", takes=":")
    def query(self, text: str) -> None:
        for kind in text.split(","):
            if kind != "inet" and kind not in _ORDER:
                raise NotModelled(f"ss -A {kind}")
            self.protocols |= set(_ORDER) if kind == "inet" else {kind}

    def misused(self, problem: str) -> Exit:
        return Exit(255, stderr=f"{self.program}: {problem}\n{usage_text('ss')}")

    @option("-h", "--help")
    def help(self, _: str) -> None:
        raise Exit(0, stdout=usage_text("ss"))

    @option("-V", "--version")
    def print_version(self, _: str) -> None:
        raise Exit(0, stdout=f"ss utility, {_VERSIONS[self.process.context.release]}\n")


@ends_by_exit
def main(process: Process) -> Program:
    """Exit status 255: no such option or filter."""
    options = SsOptions.read(process)
    if options.oneline and (options.info or options.memory):
        raise NotModelled("ss -O with -i or -m")
    _list(process, options, parse_filter(options.operands))
    return 0


# --- choosing ---------------------------------------------------------------------------------------------------------


def _list(process: Process, options: SsOptions, chosen: SocketFilter) -> None:
    if not options.protocols and not options.empty:
        if options.everything or options.listening:
            raise NotModelled("ss without a protocol (netlink sockets)")
        protocols, kinds = frozenset(_ORDER), len(_ORDER)
    else:
        protocols, kinds = options.protocols, len(options.protocols) + options.empty
    states = _states(options, chosen, protocols)
    sockets = [
        socket
        for socket in process.network.sockets()
        if socket.protocol in protocols
        and socket.state in states
        and chosen.wants(socket)
        and options.version in (None, _version(socket))
    ]
    sockets.sort(key=lambda it: (_ORDER.index(it.protocol), _version(it), it.state != "LISTEN"))
    newer = process.context.release != "bookworm"
    columns = _columns(options, kind=kinds > 1, state=len(states) > 1, process=options.processes or not newer)
    lines = _table([[column.text(socket) for column in columns] for socket in sockets], columns, options, newer)
    process.write(_with_more(lines, sockets, options))


def _with_more(lines: list[str], sockets: Sequence[SocketEntry], options: SsOptions) -> str:
    """The lines of -m and -i below each socket."""
    head = len(lines) - len(sockets)
    text = "".join(lines[:head])
    for line, socket in zip(lines[head:], sockets, strict=True):
        text += line + ssinfo.more(
            socket, info=options.info, memory=options.memory, numeric=options.numeric, options=options.timers
        )
    return text


def _states(options: SsOptions, chosen: SocketFilter, protocols: AbstractSet[str]) -> frozenset[str]:
    """The states of the filter, those of `-a` and `-l`, or the default of the protocols."""
    if chosen.states is not None:
        return chosen.states
    if options.everything:
        return ALL_STATES
    if options.listening:
        return frozenset({"LISTEN", "UNCONN"})
    return _CONNECTED if "tcp" in protocols or options.unix else frozenset({"ESTAB"})


def _version(socket: SocketEntry) -> int:
    return 6 if socket.dual_stack else socket.local.version


# --- printing ---------------------------------------------------------------------------------------------------------


@frozen
class _Column:
    """`delimiter` precedes the column."""

    head: str
    delimiter: str = " "
    right: bool = False

    def text(self, socket: SocketEntry) -> str:
        raise NotImplementedError


class _KindColumn(_Column):
    def text(self, socket: SocketEntry) -> str:
        return socket.protocol if socket.protocol != "raw" else "p_raw"


class _StateColumn(_Column):
    def text(self, socket: SocketEntry) -> str:
        return socket.state


class _ReceiveQueue(_Column):
    def text(self, socket: SocketEntry) -> str:
        return f"{socket.receive_queue:<6}"


class _SendQueue(_Column):
    def text(self, socket: SocketEntry) -> str:
        return f"{socket.send_queue:<6}"


@frozen
class _AddressColumn(_Column):
    remote: bool = False

    def text(self, socket: SocketEntry) -> str:
        address = socket.remote if self.remote else socket.local
        device = f"%{socket.device}" if socket.device is not None and not self.remote else ""
        if socket.dual_stack and not address:
            return f"*{device}:"
        if _version(socket) == 6:
            text = str(address) if address.version == 6 else f"::ffff:{address}"
            return f"[{text}]{device}:"
        return f"{address}{device}:"


@frozen
class _PortColumn(_Column):
    remote: bool = False
    numeric: bool = False

    def text(self, socket: SocketEntry) -> str:
        port = socket.remote_port if self.remote else socket.local_port
        if not port:
            return "*"
        name = None if self.numeric else service_name(port, socket.protocol)
        return name or str(port)


@frozen
class _ProcessColumn(_Column):
    """Empty without -p and -o."""

    users: bool = False
    timers: bool = False

    def text(self, socket: SocketEntry) -> str:
        text = ""
        if self.users and socket.process is not None and socket.pid is not None:
            text += f' users:(("{socket.process}",pid={socket.pid},fd={socket.descriptor}))'
        return text + (ssinfo.timer(socket) if self.timers else "")


def _columns(options: SsOptions, *, kind: bool, state: bool, process: bool) -> Sequence[_Column]:
    columns: list[_Column] = [_KindColumn("Netid")] if kind else []
    columns += [_StateColumn("State")] if state else []
    columns += [
        _ReceiveQueue("Recv-Q"),
        _SendQueue("Send-Q"),
        _AddressColumn("Local Address:", right=True),
        _PortColumn("Port", delimiter="", numeric=options.numeric),
        _AddressColumn("Peer Address:", right=True, remote=True),
        _PortColumn("Port", delimiter="", remote=True, numeric=options.numeric),
    ]
    if process or options.timers:
        columns.append(_ProcessColumn("Process", delimiter="", users=options.processes, timers=options.timers))
    return columns


def _table(rows: list[list[str]], columns: Sequence[_Column], options: SsOptions, newer: bool) -> list[str]:
    """Every column is as wide as its widest text, except the last one.

    Newer versions do not fill up the last column.
    """
    lines = [[column.head for column in columns], *rows] if options.header else rows
    widths = [max((len(line[at]) for line in lines), default=0) for at in range(len(columns))]
    widths[-1] = 0 if newer else max((len(line[-1]) for line in lines[:-1]), default=0)
    return [f"{_line(line, columns, widths)}\n" for line in lines]


def _line(cells: Sequence[str], columns: Sequence[_Column], widths: Sequence[int]) -> str:
    text = ""
    for index, (cell, column, width) in enumerate(zip(cells, columns, widths, strict=True)):
        filled = cell.rjust(width) if column.right else cell.ljust(width)
        text += (column.delimiter if index else "") + filled
    return text
