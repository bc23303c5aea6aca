"""`nc`: OpenBSD's netcat as Debian has it (patchlevel 1.219-1; netcat.c).

    nc [-46CdklNnruvz] [-p PORT] [-q SECONDS] [-s ADDRESS] [-w SECONDS] HOST PORT[-PORT]...
    nc -l ...                                                         wait for a connection

Not modelled: Unix sockets, proxies, TLS, telnet negotiation, `-i` but its check and TTL, TOS and buffer options.
"""

from __future__ import annotations

from vnetsim.errors import NotModelled
from vnetsim.process import Coroutine, Process
from vnetsim.programs.libc.exit import ends_by_exit
from vnetsim.programs.nc import client, server
from vnetsim.programs.nc.options import NcOptions


@ends_by_exit
def main(process: Process) -> Coroutine[int]:
    """Exit status 1: no connection, or invalid arguments."""
    options = NcOptions.read(process)
    options.set_operands()
    if options.interval and not options.scan:
        raise NotModelled("nc -i")
    return (yield from server.run(process, options) if options.listen else client.run(process, options))
