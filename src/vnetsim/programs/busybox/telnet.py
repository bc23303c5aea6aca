"""`busybox telnet HOST [PORT]` (networking/telnet.c): whether it can connect.

Not modelled: the session.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from vnetsim.digits import is_digits
from vnetsim.errors import KernelError, NotModelled
from vnetsim.netfilter.services import service_port
from vnetsim.process import Coroutine, Process, Resolved
from vnetsim.programs.busybox.appletlib import AppletOptions, strerror
from vnetsim.programs.libc.exit import Exit
from vnetsim.values import define

_PORT: Final = "23"


@define
class TelnetAppletOptions(AppletOptions):
    applet = "telnet"
    ignored = "-a -l:"


def main(process: Process, args: Sequence[str]) -> Coroutine[int]:
    options = TelnetAppletOptions.read(process, args)
    if not 1 <= len(options.operands) <= 2:
        raise Exit(1, stderr=options.usage)
    host, port = (*options.operands, _PORT)[:2]
    number = int(port) if is_digits(port) else service_port(port, "tcp")
    if number is None:
        process.error(f"telnet: bad port '{port}'\n")
        return 1
    resolved: Resolved = yield process.resolve(host)
    if resolved.error is not None:
        process.error(f"telnet: bad address '{host}'\n")
        return 1
    address = resolved.addresses[0]
    socket = process.network.tcp_socket(address.version, owner=process)
    try:
        yield socket.connect(address, number)
    except KernelError as error:
        process.error(f"telnet: can't connect to remote host ({address}): {strerror(process, error.errno)}\n")
        return 1
    finally:
        socket.close()
    raise NotModelled(f"what `busybox telnet` does once it is connected to {address}")
