"""What ping is asked for: its options, as getopt(3) and iputils read them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Final

import attrs

from vnetsim.errors import Errno, NotModelled, VnetsimError
from vnetsim.process import Process
from vnetsim.programs.libc.getopt import OptionError, parse
from vnetsim.programs.resources import resource
from vnetsim.wire.inet import Address, IPv4, IPv6

_LETTERS: Final = "h?4bRT:6F:N:aABc:CdDe:fi:I:l:Lm:M:nOp:qQ:rs:S:t:UvVw:W:"
_NEWER_LETTERS: Final = "3H"
_LONG_MAX: Final = (1 << 63) - 1
_INT_MAX: Final = (1 << 31) - 1
#: Data behind headers of 28 bytes in the longest IPv4 packet.
_LONGEST_DATA: Final = 65507
_INTEGER: Final = re.compile(r"\s*[+-]?\d+")
_FLOAT: Final = re.compile(r"\s*[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|inf(?:inity)?|nan)", re.IGNORECASE)
_GARBAGE: Final = "option argument contains garbage"


class PingError(VnetsimError):
    """ping ends with `status` after saying `lines`, and perhaps how it is used."""

    def __init__(self, status: int, *lines: str, usage: str = "") -> None:
        super().__init__(*lines)
        self.status: Final = status
        self.lines: Final = lines
        self.usage: Final = usage


@attrs.define
class Options:
    """Times are in milliseconds (`linger`, `interval`) and seconds (`deadline`), as iputils keeps them."""

    newer: bool = False
    target: str = ""
    version: int | None = None
    count: int = 0
    interval: int = 1000
    interval_said: bool = False
    linger: int = 10_000
    deadline: int = 0
    preload: int = 1
    size: int = 56
    send_buffer: int | None = None
    pattern: bytes | None = None
    ttl: int | None = None
    tos: int = 0
    mark: int = 0
    source: Address | None = None
    strict_source: bool = False
    device: str | None = None
    path_mtu: str | None = None
    broadcast: bool = False
    record_route: bool = False
    adaptive: bool = False
    audible: bool = False
    flood: bool = False
    numeric: bool = False
    names_forced: bool = False
    no_loop: bool = False
    outstanding: bool = False
    quiet: bool = False
    timestamps: bool = False
    verbose: bool = False


def read(process: Process) -> Options:
    """The options of this process; PingError where ping would end."""
    options = Options(newer=process.context.release != "bookworm")
    name = process.argv[0].rpartition("/")[2]
    options.version = {"ping4": 4, "ping6": 6}.get(name)
    for letter, argument in _letters(process, options):
        handle = _HANDLERS.get(letter)
        if handle is None:
            raise NotModelled(f"ping -{letter}")
        handle(process, options, argument)
    if not options.target:
        status = 2 if options.newer else 1
        raise PingError(status, f"usage error: {Errno.EDESTADDRREQ.words}")
    if options.flood and not options.interval_said:
        options.interval = 0
    if options.pattern is not None and not options.quiet:
        process.write(f"PATTERN: 0x{options.pattern.hex()}\n")
    return options


def _letters(process: Process, options: Options) -> list[tuple[str, str]]:
    usage = resource(f"iputils/usage/ping.{process.context.release}.txt")
    try:
        # getopt(3) knows no long options: `--bogus` is the letter `-`.
        words = ["-\0" if word.startswith("--") and word != "--" else word for word in process.argv[1:]]
        parsed = parse(words, _LETTERS + (_NEWER_LETTERS if options.newer else ""))
    except OptionError as error:
        raise PingError(2, str(error).replace("\0", "-"), usage=usage) from None
    if any(letter in "h?" for letter, _ in parsed.options):
        raise PingError(2, usage=usage)
    if len(parsed.operands) > 1:
        raise NotModelled("ping by way of several hosts (source routing)")
    if parsed.operands:
        options.target = parsed.operands[0]
        if not options.target:
            raise PingError(2, ": Name or service not known")
    return list(parsed.options)


# --- numbers ----------------------------------------------------------------------------------------------------------


def _integer(text: str, low: int, high: int, what: str = "invalid argument") -> int:
    """strtol_or_err(): decimal."""
    if not _INTEGER.fullmatch(text):
        raise PingError(1, f"{what}: '{text}'")
    value = int(text)
    if not low <= value <= high:
        raise PingError(1, f"{what}: '{text}': out of range: {low} <= value <= {high}")
    return value


def _seconds(process: Process, text: str, what: str) -> float:
    """ping_strtod(): what stands behind the number is only complained about."""
    if not text:
        raise PingError(2, f"{what}: ")
    found = _FLOAT.match(text)
    rest = text[found.end() :] if found else text
    if rest:
        for line in (f"{_GARBAGE}: {rest}", "this will become fatal error in the future"):
            process.error(f"{process.argv[0]}: {line}\n")
    value = float(found[0]) if found else 0.0
    if not math.isfinite(value):
        raise PingError(2, f"{what}: {text}: {Errno.ERANGE.words}")
    return value


# --- one function an option -------------------------------------------------------------------------------------------


def _count(_: Process, options: Options, text: str) -> None:
    options.count = _integer(text, 1, _LONG_MAX)


def _interval(process: Process, options: Options, text: str) -> None:
    seconds = _seconds(process, text, "bad timing interval")
    if seconds > _INT_MAX // 1000 or (options.newer and seconds < 0):
        raise PingError(2, f"bad timing interval: {text}")
    if seconds < 0:
        raise NotModelled("ping with an interval below zero, which never sends")
    options.interval, options.interval_said = int(seconds * 1000), True


def _linger(process: Process, options: Options, text: str) -> None:
    seconds = _seconds(process, text, "bad linger time")
    if not 0 <= seconds <= _INT_MAX // 1000:
        raise PingError(2, f"bad linger time: {text}")
    options.linger = int(seconds * 1000)


def _deadline(_: Process, options: Options, text: str) -> None:
    options.deadline = _integer(text, 0, _INT_MAX)


def _preload(_: Process, options: Options, text: str) -> None:
    options.preload = _integer(text, 1, 65536)


def _size(_: Process, options: Options, text: str) -> None:
    if options.newer:
        options.size = _integer(text, 0, _LONGEST_DATA, "invalid -s value")
    else:
        options.size = _integer(text, 0, _INT_MAX)


def _ttl(_: Process, options: Options, text: str) -> None:
    options.ttl = _integer(text, 0, 255)


def _mark(_: Process, options: Options, text: str) -> None:
    options.mark = _integer(text, 0, _INT_MAX)


def _tos(_: Process, options: Options, text: str) -> None:
    """parsetos(): decimal or 0x...; the low two bits are ECN's, but nobody minds."""
    base = 16 if text[:2].lower() == "0x" else 10
    try:
        value = int(text, base)
    except ValueError:
        raise PingError(2, f"bad TOS value: {text}") from None
    if value > 0xFF:
        raise PingError(2, f"the decimal value of TOS bits must be in range 0-255: {value}")
    options.tos = value & 0xFF


