"""`busybox nc`: -l -ll -p PORT -w SECONDS -e PROGRAM (networking/nc.c).

Not modelled: -i, -f.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from vnetsim.clock import SECOND
from vnetsim.digits import is_digits
from vnetsim.errors import KernelError, NotModelled
from vnetsim.process import Coroutine, Process, Program, Resolved
from vnetsim.programs.busybox.appletlib import AppletOptions, strerror
from vnetsim.programs.libc.exit import Exit
from vnetsim.programs.libc.options import count, option
from vnetsim.programs.libc.socket_streams import SocketStreams
from vnetsim.programs.nc.options import NcOptions
from vnetsim.programs.nc.relay import relay
from vnetsim.sockets import TcpSocket
from vnetsim.values import define
from vnetsim.wire.inet import ANY6


@define
class NcAppletOptions(AppletOptions):
    """`command` is that of -e, which takes the rest of the line."""

    applet = "nc"
    usage_name = "nc"
    getopt_long = False
    unmodelled = "-i: -f:"

    listening: int = count("-l")
    port: int = 0
    wait: int | None = None
    command: tuple[str, ...] = ()

    @option("-p", takes=":")
    def set_port(self, text: str) -> None:
        self.port = self._number(text)

    @option("-w", takes=":")
    def set_wait(self, text: str) -> None:
        self.wait = self._number(text) * SECOND

    def _number(self, text: str) -> int:
        if not is_digits(text):
            raise self.misused(f"invalid number '{text}'")
        return int(text)


def _read(process: Process, args: Sequence[str]) -> NcAppletOptions:
    at = next((index for index, arg in enumerate(args) if re.match("-l*e", arg)), len(args))
    if at == len(args):
        return NcAppletOptions.read(process, args)
    letters, _, attached = args[at].partition("e")
    options = NcAppletOptions.read(process, [*args[:at], *([letters] if letters != "-" else [])])
    options.command = (*([attached] if attached else []), *args[at + 1 :])
    if not options.command:
        raise options.misused("option requires an argument -- 'e'")
    return options


def main(process: Process, args: Sequence[str]) -> Coroutine[int]:
    if "--help" in args:
        raise Exit(0, stderr=NcAppletOptions(process).usage)
    options = _read(process, args)
    if options.listening:
        return (yield from _listen(process, options))
    if len(options.operands) != 2:
        raise Exit(1, stderr=options.usage)
    return (yield from _connect(process, options))


def _listen(process: Process, options: NcAppletOptions) -> Coroutine[int]:
    listener = process.network.tcp_socket(6, owner=process)
    try:
        listener.bind(ANY6, options.port, reuse=True)
        listener.listen(options.listening)
    except KernelError as error:
        listener.close()
        process.error(f"nc: bind: {strerror(process, error.errno)}\n")
        return 1
    try:
        while True:
            connection: TcpSocket = yield listener.accept()
            if options.listening == 1:
                return (yield from _use(process, options, connection))
            process.fork(_child(options, connection))
    finally:
        listener.close()


def _child(options: NcAppletOptions, connection: TcpSocket) -> Callable[[Process], Program]:
    return lambda process: _use(process, options, connection)


def _connect(process: Process, options: NcAppletOptions) -> Coroutine[int]:
    host, port = options.operands
    if not is_digits(port):
        raise NotModelled("names of ports in `busybox nc`")
    resolved: Resolved = yield process.resolve(host)
    if resolved.error is not None:
        process.error(f"nc: bad address '{host}'\n")
        return 1
    address = resolved.addresses[0]
    socket = process.network.tcp_socket(address.version, owner=process)
    try:
        if options.port:
            socket.bind(type(address)(0), options.port, reuse=True)
        if not (yield socket.connect(address, int(port), options.wait)):
            socket.close()
            process.error("nc: timed out\n")
            return 1
    except KernelError as error:
        socket.close()
        process.error(f"nc: can't connect to remote host ({address}): {strerror(process, error.errno)}\n")
        return 1
    return (yield from _use(process, options, socket))


def _use(process: Process, options: NcAppletOptions, connection: TcpSocket) -> Coroutine[int]:
    """Run the program with the connection as its input and output, or be in between oneself."""
    try:
        if not options.command:
            yield from relay(process, NcOptions(process, listen=True, shut=True), connection)
            return 0
        streams = SocketStreams(process, connection)
        try:
            child = process.spawn(options.command, stdin=streams.stdin, stdout=streams.stdout)
        except KernelError as error:
            process.error(f"nc: can't execute '{options.command[0]}': {error.errno.strerror}\n")
            return 127
        return (yield from streams.carry(child))
    finally:
        connection.close()
