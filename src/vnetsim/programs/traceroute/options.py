"""traceroute's options, as its own option library parses them (libsupp/clif.c)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar, Final

from vnetsim.digits import is_digits
from vnetsim.errors import NotModelled
from vnetsim.process import Process
from vnetsim.programs.libc.exit import Exit
from vnetsim.programs.libc.options import argument, flag, option, switch
from vnetsim.programs.resources import resource
from vnetsim.programs.traceroute.clif import ClifOptions, failure
from vnetsim.values import define
from vnetsim.wire.inet import Address, IPv6, inet_aton

_MAX_HOPS: Final = 255
_MAX_PROBES: Final = 10
_MAX_LENGTH: Final = 65000
#: Headers of IPv4 or IPv6 and UDP (or ICMP), and what a probe carries without a packetlen.
_HEADERS: Final = {4: 28, 6: 48}
#: And of a UDP datagram alone, and a SYN with its options, which carries nothing.
_UDP: Final = 8
_SYN: Final = 40
_USUAL_DATA: Final = 32
_FLOAT: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")
#: A send wait above this many seconds is one of milliseconds.
_LONGEST_SECONDS: Final = 10
_VERSIONS: Final = {"bookworm": "2.1.2", "forky": "2.1.6"}


def _integer(text: str) -> int:
    return int(text, 0)


def _float(text: str) -> float:
    if not _FLOAT.fullmatch(text):
        raise ValueError
    return float(text)


def _pause(text: str) -> float:
    seconds = _float(text)
    return seconds / 1000 if seconds > _LONGEST_SECONDS else seconds


def _source(text: str) -> Address:
    address = inet_aton(text)
    try:
        return IPv6.parse(text) if address is None else address
    except ValueError:
        raise NotModelled("traceroute -s NAME") from None


@define
class TracerouteOptions(ClifOptions):
    """Times are in seconds; `here` and `near` are how many times longer than others an answer may take, 0: no limit.

    `length` is that of whole packets with their `headers`, `packet_length` the one that was given.
    """

    argument_names: ClassVar[Mapping[str, str]] = {
        "-f": "first_ttl", "-g": "gate,...", "-i": "device", "-m": "max_ttl", "-N": "squeries", "-p": "port",
        "-t": "tos", "-l": "flow_label", "-w": "MAX,HERE,NEAR", "-q": "nqueries", "-s": "src_addr", "-z": "sendwait",
        "-M": "name", "-O": "OPTS,...", "--sport": "num", "--fwmark": "num", "-P": "prot",
    }  # fmt: skip
    ignored = "-d|--debug -e|--extensions"
    unmodelled = (
        "-g|--gateway: -l|--flowlabel: -r -A|--as-path-lookups -O|--options: --sport: -UL -D|--dccp -P|--protocol: "
        "--mtu --back"
    )

    version: int | None = switch({"-4": 4, "-6": 6}, None)
    icmp: bool = flag("-I", "--icmp")
    tcp: bool = flag("-T", "--tcp")
    constant_port: bool = flag("-U", "--udp")
    dont_fragment: bool = flag("-F", "--dont-fragment")
    numeric: bool = flag("-n")
    first: int = argument("-f", "--first", default=1, convert=_integer)
    hops: int = argument("-m", "--max-hops", default=30, convert=_integer)
    queries: int = argument("-q", "--queries", default=3, convert=_integer)
    simultaneous: int = argument("-N", "--sim-queries", default=16, convert=_integer)
    port: int | None = argument("-p", "--port", default=None, convert=_integer)
    wait: float = 5.0
    here: float = 3.0
    near: float = 10.0
    pause: float = argument("-z", "--sendwait", default=0.0, convert=_pause)
    source: Address | None = argument("-s", "--source", default=None, convert=_source)
    device: str | None = argument("-i", "--interface", default=None)
    tos: int = argument("-t", "--tos", default=0, convert=_integer)
    mark: int = argument("--fwmark", default=0, convert=_integer)
    headers: int = 0
    length: int = 0
    packet_length: int = 0

    @option("-w", "--wait", takes=":")
    def set_waits(self, text: str) -> None:
        """MAX, or MAX,HERE,NEAR; what is not given is no limit."""
        waits = [_float(part) for part in text.split(",")[:3]]
        self.wait, self.here, self.near = (*waits, 0.0, 0.0)[:3]

    @option("-M", "--module", takes=":")
    def module(self, name: str) -> None:
        if name in ("tcpconn", "udplite", "dccp", "raw"):
            raise NotModelled(f"traceroute -M {name}")
        if name not in ("default", "icmp", "udp", "tcp"):
            raise failure(f"Unknown traceroute module {name}")
        self.icmp, self.constant_port, self.tcp = name == "icmp", name == "udp", name == "tcp"

    @option("--help")
    def help(self, _: str) -> None:
        raise Exit(0, stderr=resource("traceroute", "traceroute"))

    @option("-V", "--version")
    def print_version(self, _: str) -> None:
        version = f"Modern traceroute for Linux, version {_VERSIONS[self.process.context.release]}\n"
        raise Exit(0, stderr=f"{version}Copyright (c) 2016  Dmitry Butskoy,   License: GPL v2 or any later\n")

    def check(self, version: int) -> None:
        """What does not go together; in the order of main().  `version` is that of the host's address."""
        if not 1 <= self.first <= self.hops:
            raise failure("first hop out of range")
        if self.hops > _MAX_HOPS:
            raise failure("max hops cannot be more than 255")
        if not 1 <= self.queries <= _MAX_PROBES:
            raise failure("no more than 10 probes per hop")
        if self.wait < 0 or self.here < 0 or self.near < 0:
            waits = ",".join(f"{value:g}" for value in (self.wait, self.here, self.near))
            raise failure(f"bad wait specifications `{waits}' used")
        if self.packet_length > _MAX_LENGTH:
            raise failure(f"too big packetlen {self.packet_length} specified")
        if self.source is not None and self.source.version != version:
            raise failure("IP version mismatch in addresses specified")
        self.headers = _HEADERS[version]
        if self.tcp:
            self.length = self.headers = self.headers - _UDP + _SYN
        elif len(self.positional) > 1:
            self.length = max(self.packet_length, self.headers)
        else:
            self.length = self.headers + _USUAL_DATA


def read(process: Process) -> TracerouteOptions:
    if len(process.argv) < 2:
        raise Exit(0, stderr=resource("traceroute", "traceroute"))
    options = TracerouteOptions.read(process)
    if not options.positional:
        raise failure('Specify "host" missing argument.')
    if len(options.positional) > 2:
        at, operand = options.positional[2]
        raise failure(f"Extra arg `{operand}' (position 3, argc {at})")
    if len(options.positional) > 1:
        at, length = options.positional[1]
        if not is_digits(length):
            raise failure(f'Cannot handle "packetlen" cmdline arg `{length}\' on position 2 (argc {at})')
        options.packet_length = int(length)
    return options
