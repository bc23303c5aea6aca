"""`busybox telnet HOST [PORT]` (networking/telnet.c): whether it can connect.

Not modelled: the session.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, Final

from vnetsim.digits import is_digits
from vnetsim.errors import KernelError, NotModelled
from vnetsim.netfilter.services import service_port
from vnetsim.process import Process, Resolved
from vnetsim.programs.busybox.appletlib import complain, version
from vnetsim.programs.libc.getopt import OptionError, parse
from vnetsim.programs.resources import resource

_PORT: Final = "23"


def main(process: Process, words: Sequence[str]) -> Generator[Any, Any, int]:
    usage = resource(f"busybox/usage/telnet.{process.context.release}.txt")
    try:
        parsed = parse(words, "al:")
    except OptionError as error:
        return complain(process, "telnet", str(error), usage)
    if not 1 <= len(parsed.operands) <= 2:
        process.error(f"{version(process)}\n\n{usage}")
        return 1
    host, port = (*parsed.operands, _PORT)[:2]
    number = int(port) if is_digits(port) else service_port(port, "tcp")
    if number is None:
        process.error(f"telnet: bad port '{port}'\n")
        return 1
    told: Resolved = yield process.resolve(host)
    if told.error is not None:
        process.error(f"telnet: bad address '{host}'\n")
        return 1
    address = told.addresses[0]
    socket = process.network.tcp_socket(address.version, owner=process)
    try:
        yield socket.connect(address, number)
    except KernelError as error:
        process.error(f"telnet: can't connect to remote host ({address}): {error.errno.words}\n")
        return 1
    finally:
        socket.close()
    raise NotModelled(f"what `busybox telnet` does once it is connected to {address}")
