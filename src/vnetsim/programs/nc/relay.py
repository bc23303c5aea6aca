"""nc between its own input and output and the network (readwrite)."""

from __future__ import annotations

from typing import Final

from vnetsim.clock import MICROSECOND, Wait
from vnetsim.errors import KernelError
from vnetsim.process import Coroutine, Process
from vnetsim.programs.libc.octets import Decoder, decode, encode
from vnetsim.programs.nc.options import NcOptions
from vnetsim.sockets import Datagram, TcpSocket, UdpSocket

#: One turn of the loop: longer than it takes a neighbour to acknowledge what was sent in it.
STEP: Final = 100 * MICROSECOND
_BUFFER: Final = 16_384


class _Relay:
    """`out_open` and `in_open`: data may still go to the network, and come from it."""

    def __init__(self, process: Process, options: NcOptions) -> None:
        self.process = process
        self.options = options
        self.out_open = self.in_open = True
        #: The end of standard input was read, or it is not read (-d).
        self.ended = options.detached
        self.typed: Wait = None if self.ended else process.stdin.read_some()
        self.quit: Wait = None

    @property
    def is_over(self) -> bool:
        if self.in_open:
            return False
        return self.options.listen or not self.out_open

    def wait(self, waits: list[Wait]) -> Coroutine[bool]:
        """Until one of them is there; False if it is time to leave."""
        waits = [wait for wait in (*waits, self.quit) if wait is not None]
        idle = None if self.options.wait is None else self.process.sleep(self.options.wait)
        yield self.process.any_of(waits if idle is None else [*waits, idle])
        if self.quit is not None and self.quit.is_set:
            return False
        return any(wait.is_set for wait in waits)

    def read_typed(self) -> Coroutine[bytes]:
        """What was typed, b"" if nothing was or that was all."""
        if self.typed is None or not self.typed.is_set:
            return b""
        text: str = yield self.typed
        if text:
            self.typed = self.process.stdin.read_some()
            return encode(text.replace("\n", "\r\n") if self.options.crlf else text)
        self.typed, self.ended = None, True
        if self.options.quit_after is not None:
            self.quit = self.process.sleep(self.options.quit_after)
        return b""


def relay(process: Process, options: NcOptions, socket: TcpSocket) -> Coroutine[None]:
    """Until the network reaches end of file, or -q or -w end it."""
    it, decoder, sending = _Relay(process, options), Decoder(), None
    while True:
        if it.ended and sending is None and it.out_open:
            it.out_open = False
            if options.shut:
                _shutdown(socket)
        if it.is_over and sending is None:
            return
        readable = socket.readable() if it.in_open else None
        try:
            if not (yield from it.wait([readable, sending or (it.typed if it.out_open else None)])):
                return
            if sending is not None and sending.is_set:
                yield sending
                sending = None
            if sending is None and (data := (yield from it.read_typed())) and it.out_open:
                sending = socket.send(data)
        except KernelError:
            it.out_open, sending = False, None
        if readable is not None and readable.is_set:
            it.in_open = yield from _show(process, socket, decoder)
        yield process.sleep(STEP)


def _show(process: Process, socket: TcpSocket, decoder: Decoder) -> Coroutine[bool]:
    """Print what came; False at the end."""
    try:
        data: bytes = yield socket.receive(size=_BUFFER)
    except KernelError:
        data = b""
    process.write(decoder.decode(data) if data else decoder.end())
    return bool(data)


def _shutdown(socket: TcpSocket) -> None:
    try:
        socket.shutdown()
    except KernelError:
        return


def relay_datagrams(
    process: Process, options: NcOptions, socket: UdpSocket, first: Datagram | None = None
) -> Coroutine[None]:
    """The same with datagrams, which have no end of file; `first` is already received."""
    it, arriving = _Relay(process, options), None
    if first is not None:
        process.write(decode(first.data))
    while True:
        if it.ended:
            it.out_open = False
        if it.is_over:
            return
        try:
            arriving = arriving or socket.receive()
            if not (yield from it.wait([arriving, it.typed if it.out_open else None])):
                return
            if arriving.is_set:
                datagram: Datagram | None = yield arriving
                arriving = None
                process.write("" if datagram is None else decode(datagram.data))
            data = yield from it.read_typed()
            if data:
                socket.send(data)
        except KernelError:
            # ECONNREFUSED is the end of file for nc.
            arriving, it.in_open = None, False
        yield process.sleep(STEP)
