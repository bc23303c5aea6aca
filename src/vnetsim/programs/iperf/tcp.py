"""TCP tests of iperf: a client writes for a time, the server reads to the end of the connection."""

from __future__ import annotations

from typing import Final

from vnetsim.clock import MILLISECOND, SECOND
from vnetsim.errors import KernelError, NotModelled
from vnetsim.process import Coroutine, Interrupted, Killed, Process
from vnetsim.programs.iperf.options import IperfArguments, IperfReport
from vnetsim.sockets import TcpSocket
from vnetsim.wire.inet import ANY4

_BLOCK: Final = 128 * 1024
_WINDOW: Final = "TCP window size: 85.3 KByte (default)"
#: A client that was able to write so many bytes in so short a time has no link with a rate before it.
_TRIAL_NS: Final = 50 * MILLISECOND
_UNLIMITED_BYTES: Final = 25_000_000
#: What the processor needs to write a block: ten gigabits a second.
_BLOCK_NS: Final = _BLOCK * 8 * SECOND // 10_000_000_000


def _endings(socket: TcpSocket) -> str:
    (local, local_port), (remote, port) = socket.local, socket.remote
    ends = f"{_plain(local)} port {local_port} connected with {_plain(remote)} port {port}"
    info = socket.info()
    return f"local {ends} (icwnd/mss/irtt={10 * info.mss // 1024}/{info.mss}/{info.trip // 1000})"


def _plain(address: object) -> str:
    return str(address).removeprefix("::ffff:")


def send(process: Process, options: IperfArguments) -> Coroutine[int]:
    report = IperfReport(process, options)
    report.block(f"Client connecting to {options.client}, TCP port {options.port}", _WINDOW)
    resolved = yield process.resolve(options.client, None)
    if resolved.error is not None:
        process.error(f"error: {resolved.error}\n")
        return 1
    address = resolved.addresses[0]
    socket = process.network.tcp_socket(address.version, owner=process)
    try:
        yield socket.connect(address, options.port)
    except KernelError as error:
        process.error(f"tcp connect failed: {error.errno.strerror}\n")
        report.entry(f"local 0.0.0.0 port 0 connected with {address} port {options.port}")
        socket.close()
        return 0
    try:
        report.entry(_endings(socket))
        yield from _write(process, options, report, socket)
    except KernelError as error:
        process.error(f"write failed: {error.errno.strerror}\n")
    finally:
        socket.close()
    return 0


def _write(process: Process, options: IperfArguments, report: IperfReport, socket: TcpSocket) -> Coroutine[None]:
    began, sent, marked, mark = process.now(), 0, 0, 0
    limit, step = int(options.seconds * SECOND), int(options.interval * SECOND)
    try:
        while (sent < options.bytes) if options.bytes else (process.now() - began < limit):
            yield socket.send(bytes(_BLOCK))
            yield process.sleep(_BLOCK_NS)
            sent += _BLOCK
            _refuse_unlimited(process.now() - began, sent)
            while step and process.now() - began >= mark + step:
                report.interval(mark, mark + step, sent - marked)
                mark, marked = mark + step, sent
    except (Interrupted, Killed):
        report.interval(0, process.now() - began, sent)
        raise
    socket.shutdown()
    yield socket.receive()
    if step and sent > marked:
        report.interval(mark, process.now() - began, sent - marked)
    report.interval(0, process.now() - began, sent)


def _refuse_unlimited(elapsed: int, sent: int) -> None:
    if sent > _UNLIMITED_BYTES and elapsed < _TRIAL_NS:
        raise NotModelled("the speed of a path without a limit, which is that of a processor: give a link a rate")


def serve(process: Process, options: IperfArguments) -> Coroutine[int]:
    """Until it is interrupted."""
    IperfReport(process, options).block(f"Server listening on TCP port {options.port}", _WINDOW)
    listener = process.network.tcp_socket(4, owner=process)
    try:
        listener.bind(ANY4, options.port, reuse=True)
        listener.listen(5)
    except KernelError as error:
        process.error(f"tcp bind failed: {error.errno.strerror}\n")
        listener.close()
        return 1
    number = 0
    try:
        while True:
            number += 1
            socket: TcpSocket = yield listener.accept()
            yield from _read(process, IperfReport(process, options, number), socket)
    except Interrupted:
        return 0
    finally:
        listener.close()


def _read(process: Process, report: IperfReport, socket: TcpSocket) -> Coroutine[None]:
    began, received = process.now(), 0
    try:
        report.entry(_endings(socket))
        while data := (yield socket.receive(size=_BLOCK)):
            received += len(data)
    except KernelError:
        pass
    finally:
        socket.close()
        report.interval(0, process.now() - began, received)
