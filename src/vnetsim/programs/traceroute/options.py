"""What traceroute is asked for: its options, as its own library of options reads them (libsupp/clif.c)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

import attrs

from vnetsim.digits import is_digits
from vnetsim.errors import NotModelled, VnetsimError
from vnetsim.process import Process
from vnetsim.programs.resources import resource
from vnetsim.wire.inet import Address, IPv6, inet_aton

_MAX_HOPS: Final = 255
_MAX_PROBES: Final = 10
_MAX_LENGTH: Final = 65000
#: Headers of IPv4 or IPv6 and UDP (or ICMP), and what a probe carries besides unless told otherwise.
_HEADERS: Final = {4: 28, 6: 48}
#: And of a UDP datagram alone, and a SYN with its options, which carries nothing.
_UDP: Final = 8
_SYN: Final = 40
_USUAL_DATA: Final = 32
_FLOAT: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")
#: A send wait above this many seconds is one of milliseconds.
_LONGEST_SECONDS: Final = 10
_VERSIONS: Final = {"bookworm": "2.1.2", "forky": "2.1.6"}


class TracerouteError(VnetsimError):
    """traceroute says so and ends with `status`."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status: Final = status


@attrs.define
class Options:
    """Times are in seconds; `here` and `near` are how many times longer than others an answer may take, 0: no limit.

    `length` is that of whole packets with their `headers`.
    """

    host: str = ""
    host_at: int = 0
    version: int | None = None
    icmp: bool = False
    tcp: bool = False
    constant_port: bool = False
    dont_fragment: bool = False
    numeric: bool = False
    first: int = 1
    hops: int = 30
    queries: int = 3
    simultaneous: int = 16
    port: int | None = None
    wait: float = 5.0
    here: float = 3.0
    near: float = 10.0
    pause: float = 0.0
    source: Address | None = None
    device: str | None = None
    tos: int = 0
    mark: int = 0
    headers: int = 0
    length: int = 0
    length_said: bool = False

    def check(self, version: int) -> None:
        """What does not go together; in the order of main().  `version` is that of the host's address."""
        if not 1 <= self.first <= self.hops:
            raise TracerouteError(2, "first hop out of range\n")
        if self.hops > _MAX_HOPS:
            raise TracerouteError(2, "max hops cannot be more than 255\n")
        if not 1 <= self.queries <= _MAX_PROBES:
            raise TracerouteError(2, "no more than 10 probes per hop\n")
        if self.wait < 0 or self.here < 0 or self.near < 0:
            waits = ",".join(f"{value:g}" for value in (self.wait, self.here, self.near))
            raise TracerouteError(2, f"bad wait specifications `{waits}' used\n")
        if self.length > _MAX_LENGTH:
            raise TracerouteError(2, f"too big packetlen {self.length} specified\n")
        if self.source is not None and self.source.version != version:
            raise TracerouteError(2, "IP version mismatch in addresses specified\n")
        self.headers = _HEADERS[version]
        if self.tcp:
            self.headers, self.length_said = self.headers - _UDP + _SYN, False
            self.length = self.headers
            return
        self.length = max(self.length, self.headers) if self.length_said else self.headers + _USUAL_DATA


class _BadArgument(Exception):
    """This argument makes no sense."""


@attrs.frozen
class _Option:
    """`argument` names what it needs, as the complaint does."""

    short: str
    long: str
    argument: str
    handle: Callable[[Options, str], None]


def read(process: Process) -> Options:
    """The options of this process; TracerouteError where traceroute ends."""
    options = Options()
    words = process.argv[1:]
    if not words:
        raise TracerouteError(0, resource("traceroute/usage/traceroute.txt"))
    operands = _parse(process, options, words)
    if not operands:
        raise TracerouteError(2, 'Specify "host" missing argument.\n')
    options.host_at, options.host = operands[0]
    if len(operands) > 2:
        at, word = operands[2]
        raise TracerouteError(2, f"Extra arg `{word}' (position 3, argc {at})\n")
    if len(operands) > 1:
        _packet_length(options, *operands[1])
    return options


def _packet_length(options: Options, at: int, word: str) -> None:
    if not is_digits(word):
        raise TracerouteError(2, f'Cannot handle "packetlen" cmdline arg `{word}\' on position 2 (argc {at})\n')
    options.length, options.length_said = int(word), True


def _parse(process: Process, options: Options, words: Sequence[str]) -> list[tuple[int, str]]:
    """The operands, with their places in argv."""
    operands: list[tuple[int, str]] = []
    at, only_operands = 0, False
    while at < len(words):
        word = words[at]
        at += 1
        if only_operands or not word.startswith("-") or word == "-":
            operands.append((at, word))
        elif word == "--":
            only_operands = True
        elif word.startswith("--"):
            _long(process, options, word, at)
        else:
            at += _short(process, options, words, at)
    return operands


def _long(process: Process, options: Options, word: str, at: int) -> None:
    name, equals, argument = word.partition("=")
    option = next((it for it in _OPTIONS if it.long and f"--{it.long}" == name), None)
    if option is None:
        given = f" (with arg `{argument}')" if equals else ""
        raise TracerouteError(2, f"Bad option `{word}'{given} (argc {at})\n")
    if option.argument and not equals:
        needed = f"--{option.long}={option.argument}"
        raise TracerouteError(2, f"Option `{name}' (argc {at}) requires an argument: `{needed}'\n")
    _take(process, options, option, name, argument, at)


