"""The options of nc, and its ports."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

import attrs

from vnetsim.clock import SECOND
from vnetsim.digits import is_digits
from vnetsim.netfilter.services import service_port
from vnetsim.programs.libc import getopt

_LARGEST_PORT: Final = 65_535
_INT_MAX: Final = 2**31 - 1


class Refused(Exception):
    """A sentence of nc about a word that it cannot use."""


@attrs.define
class Options:
    """`wait` is -w and `quit_after` -q, in nanoseconds; None where they were not given."""

    given: frozenset[str]
    version: int | None = None
    listen: bool = False
    keep: bool = False
    scan: bool = False
    udp: bool = False
    verbose: bool = False
    numeric: bool = False
    detached: bool = False
    shut: bool = False
    crlf: bool = False
    source: str = ""
    source_port: str = ""
    wait: int | None = None
    quit_after: int | None = None
    host: str = ""
    ports: tuple[str, ...] = ()

    @property
    def protocol(self) -> str:
        return "udp" if self.udp else "tcp"


_SWITCHES: Final = {
    "l": "listen", "k": "keep", "z": "scan", "u": "udp", "v": "verbose", "n": "numeric", "d": "detached", "N": "shut",
    "C": "crlf",
}  # fmt: skip


def parse(words: Sequence[str], letters: str) -> tuple[Options, Sequence[str], bool]:
    """Options, operands, and whether help was asked for: OptionError or Refused where nc would complain."""
    parsed = getopt.parse(words, letters)
    options = Options(frozenset(letter for letter, _ in parsed.options))
    for letter, value in parsed.options:
        if letter == "h":
            return options, parsed.operands, True
        if letter in _SWITCHES:
            setattr(options, _SWITCHES[letter], True)
        elif letter in "46":
            options.version = int(letter)
        else:
            _with_value(options, letter, value)
    return options, parsed.operands, False


def _with_value(options: Options, letter: str, value: str) -> None:
    if letter == "p":
        options.source_port = value
    elif letter == "s":
        options.source = value
    elif letter == "w":
        options.wait = _number("timeout", value, 0) * SECOND
    elif letter == "q":
        seconds = _number("quit timer", value, -_INT_MAX)
        options.quit_after = None if seconds < 0 else seconds * SECOND
    elif letter == "i":
        _number("interval", value, 0)


def _number(what: str, text: str, least: int) -> int:
    """strtonum(3) and how nc words its complaint."""
    if not re.fullmatch(r"[+-]?\d+", text):
        raise Refused(f"{what} invalid: {text}")
    number = int(text)
    if number < least:
        raise Refused(f"{what} too small: {text}")
    if number > _INT_MAX:
        raise Refused(f"{what} too large: {text}")
    return number


def scanned_ports(options: Options) -> Iterator[int]:
    """build_ports: single ports, services and ranges, in order."""
    for word in options.ports:
        first, dash, last = word.partition("-")
        if dash and first and service_port(word, options.protocol) is None:
            low, high = sorted((_port(first, options), _port(last, options)))
            yield from range(low, high + 1)
        else:
            yield _port(word, options)


def _port(text: str, options: Options) -> int:
    service = None if options.numeric else service_port(text, options.protocol)
    return _number_of_port(text) if service is None else service


def _number_of_port(text: str) -> int:
    number = _number("port number", text, 1)
    if number > _LARGEST_PORT:
        raise Refused(f"port number too large: {text}")
    return number


def local_port(text: str, options: Options) -> int | None:
    """A port as getaddrinfo(3) takes it; None if it does not."""
    if is_digits(text):
        return int(text) & _LARGEST_PORT
    return None if options.numeric else service_port(text, options.protocol)
