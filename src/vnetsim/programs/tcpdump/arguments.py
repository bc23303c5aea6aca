"""tcpdump's command line.

Not modelled: `-C -G -W -z` (many files), `-d` (compiled filters), `-E -M` (secrets), `-b -f -g -H -I -j -J -K -m -N -T
-u -V -y`, times in nanoseconds; `-B -O -Z` change nothing here.
"""

from __future__ import annotations

from typing import Final

import attrs

from vnetsim.digits import is_digits
from vnetsim.errors import NotModelled, VnetsimError
from vnetsim.process import Process
from vnetsim.programs.libc.getopt import OptionError, parse
from vnetsim.programs.resources import resource
from vnetsim.wire.pcap import SNAPSHOT

_SHORT: Final = "AbB:c:C:dDeE:fF:gG:hHi:Ij:JKlLm:M:nNOpqQ:r:s:StT:uUvV:w:W:xXy:z:Z:#"
_LONG: Final = {
    "buffer-size=": "B", "list-interfaces": "D", "help": "h", "interface=": "i", "monitor-mode": "I",
    "time-stamp-type=": "j", "list-time-stamp-types": "J", "dont-verify-checksums": "K", "list-data-link-types": "L",
    "no-optimize": "O", "no-promiscuous-mode": "p", "direction=": "Q", "snapshot-length=": "s", "linktype=": "y",
    "relinquish-privileges=": "Z", "number": "#", "print": "print", "version": "version", "count": "count",
    "absolute-tcp-sequence-numbers": "S", "packet-buffered": "U", "immediate-mode": "immediate", "micro": "micro",
    "nano": "nano", "time-stamp-precision=": "precision", "lengths": "lengths", "skip=": "skip",
}  # fmt: skip
_NOTHING: Final = ("B", "O", "Z", "micro")
_SWITCHES: Final = {
    "e": "link", "q": "quiet", "S": "absolute", "l": "line_buffered", "U": "packet_buffered", "p": "modest",
    "#": "numbered", "print": "prints", "count": "counts", "immediate": "immediate", "D": "lists_devices",
    "L": "lists_link_types",
}  # fmt: skip
_REPEATED: Final = {"n": "numeric", "v": "verbosity", "t": "times", "x": "hexadecimal", "X": "both", "A": "text"}
_VALUES: Final = {"i": "device", "r": "source", "w": "target", "F": "filter_file"}


class TcpdumpError(VnetsimError):
    """A complaint, exit status 1."""


class Done(VnetsimError):
    """Everything is said; `status` is the exit status."""

    def __init__(self, status: int) -> None:
        super().__init__()
        self.status = status


@attrs.define
class Arguments:
    """`hexadecimal`, `both` and `text` are how often -x, -X and -A were said, `times` -t, `numeric` -n.

    `modest` is -p: not every device can be promiscuous.
    """

    device: str | None = None
    source: str | None = None
    target: str | None = None
    filter_file: str | None = None
    expression: str = ""
    count: int | None = None
    snapshot: int = SNAPSHOT
    direction: str = "inout"
    link: bool = False
    quiet: bool = False
    absolute: bool = False
    line_buffered: bool = False
    packet_buffered: bool = False
    modest: bool = False
    numbered: bool = False
    prints: bool = False
    counts: bool = False
    immediate: bool = False
    lists_devices: bool = False
    lists_link_types: bool = False
    numeric: int = 0
    verbosity: int = 0
    times: int = 0
    hexadecimal: int = 0
    both: int = 0
    text: int = 0


def is_newer(process: Process) -> bool:
    """4.99.6 with libpcap 1.10.6, as in the images; not 4.99.3 with libpcap 1.10.3, as on the host."""
    return process.context.release != "bookworm"


def _version(release: str) -> str:
    return resource(f"tcpdump/usage/version.{release}.txt")


def _usage(release: str) -> str:
    return resource(f"tcpdump/usage/tcpdump.{release}.txt")


def read(process: Process) -> Arguments:
    """TcpdumpError and Done where it does not come to capturing."""
    release = process.context.release
    try:
        parsed = parse(process.argv[1:], _SHORT, _LONG)
    except OptionError as error:
        process.error(f"tcpdump: {error}\n{_version(release)}{_usage(release)}")
        raise Done(1) from None
    arguments = Arguments(expression=" ".join(parsed.operands))
    for option, value in parsed.options:
        if option in ("h", "version"):
            process.write(_version(release) + (_usage(release) if option == "h" else ""))
            raise Done(0)
        _set(process, arguments, option, value)
    if arguments.times > 5:
        raise TcpdumpError("only -t, -tt, -ttt, -tttt and -ttttt are supported")
    return arguments


def _set(process: Process, arguments: Arguments, option: str, value: str) -> None:
    if option in _SWITCHES:
        setattr(arguments, _SWITCHES[option], True)
    elif option in _REPEATED:
        name = _REPEATED[option]
        setattr(arguments, name, getattr(arguments, name) + 1)
    elif option in _VALUES:
        setattr(arguments, _VALUES[option], value)
    elif option in _CHECKED:
        _CHECKED[option](process, arguments, value)
    elif option not in _NOTHING:
        raise NotModelled(f"tcpdump {'-' if len(option) == 1 else '--'}{option}")


def _count(_process: Process, arguments: Arguments, text: str) -> None:
    if not is_digits(text) or not 0 < int(text) < 1 << 31:
        raise TcpdumpError(f"invalid packet count {text}")
    arguments.count = int(text)


def _snapshot(_process: Process, arguments: Arguments, text: str) -> None:
    if not is_digits(text) or int(text) > SNAPSHOT:
        raise TcpdumpError(f"invalid snaplen {text} (must be >= 0 and <= {SNAPSHOT})")
    arguments.snapshot = int(text) or SNAPSHOT


def _direction(process: Process, arguments: Arguments, text: str) -> None:
    if text.lower() not in ("in", "out", "inout"):
        quote = "'" if is_newer(process) else "`"
        raise TcpdumpError(f"unknown capture direction {quote}{text}'")
    arguments.direction = text.lower()


_CHECKED: Final = {"c": _count, "s": _snapshot, "Q": _direction}
