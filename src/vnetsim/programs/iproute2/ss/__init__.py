"""`ss`: sockets (iproute2 6.1, and 7.3 in containers: misc/ss.c).

Only UDP, TCP and raw sockets are here; what has none of them (`-x`, `-0`, `--vsock` ...) lists nothing.

Not modelled: netlink sockets (so that `ss -a` needs a protocol), `-e -r -s -E -K -Z`, of `-i` what
`kernel.transport.tcp_info` leaves out, of `-m` all but the buffers, and of filters all but states, ports and addresses
that must all match.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs

from vnetsim.errors import NotModelled
from vnetsim.netfilter.services import service_name
from vnetsim.observations import SocketEntry
from vnetsim.process import Process, Program
from vnetsim.programs.iproute2.lib.arguments import usage_text
from vnetsim.programs.iproute2.ss import info as ssinfo
from vnetsim.programs.iproute2.ss.filter import ALL_STATES, BadFilter, Filter, parse_filter
from vnetsim.programs.libc.getopt import OptionError, parse

_LONG: Final = {
    "numeric": "n", "all": "a", "listening": "l", "processes": "p", "tcp": "t", "udp": "u", "raw": "w", "unix": "x",
    "packet": "0", "ipv4": "4", "ipv6": "6", "no-header": "H", "oneline": "O", "help": "h", "version": "V",
    "resolve": "r", "options": "o", "extended": "e", "memory": "m", "info": "i", "summary": "s", "events": "E",
    "kill": "K", "context": "Z", "contexts": "z", "net=": "N", "family=": "f", "query=": "A", "socket=": "A",
    "sctp": "S", "dccp": "d", "mptcp": "M", "threads": "T", "bpf": "b", "diag=": "D", "filter=": "F",
}  # fmt: skip
#: Letters of protocols that have sockets here, and of those that have none, with how many kinds of these there are.
_PROTOCOLS: Final = {"t": "tcp", "u": "udp", "w": "raw"}
_EMPTY: Final = {"x": 3, "0": 2, "S": 1, "d": 1}
#: The order of listing.
_ORDER: Final = ("raw", "udp", "tcp")
#: What is listed where no state was asked for: nobody listening, nothing half open.
_CONNECTED: Final = ALL_STATES - {"LISTEN", "UNCONN", "TIME-WAIT", "SYN-RECV"}
_VERSIONS: Final = {"bookworm": "iproute2-6.1.0", "forky": "iproute2-7.3.0"}
#: Letters of options that change nothing that is shown here.
_NOTHING: Final = "O"


@attrs.define
class _Options:
    numeric: bool = False
    everything: bool = False
    listening: bool = False
    processes: bool = False
    header: bool = True
    version: int | None = None
    protocols: set[str] = attrs.field(factory=set)
    empty: int = 0
    unix: bool = False
    info: bool = False
    memory: bool = False
    timers: bool = False


def main(process: Process) -> Program:
    """Exit status 255: no such option or filter."""
    name = process.argv[0].rpartition("/")[2]
    try:
        parsed = parse(process.argv[1:], "natlpuwx046HOhVroemisEKZzN:f:A:SdMTbD:F:", _LONG)
    except OptionError as error:
        process.error(f"{name}: {error}\n{usage_text('ss')}")
        return 255
    options = _Options()
    for letter, argument in parsed.options:
        if letter in "hV":
            process.write(usage_text("ss") if letter == "h" else f"ss utility, {_VERSIONS[process.context.release]}\n")
            return 0
        _set(options, letter, argument)
    try:
        chosen = parse_filter(parsed.operands)
    except BadFilter as error:
        process.error(str(error))
        return error.status
    _list(process, options, chosen)
    return 0


def _set(options: _Options, letter: str, argument: str) -> None:
    if letter in _PROTOCOLS:
        options.protocols.add(_PROTOCOLS[letter])
    elif letter in _SWITCHES:
        setattr(options, _SWITCHES[letter], True)
    elif letter in "46":
        options.version = int(letter)
    elif letter == "H":
        options.header = False
    elif letter == "f" and argument in ("inet", "inet6"):
        options.version = 4 if argument == "inet" else 6
    elif letter == "A":
        _query(options, argument)
    elif letter in _EMPTY:
        options.empty += _EMPTY[letter]
        options.unix = options.unix or letter == "x"
    elif letter not in _NOTHING:
        raise NotModelled(f"ss -{letter}")


_SWITCHES: Final = {
    "n": "numeric", "a": "everything", "l": "listening", "p": "processes", "i": "info", "m": "memory", "o": "timers",
}  # fmt: skip


def _query(options: _Options, text: str) -> None:
    for word in text.split(","):
        if word == "inet":
            options.protocols |= set(_ORDER)
        elif word in _ORDER:
            options.protocols.add(word)
        else:
            raise NotModelled(f"ss -A {word}")


# --- choosing ---------------------------------------------------------------------------------------------------------


def _list(process: Process, options: _Options, chosen: Filter) -> None:
    if not options.protocols and not options.empty:
        if options.everything or options.listening:
            raise NotModelled("ss without a protocol (netlink sockets)")
        protocols, kinds = set(_ORDER), len(_ORDER)
    else:
        protocols, kinds = options.protocols, len(options.protocols) + options.empty
    states = _states(options, chosen, protocols)
    sockets = [
        socket
        for socket in process.network.sockets()
        if socket.protocol in protocols and socket.state in states and chosen.wants(socket)
        and options.version in (None, _version(socket))
    ]  # fmt: skip
    sockets.sort(key=lambda it: (_ORDER.index(it.protocol), _version(it), it.state != "LISTEN"))
    newer = process.context.release != "bookworm"
    columns = _columns(
        options, kind=kinds > 1, state=len(states) > 1, process=options.processes or not newer
    )  # fmt: skip
    lines = _table([[column.text(socket) for column in columns] for socket in sockets], columns, options, newer)
    process.write(_with_more(lines, sockets, options))


def _with_more(lines: list[str], sockets: Sequence[SocketEntry], options: _Options) -> str:
    """Below each socket what -m and -i tell."""
    head = len(lines) - len(sockets)
    text = "".join(lines[:head])
    for line, socket in zip(lines[head:], sockets, strict=True):
        text += line + ssinfo.more(
            socket, info=options.info, memory=options.memory, numeric=options.numeric, options=options.timers
        )  # fmt: skip
    return text


def _states(options: _Options, chosen: Filter, protocols: set[str]) -> frozenset[str]:
    """What a filter says, what `-a` and `-l` say, or what is usual for the protocols."""
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


@attrs.frozen
class _Column:
    """`delimiter` stands before the column."""

    head: str
    delimiter: str = " "
    right: bool = False

    def text(self, socket: SocketEntry) -> str:
        raise NotImplementedError


class _Kind(_Column):
    def text(self, socket: SocketEntry) -> str:
        return socket.protocol if socket.protocol != "raw" else "p_raw"


class _State(_Column):
    def text(self, socket: SocketEntry) -> str:
        return socket.state


class _ReceiveQueue(_Column):
    def text(self, socket: SocketEntry) -> str:
        return f"{socket.receive_queue:<6}"


class _SendQueue(_Column):
    def text(self, socket: SocketEntry) -> str:
        return f"{socket.send_queue:<6}"


@attrs.frozen
class _Address(_Column):
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


@attrs.frozen
class _Port(_Column):
    remote: bool = False
    numeric: bool = False

    def text(self, socket: SocketEntry) -> str:
        port = socket.remote_port if self.remote else socket.local_port
        if not port:
            return "*"
        name = None if self.numeric else service_name(port, socket.protocol)
        return name or str(port)


@attrs.frozen
class _Process(_Column):
    """Empty without -p and -o."""

    users: bool = False
    timers: bool = False

    def text(self, socket: SocketEntry) -> str:
        text = ""
        if self.users and socket.process is not None and socket.pid is not None:
            text += f' users:(("{socket.process}",pid={socket.pid},fd={socket.descriptor}))'
        return text + (ssinfo.timer(socket) if self.timers else "")


def _columns(options: _Options, *, kind: bool, state: bool, process: bool) -> Sequence[_Column]:
    columns: list[_Column] = [_Kind("Netid")] if kind else []
    columns += [_State("State")] if state else []
    columns += [
        _ReceiveQueue("Recv-Q"), _SendQueue("Send-Q"),
        _Address("Local Address:", right=True), _Port("Port", delimiter="", numeric=options.numeric),
        _Address("Peer Address:", right=True, remote=True),
        _Port("Port", delimiter="", remote=True, numeric=options.numeric),
    ]  # fmt: skip
    if process or options.timers:
        columns.append(_Process("Process", delimiter="", users=options.processes, timers=options.timers))
    return columns


def _table(rows: list[list[str]], columns: Sequence[_Column], options: _Options, newer: bool) -> list[str]:
    """Every column as wide as its widest text, only that nobody measures the very last one.

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
