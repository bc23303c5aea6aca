"""The options of iperf3 3.12 (iperf_api.c: iperf_parse_arguments)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs

from vnetsim.digits import is_digits
from vnetsim.errors import NotModelled
from vnetsim.programs.iperf3.units import amount
from vnetsim.programs.libc.getopt import parse

_LONG: Final = {
    "port=": "p", "format=": "f", "interval=": "i", "daemon": "D", "one-off": "1", "json": "J", "version": "v",
    "server": "s", "client=": "c", "udp": "u", "bitrate=": "b", "bandwidth=": "b", "time=": "t", "bytes=": "n",
    "blockcount=": "k", "length=": "l", "parallel=": "P", "reverse": "R", "congestion=": "C", "linux-congestion=": "C",
    "no-delay": "N", "version4": "4", "version6": "6", "title=": "T", "bind=": "B", "cport=": "cport", "help": "h",
    "verbose": "V", "bidir": "bidir", "window=": "w", "set-mss=": "M", "tos=": "S", "dscp=": "dscp", "flowlabel=": "L",
    "zerocopy": "Z", "omit=": "O", "extra-data=": "extra-data", "get-server-output": "get-server-output",
    "udp-counters-64bit": "udp-counters-64bit", "repeating-payload": "repeating-payload", "sctp": "sctp",
    "dont-fragment": "dont-fragment", "logfile=": "logfile", "forceflush": "forceflush", "timestamps": "timestamps",
    "pidfile=": "I", "file=": "F", "affinity=": "A", "debug": "d", "connect-timeout=": "connect-timeout",
    "pacing-timer=": "pacing-timer", "fq-rate=": "fq-rate", "rcv-timeout=": "rcv-timeout", "bind-dev=": "bind-dev",
    "snd-timeout=": "snd-timeout", "idle-timeout=": "idle-timeout", "server-bitrate-limit=": "server-bitrate-limit",
}  # fmt: skip
_SHORT: Final = "p:f:i:D1VJvsc:ub:t:n:k:l:P:Rw:B:M:N46S:L:ZO:F:A:T:C:dI:hX:"
_CLIENT_ONLY: Final = frozenset("ubtnklPRCNT4") - {"4"} | {"cport"}
_MOST_SECONDS: Final = 86_400
_MOST_STREAMS: Final = 128
_MOST_BLOCK: Final = 1024 * 1024
_MOST_DATAGRAM: Final = 65_507
#: Without -b: a megabit (of 1024 * 1024) for UDP.
_UDP_RATE: Final = 1024 * 1024
_BLOCK: Final = 128 * 1024


class ParameterError(Exception):
    """What iperf3 calls a parameter error."""


@attrs.define
class Options:
    """`rate` in bits per second (0: as fast as it goes); `size` and `blocks` are 0 where time is what ends the test."""

    server: bool = False
    client: str | None = None
    port: int = 5201
    form: str = "a"
    interval: float = 1.0
    daemon: bool = False
    once: bool = False
    json: bool = False
    udp: bool = False
    rate: int | None = None
    seconds: int = 10
    size: int = 0
    blocks: int = 0
    length: int = 0
    parallel: int = 1
    reverse: bool = False
    congestion: str | None = None
    version: int | None = None
    title: str = ""
    bind: str | None = None
    client_port: int = 0
    help: bool = False
    tell_version: bool = False

    @property
    def bits_per_second(self) -> int:
        return self.rate if self.rate is not None else _UDP_RATE if self.udp else 0

    @property
    def block(self) -> int:
        """Bytes in one write; 0: UDP, by the MSS of the control connection."""
        return self.length or (0 if self.udp else _BLOCK)


def read(words: Sequence[str]) -> Options:
    """ParameterError or OptionError for what iperf3 refuses, NotModelled for what it has and vnetsim has not."""
    parsed = parse(words, _SHORT, _LONG)
    options, given = Options(), set()
    for letter, value in parsed.options:
        given.add(letter)
        _set(options, letter, value)
        if options.help or options.tell_version:
            return options
    if options.server and options.client is not None:
        raise ParameterError("cannot be both server and client")
    if not options.server and options.client is None:
        raise ParameterError("must either be a client (-c) or server (-s)")
    if options.server and given & _CLIENT_ONLY:
        raise ParameterError("some option you are trying to set is client only")
    if not options.server and given & {"D", "1"}:
        raise ParameterError("some option you are trying to set is server only")
    if len([1 for way in ("t", "n", "k") if way in given and _counts(options, way)]) > 1:
        raise ParameterError("only one test end condition (-t, -n, -k) may be specified")
    return options


def _counts(options: Options, way: str) -> bool:
    return bool({"t": True, "n": options.size, "k": options.blocks}[way])


_SWITCHES: Final = {
    "s": "server", "D": "daemon", "1": "once", "J": "json", "u": "udp", "R": "reverse", "h": "help",
    "v": "tell_version",
}  # fmt: skip
_WORDS: Final = {"c": "client", "C": "congestion", "B": "bind"}
_IGNORED: Final = frozenset({"N", "forceflush"})


def _set(options: Options, letter: str, value: str) -> None:
    if letter in _SWITCHES:
        setattr(options, _SWITCHES[letter], True)
    elif letter in _WORDS:
        setattr(options, _WORDS[letter], value)
    elif letter in "46":
        options.version = int(letter)
    elif letter == "T":
        options.title = f"{value}:  "
    elif letter in _NUMBERS:
        _NUMBERS[letter](options, value)
    elif letter not in _IGNORED:
        raise NotModelled(f"iperf3 {'-' if len(letter) == 1 else '--'}{letter}")


def _port(options: Options, value: str) -> None:
    options.port = _number(value)
    if not 1 <= options.port <= 65_535:
        raise ParameterError("port number must be between 1 and 65535 inclusive")


def _client_port(options: Options, value: str) -> None:
    options.client_port = _number(value)
    if not 1 <= options.client_port <= 65_535:
        raise ParameterError("port number must be between 1 and 65535 inclusive")


def _form(options: Options, value: str) -> None:
    if value not in tuple("kmgtKMGT"):
        raise ParameterError("bad format specifier (valid formats are in the set [kmgtKMGT])")
    options.form = value


def _interval(options: Options, value: str) -> None:
    try:
        options.interval = float(value)
    except ValueError:
        options.interval = 0.0
    if options.interval and not 0.1 <= options.interval <= 60:
        raise ParameterError("invalid report interval (min = 0.1, max = 60 seconds)")


def _rate(options: Options, value: str) -> None:
    if "/" in value:
        raise NotModelled("iperf3 -b with a burst")
    options.rate = amount(value, 1000)


def _seconds(options: Options, value: str) -> None:
    options.seconds = _number(value)
    if options.seconds > _MOST_SECONDS:
        raise ParameterError(f"test duration valid values are 0 to {_MOST_SECONDS} seconds")
    if not options.seconds:
        raise NotModelled("iperf3 -t 0, a test without an end")


def _length(options: Options, value: str) -> None:
    options.length = amount(value, 1024)
    if not 0 < options.length <= (_MOST_DATAGRAM if options.udp else _MOST_BLOCK):
        raise ParameterError(
            f"block size invalid (minimum = 1 bytes, maximum = {_MOST_DATAGRAM if options.udp else _MOST_BLOCK} bytes)"
        )


def _parallel(options: Options, value: str) -> None:
    options.parallel = _number(value)
    if options.parallel > _MOST_STREAMS:
        raise ParameterError(f"number of parallel streams too large (maximum = {_MOST_STREAMS})")


def _number(text: str) -> int:
    """atoi(3)."""
    digits = text[: next((at for at, letter in enumerate(text) if not is_digits(letter)), len(text))]
    return int(digits or "0")


def _size(options: Options, value: str) -> None:
    options.size = amount(value, 1024)


def _blocks(options: Options, value: str) -> None:
    options.blocks = amount(value, 1024)


_NUMBERS: Final = {
    "p": _port, "f": _form, "i": _interval, "b": _rate, "t": _seconds, "n": _size, "k": _blocks, "l": _length,
    "P": _parallel, "cport": _client_port,
}  # fmt: skip