def _short(process: Process, options: Options, words: Sequence[str], at: int) -> int:
    """How many words more than its own it took."""
    word = words[at - 1]
    if word == "-UL":
        raise NotModelled("traceroute -UL")
    for index, letter in enumerate(word[1:], 1):
        option = next((it for it in _OPTIONS if it.short == letter), None)
        if option is None:
            raise TracerouteError(2, f"Bad option `-{letter}' (argc {at})\n")
        if not option.argument:
            _take(process, options, option, f"-{letter}", "", at)
            continue
        rest = word[index + 1 :]
        if index == 1 and rest:
            _take(process, options, option, f"-{letter}", rest, at)
            return 0
        if rest or index > 1 or at >= len(words):
            raise TracerouteError(
                2, f"Option `-{letter}' (argc {at}) requires an argument: `-{letter} {option.argument}'\n"
            )
        _take(process, options, option, f"-{letter}", words[at], at + 1)
        return 1
    return 0


def _take(process: Process, options: Options, option: _Option, name: str, argument: str, at: int) -> None:
    if option.long == "version":
        release = _VERSIONS[process.context.release]
        copyright_ = "Copyright (c) 2016  Dmitry Butskoy,   License: GPL v2 or any later\n"
        raise TracerouteError(0, f"Modern traceroute for Linux, version {release}\n{copyright_}")
    try:
        option.handle(options, argument)
    except _BadArgument:
        raise TracerouteError(2, f"Cannot handle `{name}' option with arg `{argument}' (argc {at})\n") from None


# --- one function an option -------------------------------------------------------------------------------------------


def _integer(text: str) -> int:
    try:
        return int(text, 0)
    except ValueError:
        raise _BadArgument from None


def _float(text: str) -> float:
    if not _FLOAT.fullmatch(text):
        raise _BadArgument
    return float(text)


def _number(name: str) -> Callable[[Options, str], None]:
    return lambda options, text: setattr(options, name, _integer(text))


def _switch(name: str) -> Callable[[Options, str], None]:
    return lambda options, _: setattr(options, name, True)


def _family(version: int) -> Callable[[Options, str], None]:
    return lambda options, _: setattr(options, "version", version)


def _wait(options: Options, text: str) -> None:
    """MAX, or MAX,HERE,NEAR; what is not said is no limit."""
    options.here = options.near = 0.0
    for name, word in zip(("wait", "here", "near"), text.split(","), strict=False):
        setattr(options, name, _float(word))


def _pause(options: Options, text: str) -> None:
    seconds = _float(text)
    options.pause = seconds / 1000 if seconds > _LONGEST_SECONDS else seconds


def _source(options: Options, text: str) -> None:
    options.source = inet_aton(text)
    if options.source is None:
        try:
            options.source = IPv6.parse(text)
        except ValueError:
            raise NotModelled("traceroute -s NAME") from None


def _device(options: Options, text: str) -> None:
    options.device = text


def _module(options: Options, text: str) -> None:
    if text not in ("default", "icmp", "udp", "tcp"):
        if text in ("tcpconn", "udplite", "dccp", "raw"):
            raise NotModelled(f"traceroute -M {text}")
        raise TracerouteError(2, f"Unknown traceroute module {text}\n")
    options.icmp, options.constant_port, options.tcp = text == "icmp", text == "udp", text == "tcp"


def _icmp(options: Options, _: str) -> None:
    options.icmp = True


def _refuse(word: str) -> Callable[[Options, str], None]:
    def handle(_: Options, __: str) -> None:
        raise NotModelled(f"traceroute {word}")

    return handle


def _help(_: Options, __: str) -> None:
    raise TracerouteError(0, resource("traceroute/usage/traceroute.txt"))


def _nothing(_: Options, __: str) -> None:
    """Changes nothing that shows here."""


_OPTIONS: Final = (
    _Option("4", "", "", _family(4)), _Option("6", "", "", _family(6)), _Option("d", "debug", "", _nothing),
    _Option("F", "dont-fragment", "", _switch("dont_fragment")), _Option("f", "first", "first_ttl", _number("first")),
    _Option("g", "gateway", "gate,...", _refuse("-g")), _Option("I", "icmp", "", _icmp),
    _Option("T", "tcp", "", _switch("tcp")), _Option("i", "interface", "device", _device),
    _Option("m", "max-hops", "max_ttl", _number("hops")),
    _Option("N", "sim-queries", "squeries", _number("simultaneous")), _Option("n", "", "", _switch("numeric")),
    _Option("p", "port", "port", _number("port")), _Option("t", "tos", "tos", _number("tos")),
    _Option("l", "flowlabel", "flow_label", _refuse("-l")), _Option("w", "wait", "MAX,HERE,NEAR", _wait),
    _Option("q", "queries", "nqueries", _number("queries")), _Option("r", "", "", _refuse("-r")),
    _Option("s", "source", "src_addr", _source), _Option("z", "sendwait", "sendwait", _pause),
    _Option("e", "extensions", "", _nothing), _Option("A", "as-path-lookups", "", _refuse("-A")),
    _Option("M", "module", "name", _module), _Option("O", "options", "OPTS,...", _refuse("-O")),
    _Option("", "sport", "num", _refuse("--sport")), _Option("", "fwmark", "num", _number("mark")),
    _Option("U", "udp", "", _switch("constant_port")), _Option("D", "dccp", "", _refuse("-D")),
    _Option("P", "protocol", "prot", _refuse("-P")), _Option("", "mtu", "", _refuse("--mtu")),
    _Option("", "back", "", _refuse("--back")), _Option("V", "version", "", _nothing),
    _Option("", "help", "", _help),
)  # fmt: skip
