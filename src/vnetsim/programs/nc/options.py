"""The options of nc, and its ports."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from vnetsim.clock import SECOND
from vnetsim.digits import is_digits
from vnetsim.netfilter.services import service_port
from vnetsim.programs.libc.exit import Exit
from vnetsim.programs.libc.options import Options, argument, flag, option, switch
from vnetsim.programs.resources import resource
from vnetsim.values import define

_LARGEST_PORT: Final = 65_535
_INT_MAX: Final = 2**31 - 1


def failure(problem: str) -> Exit:
    return Exit(1, stderr=f"nc: {problem}\n")


def _number(what: str, text: str, least: int) -> int:
    """strtonum(3) with nc's messages."""
    if not re.fullmatch(r"[+-]?\d+", text):
        raise failure(f"{what} invalid: {text}")
    number = int(text)
    if number < least:
        raise failure(f"{what} too small: {text}")
    if number > _INT_MAX:
        raise failure(f"{what} too large: {text}")
    return number


def _wait(text: str) -> int:
    return _number("timeout", text, 0) * SECOND


def _quit_after(text: str) -> int | None:
    seconds = _number("quit timer", text, -_INT_MAX)
    return None if seconds < 0 else seconds * SECOND


@define
class NcOptions(Options):
    """`wait` is -w and `quit_after` -q, in nanoseconds; None where they were not given."""

    ignored = "-b -D"
    unmodelled = "-F -I: -M: -m: -O: -P: -S -T: -t -U -V: -W: -X: -x: -Z"

    version: int | None = switch({"-4": 4, "-6": 6}, None)
    listen: bool = flag("-l")
    keep: bool = flag("-k")
    scan: bool = flag("-z")
    udp: bool = flag("-u")
    verbose: bool = flag("-v")
    numeric: bool = flag("-n")
    random: bool = flag("-r")
    detached: bool = flag("-d")
    shut: bool = flag("-N")
    crlf: bool = flag("-C")
    source: str = argument("-s", default="")
    source_port: str = argument("-p", default="")
    wait: int | None = argument("-w", default=None, convert=_wait)
    quit_after: int | None = argument("-q", default=None, convert=_quit_after)
    interval: int = argument("-i", default=0, convert=lambda text: _number("interval", text, 0))
    host: str = ""
    ports: tuple[str, ...] = ()

    @property
    def protocol(self) -> str:
        return "udp" if self.udp else "tcp"

    def misused(self, *problems: str) -> Exit:
        return Exit(1, stderr="".join(f"nc: {problem}\n" for problem in problems) + resource("nc", "nc"))

    @option("-h")
    def help(self, _: str) -> None:
        raise Exit(0, stderr=resource("nc", "help"))

    def set_operands(self) -> None:
        """Decides which operands are host and ports."""
        match self.operands:
            case [first] if self.listen:
                self.host, self.ports = (first, (self.source_port,)) if self.source_port else ("", (first,))
            case [_]:
                raise failure("missing port number")
            case [] if self.listen and self.source_port:
                self.host, self.ports, self.source = self.source, (self.source_port,), ""
            case []:
                raise failure("missing port number") if self.listen else self.misused()
            case [host, *ports]:
                if self.listen and (self.source_port or len(ports) > 1):
                    raise self.misused()
                self.host, self.ports = host, tuple(ports)
        if self.listen and self.source:
            raise self.misused()
        if self.listen and self.scan:
            raise failure("cannot use -z and -l")
        if self.keep and not self.listen:
            raise failure("must use -l with -k")


def scanned_ports(options: NcOptions) -> Iterator[int]:
    """build_ports: single ports, services and ranges, in order."""
    for text in options.ports:
        first, dash, last = text.partition("-")
        if dash and first and service_port(text, options.protocol) is None:
            low, high = sorted((_port(first, options), _port(last, options)))
            yield from range(low, high + 1)
        else:
            yield _port(text, options)


def _port(text: str, options: NcOptions) -> int:
    service = None if options.numeric else service_port(text, options.protocol)
    return _number_of_port(text) if service is None else service


def _number_of_port(text: str) -> int:
    number = _number("port number", text, 1)
    if number > _LARGEST_PORT:
        raise failure(f"port number too large: {text}")
    return number


def local_port(text: str, options: NcOptions) -> int | None:
    """A port as getaddrinfo(3) takes it; None if it does not."""
    if is_digits(text):
        return int(text) & _LARGEST_PORT
    return None if options.numeric else service_port(text, options.protocol)
