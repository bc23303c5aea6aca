"""What is sent: `icmp`, `tcp/5432`, `udp/53`, `size=1400`, `df`, `sport=40000`, `established`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from vnetsim.digits import is_digits
from vnetsim.errors import UsageError
from vnetsim.values import frozen

PROTOCOLS: Final = ("icmp", "tcp", "udp")
_LAST_PORT: Final = 65535
#: More than that does not fit into a packet of IPv4 with the headers of UDP or ICMP.
_LONGEST: Final = 65507


@frozen
class Probe:
    """What is sent: an echo request, a connection, a datagram.

    `size` are bytes of data (as `ping -s` counts them); over TCP they are sent once connected.  `df`: must not be
    fragmented.  `source_port` is the sender's (0: any).  `established`: not a new connection but one that exists; the
    sender's kernel sends a TCP keepalive probe.
    """

    protocol: str = "icmp"
    port: int = 0
    size: int | None = None
    df: bool = False
    source_port: int = 0
    established: bool = False

    def __str__(self) -> str:
        args = [f"{self.protocol}/{self.port}" if self.port else self.protocol]
        args += [f"size={self.size}"] if self.size is not None else []
        args += [f"sport={self.source_port}"] if self.source_port else []
        return " ".join([*args, *(["df"] if self.df else []), *(["established"] if self.established else [])])

    @property
    def plain(self) -> Probe:
        """The same protocol and port, with the defaults of the packet."""
        return Probe(self.protocol, self.port)


def parse_port(text: str, whole: str) -> int:
    if not (text.isascii() and is_digits(text) and 0 < int(text) <= _LAST_PORT):
        raise UsageError(f"{whole!r}: expected a port from 1 to {_LAST_PORT}, found {text!r}")
    return int(text)


def parse_probe(args: Sequence[str], port: int | None = None) -> Probe:
    """`tcp/5432 size=100 df`; without a protocol a port means TCP, and no port an echo request."""
    protocol: str | None = None
    options: dict[str, Any] = {}
    for token in args:
        option = _option(token)
        if option is not None:
            options[option[0]] = option[1]
            continue
        name, slash, number = token.partition("/")
        if name not in PROTOCOLS or (name == "icmp" and slash):
            raise UsageError(f"{token!r}: expected icmp, tcp/PORT, udp/PORT, size=BYTES, df, sport=PORT or established")
        if protocol is not None:
            raise UsageError(f"{token!r}: there is a protocol already: {protocol}")
        protocol = name
        asked = parse_port(number, token) if slash else None
        if asked is not None and port not in (None, asked):
            raise UsageError(f"{token!r}: there is a port already: {port}")
        port = asked or port
    protocol = protocol or ("icmp" if port is None else "tcp")
    if protocol == "icmp" and port is not None:
        raise UsageError(f"icmp has no ports, found {port}")
    if protocol != "icmp" and port is None:
        raise UsageError(f"{protocol!r}: expected a port, like {protocol}/80")
    return _sensible(Probe(protocol, port or 0, **options))


def _option(token: str) -> tuple[str, Any] | None:
    """What an argument sets of a probe besides protocol and port, by the name of the field."""
    if token in ("df", "established"):
        return token, True
    if token.startswith("size="):
        return "size", _size(token)
    return ("source_port", parse_port(token.removeprefix("sport="), token)) if token.startswith("sport=") else None


def _sensible(probe: Probe) -> Probe:
    if probe.protocol == "icmp" and probe.source_port:
        raise UsageError(f"icmp has no ports, found sport={probe.source_port}")
    if probe.established and (probe.protocol != "tcp" or probe.size is not None or probe.df):
        raise UsageError("'established': expected tcp/PORT and perhaps sport=PORT, of a connection that exists")
    return probe


def _size(token: str) -> int:
    text = token.removeprefix("size=")
    if not (text.isascii() and is_digits(text) and int(text) <= _LONGEST):
        raise UsageError(f"{token!r}: expected size= and a number of bytes up to {_LONGEST}")
    return int(text)
