"""The streams of a test: who sends, who receives, and what was counted (iperf_tcp.c, iperf_udp.c)."""

from __future__ import annotations

import struct
from typing import Any, Final

from vnetsim.clock import MICROSECOND, MILLISECOND, SECOND
from vnetsim.errors import KernelError
from vnetsim.process import Coroutine, Process
from vnetsim.sockets import TcpSocket, UdpSocket
from vnetsim.values import define
from vnetsim.wire.inet import Address

#: Numbers of streams as the descriptors of a real one come out; behind them they go on by two.
CLIENT_NUMBERS: Final = (5, 7, 9, 12)
SERVER_NUMBERS: Final = {"tcp": (5, 8, 11, 13), "udp": (5, 6, 9, 12)}
#: What the processor needs: a program can write ten gigabits in a second, and so many datagrams.
_BITS_IN_A_SECOND: Final = 10_000_000_000
_DATAGRAM_NS: Final = 2 * MICROSECOND
#: The usual -pacing-timer.
_PACING: Final = MILLISECOND
_HEADER: Final = struct.Struct("!III")
_SMALLEST: Final = _HEADER.size


def number(index: int, numbers: tuple[int, ...]) -> int:
    return numbers[index] if index < len(numbers) else numbers[-1] + 2 * (index - len(numbers) + 1)


@define(eq=False)
class Stream:
    """`transferred` bytes and `datagrams` in all; `lost`, `late` and `jitter` (in seconds) are a receiver's."""

    number: int
    socket: Any
    local: tuple[Address, int]
    remote: tuple[Address, int]
    sends: bool
    udp: bool
    transferred: int = 0
    datagrams: int = 0
    lost: int = 0
    late: int = 0
    jitter: float = 0.0
    #: What was written before the test: the cookie.
    before: int = 0
    _transit: float | None = None

    def sent_again(self) -> int:
        return 0 if self.udp or not self.sends else self.socket.info().total_resent

    def count(self) -> int:
        """Bytes until now: what the kernel took of a sender, or what a receiver read."""
        if self.sends and not self.udp:
            self.transferred = self.socket.info().written - self.before
        return self.transferred

    def heard(self, data: bytes, now: int) -> None:
        """A datagram arrived (iperf_udp_recv)."""
        self.transferred += len(data)
        if len(data) < _SMALLEST:
            return
        seconds, microseconds, count = _HEADER.unpack_from(data)
        if count > self.datagrams:
            self.lost += count - 1 - self.datagrams
            self.datagrams = count
        else:
            self.late += 1
            self.lost = max(self.lost - 1, 0)
        transit = now / SECOND - (seconds + microseconds / 1_000_000)
        if self._transit is not None:
            self.jitter += (abs(transit - self._transit) - self.jitter) / 16
        self._transit = transit


@define(eq=False)
class Load:
    """What the streams of one direction do: `size` bytes in all (0: without an end), at `rate` bits a second."""

    streams: list[Stream]
    block: int
    rate: int = 0
    size: int = 0

    def is_done(self) -> bool:
        return bool(self.size) and sum(stream.count() for stream in self.streams) >= self.size

    def run(self, process: Process, stream: Stream) -> Coroutine[int]:
        """One stream, until it is done, or broken, or killed."""
        try:
            if stream.sends:
                yield from (self._datagrams if stream.udp else self._write)(process, stream)
            else:
                yield from (_hear if stream.udp else _read)(process, stream, self)
        except KernelError:
            return 1
        return 0

    def _write(self, process: Process, stream: Stream) -> Coroutine[None]:
        socket: TcpSocket = stream.socket
        block = bytes(self.block)
        began, cost = process.now(), self.block * 8 * SECOND // _BITS_IN_A_SECOND
        while not self.is_done():
            yield socket.send(block)
            yield process.sleep(cost)
            yield from self._pace(process, stream, began)

    def _datagrams(self, process: Process, stream: Stream) -> Coroutine[None]:
        began = process.now()
        cost = max(self.block * 8 * SECOND // _BITS_IN_A_SECOND, _DATAGRAM_NS)
        filling = bytes(max(self.block - _SMALLEST, 0))
        epoch = process.machine.wall_clock() - began
        while not self.is_done():
            stream.datagrams += 1
            stream.transferred += self.block
            microseconds = (epoch + process.now()) // MICROSECOND
            header = _HEADER.pack(*divmod(microseconds, 1_000_000), stream.datagrams)
            send_datagram(stream, header + filling)
            yield process.sleep(cost)
            yield from self._pace(process, stream, began)

    def _pace(self, process: Process, stream: Stream, began: int) -> Coroutine[None]:
        """iperf_check_throttle: nothing more until the rate is not above the target rate."""
        if not self.rate:
            return
        while stream.count() * 8 * SECOND > self.rate * (process.now() - began) and not self.is_done():
            yield process.sleep(_PACING)


def send_datagram(stream: Stream, data: bytes) -> None:
    """A datagram to the other end; errors of earlier ones are ignored."""
    socket: UdpSocket = stream.socket
    try:
        socket.send_to(data, *stream.remote)
    except KernelError:
        return


def _read(process: Process, stream: Stream, load: Load) -> Coroutine[None]:
    del process
    socket: TcpSocket = stream.socket
    while not load.is_done():
        data: bytes = yield socket.receive(size=load.block)
        if not data:
            return
        stream.transferred += len(data)


def _hear(process: Process, stream: Stream, load: Load) -> Coroutine[None]:
    """Of a client, whose streams have a socket each."""
    while not load.is_done():
        datagram = yield stream.socket.receive()
        if datagram is not None:
            stream.heard(datagram.data, process.machine.wall_clock())
