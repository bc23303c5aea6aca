"""ipset 7.17: sets of addresses, ports and devices (src/ipset.c, lib/ipset.c).

Not modelled: `-r`, commands typed one after the other (`ipset -`), the help about one type, and what
`netfilter.ipset.settypes` and `programs.ipset.options` name.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, Final

from vnetsim.clock import Wait
from vnetsim.errors import KernelError, NotModelled
from vnetsim.process import Process, Resolved
from vnetsim.programs.ipset.commands import IpsetSession
from vnetsim.programs.ipset.errors import HINT, VERSION, IpsetError, UnresolvedName
from vnetsim.programs.ipset.restore import restore
from vnetsim.programs.libc.streams import source
from vnetsim.programs.resources import resource
from vnetsim.wire.inet import Address

_NO_FILE: Final = 255


def main(process: Process) -> Generator[Wait, Any, int]:
    """Exit status 1: refused; 2: usage; 255: a file that cannot be opened."""
    session = IpsetSession(process)
    try:
        return (yield from _command(process, session))
    except IpsetError as refused:
        if not session.quiet:
            process.error(f"{VERSION}: {session.where}{refused}\n")
            if refused.status > 1:
                process.error(HINT)
        return refused.status


def _command(process: Process, session: IpsetSession) -> Generator[Wait, Any, int]:
    session.read(process.argv[1:])
    name = session.command.name
    if name == "help":
        return _help(process, session.command.first)
    if name == "version":
        process.write(f"{VERSION}, protocol version: 7\n")
        return 0
    if name == "quit":
        return 0
    if not process.context.privileged:
        raise IpsetError("Kernel error received: Operation not permitted")
    if name != "restore":
        return (yield from resolving(process, session))
    try:
        text = yield from source(process, session.command.file or "-").rest()
    except KernelError:
        return _NO_FILE
    yield from restore(process, session, text)
    return 0


def resolving(process: Process, session: IpsetSession) -> Generator[Wait, Any, int]:
    """Carry out the command, with the addresses of all names in it."""
    while True:
        try:
            return session.run()
        except UnresolvedName as unknown:
            answer: Resolved = yield process.resolve(unknown.name, unknown.version)
            addresses: Sequence[Address] = answer.addresses
            session.hosts[unknown.name, unknown.version] = addresses


def _help(process: Process, about: str) -> int:
    if about:
        raise NotModelled("ipset help about a type")
    process.write(resource("ipset", "ipset"))
    process.write("\n" + resource("ipset", "types"))
    return 0
