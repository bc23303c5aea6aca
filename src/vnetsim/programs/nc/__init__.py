"""`nc`: OpenBSD's netcat as Debian has it (patchlevel 1.219-1; netcat.c).

    nc [-46CdklNnruvz] [-p PORT] [-q SECONDS] [-s ADDRESS] [-w SECONDS] HOST PORT[-PORT]...
    nc -l ...                                                         wait for a connection

Not modelled: Unix sockets, proxies, TLS, telnet negotiation, `-i` but its check and TTL, TOS and buffer options.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, Final

from vnetsim.errors import NotModelled
from vnetsim.process import Process
from vnetsim.programs.libc.getopt import OptionError
from vnetsim.programs.nc import client, server
from vnetsim.programs.nc.options import Options, Refused, parse
from vnetsim.programs.resources import resource

_LETTERS: Final = "46bCDdFhI:i:klM:m:NnO:P:p:q:rSs:T:tUuV:vW:w:X:x:Zz"
_NOT_MODELLED: Final = "FIMmOPSTtUVWXxZ"

_USAGE: Final = "nc/usage/nc.txt"


def main(process: Process) -> Generator[Any, Any, int]:
    """Exit status 1: no connection, or it was asked for in a wrong way."""
    try:
        options, operands, helped = parse(process.argv[1:], _LETTERS)
    except OptionError as error:
        process.error(f"nc: {error}\n{resource(_USAGE)}")
        return 1
    except Refused as error:
        process.error(f"nc: {error}\n")
        return 1
    if helped:
        process.error(resource("nc/usage/help.txt"))
        return 0
    for letter in _NOT_MODELLED:
        if letter in options.given:
            raise NotModelled(f"nc -{letter}")
    problem = _place(options, operands)
    if problem is not None:
        process.error(problem)
        return 1
    return (yield from server.run(process, options) if options.listen else client.run(process, options))


def _place(options: Options, operands: Sequence[str]) -> str | None:
    """Which operands are host and ports; what nc says where they make no sense."""
    match operands:
        case [first] if options.listen:
            options.host, options.ports = (first, (options.source_port,)) if options.source_port else ("", (first,))
        case [_]:
            return "nc: missing port number\n"
        case [] if options.listen and options.source_port:
            options.host, options.ports, options.source = options.source, (options.source_port,), ""
        case []:
            return "nc: missing port number\n" if options.listen else resource(_USAGE)
        case [host, *ports]:
            if options.listen and (options.source_port or len(ports) > 1):
                return resource(_USAGE)
            options.host, options.ports = host, tuple(ports)
    if options.listen and options.source:
        return resource(_USAGE)
    if options.listen and options.scan:
        return "nc: cannot use -z and -l\n"
    if options.keep and not options.listen:
        return "nc: must use -l with -k\n"
    return None
