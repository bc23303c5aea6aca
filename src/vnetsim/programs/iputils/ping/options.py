"""ping's options, as getopt(3) and iputils parse them."""

from __future__ import annotations

import math
import re
from typing import Final

from vnetsim.errors import Errno, NotModelled
from vnetsim.process import Process
from vnetsim.programs.iputils.iputils_common import INT_MAX, IputilsOptions, between, strtol_or_err
from vnetsim.programs.libc.exit import Exit
from vnetsim.programs.libc.options import argument, flag, option
from vnetsim.values import define
from vnetsim.wire.inet import Address, IPv4, IPv6

_LONG_MAX: Final = (1 << 63) - 1
#: Data behind headers of 28 bytes in the longest IPv4 packet.
_LONGEST_DATA: Final = 65507
_FLOAT: Final = re.compile(r"\s*[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|inf(?:inity)?|nan)", re.IGNORECASE)
_GARBAGE: Final = "option argument contains garbage"


def _tos(text: str) -> int:
    """parsetos(): decimal or 0x...; the low two bits, which are ECN's, are allowed."""
    base = 16 if text[:2].lower() == "0x" else 10
    try:
        value = int(text, base)
    except ValueError:
        raise Exit(2, f"bad TOS value: {text}") from None
    if value > 0xFF:
        raise Exit(2, f"the decimal value of TOS bits must be in range 0-255: {value}")
    return value & 0xFF


def _pattern(text: str) -> bytes:
    """fill(): up to sixteen bytes."""
    for index, digit in enumerate(text):
        if digit not in "0123456789abcdefABCDEF":
            raise Exit(2, f"patterns must be specified as hex digits: {text[index:]}")
    pairs = [text[at : at + 2] for at in range(0, len(text), 2)]
    return bytes(int(pair, 16) for pair in pairs[:16])


@define
class PingOptions(IputilsOptions):
    """Times are in milliseconds (`linger`, `interval`) and seconds (`deadline`), as iputils keeps them."""

    tool = "ping"
    usage = "ping.{release}"
    ignored = "-C -d -U"
    unmodelled = "-F: -N: -r"

    target: str = ""
    version: int | None = None
    count: int = argument("-c", default=0, convert=between(1, _LONG_MAX))
    interval: int = 1000
    interval_given: bool = False
    linger: int = 10_000
    deadline: int = argument("-w", default=0, convert=between(0))
    preload: int = argument("-l", default=1, convert=between(1, 65536))
    size: int = 56
    send_buffer: int | None = argument("-S", default=None, convert=between(1))
    pattern: bytes | None = argument("-p", default=None, convert=_pattern)
    ttl: int | None = argument("-t", default=None, convert=between(0, 255))
    tos: int = argument("-Q", default=0, convert=_tos)
    mark: int = argument("-m", default=0, convert=between(0))
    source: Address | None = None
    strict_source: bool = flag("-B")
    device: str | None = None
    path_mtu: str | None = None
    broadcast: bool = flag("-b")
    record_route: bool = flag("-R")
    adaptive: bool = flag("-A")
    audible: bool = flag("-a")
    flood: bool = False
    numeric: bool = flag("-n")
    names_forced: bool = False
    no_loop: bool = flag("-L")
    outstanding: bool = flag("-O")
    quiet: bool = flag("-q")
    timestamps: bool = flag("-D")
    verbose: bool = flag("-v")

    def __attrs_post_init__(self) -> None:
        self.version = {"ping4": 4, "ping6": 6}.get(self.program)

    @option("-4")
    def ipv4(self, _: str) -> None:
        self._set_version(4)

    @option("-6")
    def ipv6(self, _: str) -> None:
        self._set_version(6)

    def _set_version(self, version: int) -> None:
        if self.version not in (None, version):
            raise Exit(2, "only one -4 or -6 option may be specified")
        self.version = version

    @option("-f")
    def flooding(self, _: str) -> None:
        self.flood = self.numeric = True

    @option("-i", takes=":")
    def set_interval(self, text: str) -> None:
        seconds = self._seconds(text, "bad timing interval")
        if seconds > INT_MAX // 1000 or (self.newer and seconds < 0):
            raise Exit(2, f"bad timing interval: {text}")
        if seconds < 0:
            raise NotModelled("ping with an interval below zero, which never sends")
        self.interval, self.interval_given = int(seconds * 1000), True

    @option("-W", takes=":")
    def set_linger(self, text: str) -> None:
        seconds = self._seconds(text, "bad linger time")
        if not 0 <= seconds <= INT_MAX // 1000:
            raise Exit(2, f"bad linger time: {text}")
        self.linger = int(seconds * 1000)

    def _seconds(self, text: str, what: str) -> float:
        """ping_strtod(): characters after the number only cause a warning."""
        if not text:
            raise Exit(2, f"{what}: ")
        found = _FLOAT.match(text)
        rest = text[found.end() :] if found else text
        if rest:
            for line in (f"{_GARBAGE}: {rest}", "this will become fatal error in the future"):
                self.process.error(f"{self.process.argv[0]}: {line}\n")
        value = float(found[0]) if found else 0.0
        if not math.isfinite(value):
            raise Exit(2, f"{what}: {text}: {Errno.ERANGE.strerror}")
        return value

    @option("-s", takes=":")
    def set_size(self, text: str) -> None:
        if self.newer:
            self.size = strtol_or_err(text, 0, _LONGEST_DATA, "invalid -s value")
        else:
            self.size = strtol_or_err(text, 0, INT_MAX)

    @option("-I", takes=":")
    def interface(self, text: str) -> None:
        """An address to send from, or a device to send by."""
        try:
            self.source = IPv6.parse(text) if ":" in text else IPv4.parse(text)
            self.strict_source = True
        except ValueError:
            if ":" in text:
                raise Exit(2, f"invalid source address: {text}") from None
            self.device = text

    @option("-M", takes=":")
    def set_path_mtu(self, text: str) -> None:
        if text == "probe" and self.newer:
            raise NotModelled("ping -M probe")
        if text not in ("do", "dont", "want"):
            raise Exit(2, f"invalid -M argument: {text}")
        self.path_mtu = text

    @option("-T", takes=":")
    def timestamp(self, text: str) -> None:
        if self.record_route:
            raise Exit(2, "only one of -T or -R may be used")
        if text not in ("tsonly", "tsandaddr", "tsprespec"):
            raise Exit(2, f"invalid timestamp type: {text}")
        raise NotModelled("ping -T (IP timestamps)")

    @option("-e", takes=":")
    def identifier(self, text: str) -> None:
        strtol_or_err(text, 0, 0xFFFF)
        raise NotModelled("ping -e")


@define
class _NewerOptions(PingOptions):
    """iputils 20250605."""

    unmodelled = f"{PingOptions.unmodelled} -3"

    names_forced: bool = flag("-H")


def read(process: Process) -> PingOptions:
    """The options of this process."""
    newer = process.context.release != "bookworm"
    options = (_NewerOptions if newer else PingOptions).read(process)
    if len(options.operands) > 1:
        raise NotModelled("ping by way of several hosts (source routing)")
    if not options.operands:
        raise Exit(2 if newer else 1, f"usage error: {Errno.EDESTADDRREQ.strerror}")
    options.target = options.operands[0]
    if not options.target:
        raise Exit(2, ": Name or service not known")
    if options.flood and not options.interval_given:
        options.interval = 0
    if options.pattern is not None and not options.quiet:
        process.write(f"PATTERN: 0x{options.pattern.hex()}\n")
    return options
