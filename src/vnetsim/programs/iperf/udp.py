"""UDP tests of iperf: datagrams of 1470 bytes at a rate; the server answers the last one with its figures.

A datagram begins with its number (negative: the last one) and when it was sent, as iperf's do; the figures in the
server's answer follow no real format.
"""

from __future__ import annotations

import struct
from typing import Any, Final

from vnetsim.clock import MICROSECOND, SECOND
from vnetsim.errors import KernelError
from vnetsim.process import Coroutine, Interrupted, Process
from vnetsim.programs.iperf.options import IperfArguments, IperfReport
from vnetsim.wire.inet import ANY4

_LENGTH: Final = 1470
_HEADER: Final = struct.Struct("!iII")
#: Bytes, nanoseconds, lost, in all, and the jitter in nanoseconds.
_FIGURES: Final = struct.Struct("!QQIIQ")
_BUFFER: Final = "UDP buffer size:  208 KByte (default)"
_HEAD: Final = "        Jitter   Lost/Total Datagrams"
_TRIES: Final = 10
_WAIT_NS: Final = SECOND // 4


def send(process: Process, options: IperfArguments) -> Coroutine[int]:
    report = IperfReport(process, options)
    gap = _LENGTH * 8 * SECOND // max(options.rate, 1)
    sending = f"Sending {_LENGTH} byte datagrams, IPG target: {gap / MICROSECOND:.2f} us (kalman adjust)"
    report.block(f"Client connecting to {options.client}, UDP port {options.port}", sending, _BUFFER)
    resolved = yield process.resolve(options.client, None)
    if resolved.error is not None:
        process.error(f"error: {resolved.error}\n")
        return 1
    address = resolved.addresses[0]
    socket = process.network.udp_socket(address.version, owner=process)
    try:
        socket.connect(address, options.port)
        source, port = socket.local
        report.entry(f"local {source} port {port} connected with {address} port {options.port}")
        yield from _datagrams(process, options, report, socket, gap)
    finally:
        socket.close()
    return 0


def _datagrams(
    process: Process, options: IperfArguments, report: IperfReport, socket: Any, gap: int
) -> Coroutine[None]:
    began, number = process.now(), 0
    limit = int(options.seconds * SECOND)
    while (number * _LENGTH < options.bytes) if options.bytes else (process.now() - began < limit):
        number += 1
        _put(process, socket, number)
        yield process.sleep(max(began + number * gap - process.now(), 1))
    ended = process.now() - began
    report.interval(0, ended, number * _LENGTH)
    report.entry(f"Sent {number + 1} datagrams")
    for _ in range(_TRIES):
        _put(process, socket, -(number + 1))
        try:
            answer = yield socket.receive(_WAIT_NS)
        except KernelError as error:
            process.error(f"read failed: {error.errno.strerror}\n")
            return
        if answer is not None:
            report.entry("Server Report:")
            _figures(report, answer.data)
            return
    process.error(f"[  1] WARNING: did not receive ack of last datagram after {_TRIES} tries.\n")


def _put(process: Process, socket: Any, number: int) -> None:
    seconds, microseconds = divmod(process.machine.wall_clock() // MICROSECOND, 1_000_000)
    try:
        socket.send(_HEADER.pack(number, seconds, microseconds) + bytes(_LENGTH - _HEADER.size))
    except KernelError:
        return


def _figures(report: IperfReport, data: bytes) -> None:
    size, lasted, lost, total, jitter = _FIGURES.unpack_from(data)
    share = 100 * lost / total if total else 0
    report.interval(
        0,
        lasted,
        size,
        f"   {jitter / 1_000_000:5.3f} ms {lost}/{total} ({share:.2g}%)",
        _HEAD,
    )


class _Flow:
    """What came of one client."""

    def __init__(self, began: int) -> None:
        self.began = self.latest = began
        self.size = self.highest = self.count = 0
        self.jitter = 0.0
        self._transit: int | None = None

    def heard(self, data: bytes, now: int, wall: int) -> bool:
        """Whether it was the last datagram."""
        number, seconds, microseconds = _HEADER.unpack_from(data)
        if number < 0:
            self.highest = max(self.highest, -number - 1)
            return True
        self.size += len(data)
        self.count += 1
        self.highest, self.latest = max(self.highest, number), now
        transit = wall - (seconds * SECOND + microseconds * MICROSECOND)
        if self._transit is not None:
            self.jitter += (abs(transit - self._transit) - self.jitter) / 16
        self._transit = transit
        return False

    def figures(self) -> bytes:
        lost = max(self.highest - self.count, 0)
        return _FIGURES.pack(self.size, self.latest - self.began, lost, self.highest, int(self.jitter))


def serve(process: Process, options: IperfArguments) -> Coroutine[int]:
    IperfReport(process, options).block(f"Server listening on UDP port {options.port}", _BUFFER)
    socket = process.network.udp_socket(4, owner=process)
    try:
        socket.bind(ANY4, options.port)
        yield from _hear(process, options, socket)
    except KernelError as error:
        process.error(f"bind failed: {error.errno.strerror}\n")
        return 1
    except Interrupted:
        return 0
    finally:
        socket.close()
    return 0


def _hear(process: Process, options: IperfArguments, socket: Any) -> Coroutine[None]:
    flows: dict[object, _Flow] = {}
    number = 0
    while True:
        datagram = yield socket.receive()
        if datagram is None or len(datagram.data) < _HEADER.size:
            continue
        key = (datagram.source, datagram.source_port)
        if key not in flows:
            number += 1
            flows[key] = _Flow(process.now())
            report = IperfReport(process, options, number)
            local = datagram.destination
            report.entry(
                f"local {local} port {options.port} connected with {datagram.source} port {datagram.source_port}"
            )
        flow = flows[key]
        if flow.heard(datagram.data, process.now(), process.machine.wall_clock()):
            if flow.count >= 0:
                _figures(IperfReport(process, options, number), flow.figures())
            socket.send_to(flow.figures() + bytes(100), datagram.source, datagram.source_port)
            flow.count = -1