def _pattern(_: Process, options: Options, text: str) -> None:
    """fill(): up to sixteen bytes."""
    for index, digit in enumerate(text):
        if digit not in "0123456789abcdefABCDEF":
            raise PingError(2, f"patterns must be specified as hex digits: {text[index:]}")
    pairs = [text[at : at + 2] for at in range(0, len(text), 2)]
    options.pattern = bytes(int(pair, 16) for pair in pairs[:16])


def _interface(_: Process, options: Options, text: str) -> None:
    """An address to send from, or a device to send by."""
    try:
        options.source = IPv6.parse(text) if ":" in text else IPv4.parse(text)
        options.strict_source = True
    except ValueError:
        if ":" in text:
            raise PingError(2, f"invalid source address: {text}") from None
        options.device = text


def _path_mtu(_: Process, options: Options, text: str) -> None:
    if text == "probe" and options.newer:
        raise NotModelled("ping -M probe")
    if text not in ("do", "dont", "want"):
        raise PingError(2, f"invalid -M argument: {text}")
    options.path_mtu = text


def _family(version: int) -> Callable[[Process, Options, str], None]:
    def handle(_: Process, options: Options, __: str) -> None:
        if options.version not in (None, version):
            raise PingError(2, "only one -4 or -6 option may be specified")
        options.version = version

    return handle


def _timestamp(_: Process, options: Options, text: str) -> None:
    if options.record_route:
        raise PingError(2, "only one of -T or -R may be used")
    if text not in ("tsonly", "tsandaddr", "tsprespec"):
        raise PingError(2, f"invalid timestamp type: {text}")
    raise NotModelled("ping -T (IP timestamps)")


def _flood(_: Process, options: Options, __: str) -> None:
    options.flood = options.numeric = True


def _version(process: Process, options: Options, _: str) -> None:
    process.write(f"ping from iputils {'20250605' if options.newer else '20221126'}\n")
    process.write("libcap: yes, IDN: yes, NLS: no, error.h: yes, getrandom(): yes, __fpending(): yes\n")
    raise PingError(0)


def _identifier(_: Process, __: Options, text: str) -> None:
    _integer(text, 0, 0xFFFF)
    raise NotModelled("ping -e")


def _send_buffer(_: Process, options: Options, text: str) -> None:
    options.send_buffer = _integer(text, 1, _INT_MAX)


def _nothing(_: Process, __: Options, ___: str) -> None:
    """Changes nothing that shows here."""


def _switch(name: str) -> Callable[[Process, Options, str], None]:
    def handle(_: Process, options: Options, __: str) -> None:
        setattr(options, name, True)

    return handle


_HANDLERS: Final[dict[str, Callable[[Process, Options, str], None]]] = {
    "4": _family(4), "6": _family(6), "a": _switch("audible"), "A": _switch("adaptive"), "b": _switch("broadcast"),
    "B": _switch("strict_source"), "c": _count, "C": _nothing, "d": _nothing, "D": _switch("timestamps"),
    "e": _identifier, "f": _flood, "H": _switch("names_forced"), "i": _interval, "I": _interface, "l": _preload,
    "L": _switch("no_loop"), "m": _mark, "M": _path_mtu, "n": _switch("numeric"), "O": _switch("outstanding"),
    "p": _pattern, "q": _switch("quiet"), "Q": _tos, "R": _switch("record_route"), "s": _size, "S": _send_buffer,
    "t": _ttl, "T": _timestamp, "U": _nothing, "v": _switch("verbose"), "V": _version, "w": _deadline, "W": _linger,
}  # fmt: skip
