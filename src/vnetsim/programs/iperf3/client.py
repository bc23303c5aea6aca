"""`iperf3 -c` (iperf_client_api.c)."""

from __future__ import annotations

from typing import Any, Final

import attrs

from vnetsim.clock import SECOND
from vnetsim.errors import Errno, KernelError
from vnetsim.process import Child, Coroutine, Interrupted, Killed, Process, Resolved
from vnetsim.programs.iperf3 import control, jsontext
from vnetsim.programs.iperf3.control import Broken, IperfState
from vnetsim.programs.iperf3.options import IperfOptions
from vnetsim.programs.iperf3.report import Figures, IntervalMeter, IperfPrinter
from vnetsim.programs.iperf3.streams import CLIENT_NUMBERS, Load, Stream, number
from vnetsim.programs.libc.exit import Exit
from vnetsim.sockets import TcpSocket
from vnetsim.values import define
from vnetsim.wire.inet import Address

VERSION: Final = "3.12"
#: How long a UDP server may take to answer the first datagram.
_PATIENCE: Final = 30 * SECOND
_TERMINATING: Final = frozenset({1, 2, 15})


def _failure(problem: str) -> Exit:
    return Exit(1, stderr=f"iperf3: error - {problem}\n")


@define(eq=False)
class Test:
    """One run: `cookie` identifies the connections of one test to the server."""

    process: Process
    options: IperfOptions
    printer: IperfPrinter
    address: Address
    socket: TcpSocket
    cookie: bytes
    block: int = 0
    streams: list[Stream] = attrs.field(factory=list)
    children: list[Child] = attrs.field(factory=list)
    meter: IntervalMeter | None = None
    server_results: dict[str, Any] = attrs.field(factory=dict)


def run(process: Process, options: IperfOptions, printer: IperfPrinter) -> Coroutine[int]:
    test = yield from _connect(process, options, printer)
    try:
        return (yield from _talk(test))
    except Exit as end:
        return end.write(process)
    except (Broken, KernelError):
        process.error("iperf3: error - control socket has closed unexpectedly\n")
    except (Interrupted, Killed) as signal:
        if isinstance(signal, Killed) and (not signal.args or signal.args[0] not in _TERMINATING):
            raise
        process.error("iperf3: interrupt - the client has terminated\n")
        yield from _terminate(test)
    finally:
        _stop(test)
    return 1


def _connect(process: Process, options: IperfOptions, printer: IperfPrinter) -> Coroutine[Test]:
    assert options.client is not None
    resolved: Resolved = yield process.resolve(options.client, options.version)
    if resolved.error is not None:
        raise _failure(f"unable to connect to server: {_unresolved(resolved.error)}")
    error = Errno.ENOENT
    for address in resolved.addresses:
        socket = process.network.tcp_socket(address.version, owner=process)
        try:
            _bind(socket, options, address, 0)
            yield socket.connect(address, options.port, None, resolved.zone)
        except KernelError as refused:
            socket.close()
            error = refused.errno
            continue
        socket.no_delay()
        cookie = control.new_cookie(process.machine.random)
        yield socket.send(cookie)
        return Test(process, options, printer, address, socket, cookie)
    raise _failure(f"unable to connect to server: {error.strerror}")


def _unresolved(error: str) -> str:
    """What errno happens to be after getaddrinfo(3)."""
    return "Resource temporarily unavailable" if "emporary" in error else error


def _bind(socket: TcpSocket, options: IperfOptions, towards: Address, port: int) -> None:
    if options.bind is not None or port:
        from vnetsim.wire.inet import parse_address  # noqa: PLC0415 -- few need it

        source = type(towards)(0) if options.bind is None else parse_address(options.bind)
        socket.bind(source, port, reuse=bool(port))


def _talk(test: Test) -> Coroutine[int]:
    """The control messages of the server drive the test."""
    while True:
        state = yield from control.receive_state(test.socket)
        if state in _STEPS:
            yield from _STEPS[state](test)
        elif state is IperfState.DISPLAY_RESULTS:
            yield from _end(test)
            return 0
        elif state is IperfState.ACCESS_DENIED:
            raise _failure("the server is busy running a test. try again later")
        elif state is IperfState.SERVER_TERMINATE:
            test.process.error("iperf3: error - the server has terminated\n")
            yield from _terminate(test)
            return 1


def _introduce(test: Test) -> Coroutine[None]:
    options = test.options
    test.block = options.block or test.socket.info().mss
    if not options.json:
        test.printer.line(f"Connecting to host {options.client}, port {options.port}")
        if options.reverse:
            test.printer.line(f"Reverse mode, remote host {options.client} is sending")
    yield from control.send_json(test.socket, _parameters(test))


def _exchange(test: Test) -> Coroutine[None]:
    yield from control.send_json(test.socket, results(test.streams, _seconds(test), test.options))
    test.server_results = yield from control.receive_json(test.socket)


def _end(test: Test) -> Coroutine[None]:
    _display(test)
    yield control.send_state(test.socket, IperfState.IPERF_DONE)
    if not test.options.json:
        test.printer.line("")
        test.printer.line("iperf Done.")


def _parameters(test: Test) -> dict[str, Any]:
    options = test.options
    parameters: dict[str, Any] = {"udp" if options.udp else "tcp": True, "omit": 0}
    parameters["time"] = 0 if options.size or options.blocks else options.seconds
    parameters |= {"num": options.size, "blockcount": options.blocks, "parallel": options.parallel}
    if options.reverse:
        parameters["reverse"] = True
    parameters["len"] = test.block
    if options.bits_per_second:
        parameters["bandwidth"] = options.bits_per_second
    parameters["pacing_timer"] = 1000
    if options.congestion is not None:
        parameters["congestion"] = options.congestion
    parameters["client_version"] = VERSION
    return parameters


def _create_streams(test: Test) -> Coroutine[None]:
    process, options = test.process, test.options
    for index in range(options.parallel):
        port = options.client_port + index if options.client_port else 0
        if options.udp:
            socket: Any = process.network.udp_socket(test.address.version, owner=process)
            if port:
                socket.bind(type(test.address)(0), port)
            socket.connect(test.address, options.port)
            socket.send(control.UDP_HELLO)
            if (yield socket.receive(_PATIENCE)) is None:
                raise _failure("unable to read from stream socket: Resource temporarily unavailable")
        else:
            socket = yield from _stream_socket(test, port)
        remote = (test.address, options.port)
        stream = Stream(number(index, CLIENT_NUMBERS), socket, socket.local, remote, not options.reverse, options.udp)
        stream.before = 0 if options.udp else len(test.cookie)
        test.streams.append(stream)
    if not options.json:
        for stream in test.streams:
            test.printer.connected(stream)


def _stream_socket(test: Test, port: int) -> Coroutine[TcpSocket]:
    options = test.options
    socket = test.process.network.tcp_socket(test.address.version, owner=test.process)
    try:
        if options.congestion is not None:
            socket.choose_congestion_control(options.congestion)
        _bind(socket, options, test.address, port)
        yield socket.connect(test.address, options.port)
    except KernelError as refused:
        socket.close()
        if refused.errno is Errno.ENOENT:
            raise _failure(
                "unable to set TCP_CONGESTION: Supplied congestion control algorithm not supported on this host"
            ) from None
        raise _failure(f"unable to connect stream: {refused.errno.strerror}") from None
    yield socket.send(test.cookie)
    return socket


def _run(test: Test) -> Coroutine[None]:
    """Until the time is over, all bytes are sent, or the server sends a control message."""
    process, options = test.process, test.options
    began = process.now()
    test.meter = meter = IntervalMeter(test.streams, began)
    size = options.size or options.blocks * test.block
    load = Load(test.streams, test.block, options.bits_per_second, size)
    test.children = [
        process.fork(lambda child, stream=stream: load.run(child, stream))  # type: ignore[misc]
        for stream in test.streams
    ]
    end = None if size else began + options.seconds * SECOND
    step = int(options.interval * SECOND)
    tick = began + step if step else None
    heard = test.socket.readable()
    while True:
        due = min((at for at in (end, tick) if at is not None), default=None)
        waits = [heard, *([child.wait() for child in test.children] if size else [])]
        yield process.any_of([*waits, *([] if due is None else [process.sleep(max(due - process.now(), 0))])])
        now = process.now()
        if heard.is_set or load.is_done() or (end is not None and now >= end):
            break
        if tick is not None and now >= tick:
            tick += step
            _show(test, now)
    _stop_children(test)
    _show_rest(test, meter, process.now(), step)
    if not heard.is_set:
        yield control.send_state(test.socket, IperfState.TEST_END)


def _show(test: Test, now: int) -> None:
    assert test.meter is not None
    figures = test.meter.interval(now)
    if not test.options.json:
        test.printer.interval(test.streams, figures)


def _show_rest(test: Test, meter: IntervalMeter, now: int, step: int) -> None:
    """The last interval, if it is long enough or anything happened in it."""
    last = meter.intervals[-1][0].end if meter.intervals else 0.0
    seconds = (now - meter.began) / SECOND - last
    if seconds >= step / SECOND / 10 or (any(stream.count() for stream in test.streams) and seconds > 0):
        _show(test, now)


_STEPS: Final = {
    IperfState.PARAM_EXCHANGE: _introduce,
    IperfState.CREATE_STREAMS: _create_streams,
    IperfState.TEST_RUNNING: _run,
    IperfState.EXCHANGE_RESULTS: _exchange,
}


def _seconds(test: Test) -> float:
    assert test.meter is not None
    return test.meter.intervals[-1][0].end if test.meter.intervals else 0.0


def results(streams: list[Stream], seconds: float, options: IperfOptions) -> dict[str, Any]:
    """The results that one end sends to the other (send_results)."""
    sends = any(stream.sends for stream in streams)
    results: dict[str, Any] = {"cpu_util_total": 0, "cpu_util_user": 0, "cpu_util_system": 0}
    results["sender_has_retransmits"] = int(sends and not options.udp) if sends else -1
    if not options.udp and streams:
        results["congestion_used"] = streams[0].socket.info().congestion_control
    results["streams"] = [
        {"id": _identity(index), "bytes": stream.count(), "retransmits": stream.sent_again() if stream.sends else -1,
         "jitter": stream.jitter, "errors": stream.lost, "packets": stream.datagrams, "start_time": 0,
         "end_time": seconds}
        for index, stream in enumerate(streams)
    ]  # fmt: skip
    return results


def _identity(index: int) -> int:
    """Streams are called 1, 3, 4, 5, ... (iperf_add_stream)."""
    return index + 2 if index else 1


def _display(test: Test) -> None:
    assert test.meter is not None
    own, theirs = _own(test), _theirs(test)
    directions = (theirs, own) if test.options.reverse else (own, theirs)
    if test.options.json:
        test.process.write(jsontext.dumps(jsontext.result(test, *directions)) + "\n")
    else:
        test.printer.summary(test.streams, [("sender", directions[0]), ("receiver", directions[1])])


def _own(test: Test) -> list[Figures]:
    assert test.meter is not None
    return test.meter.whole(test.meter.began + round(_seconds(test) * SECOND))


def _theirs(test: Test) -> list[Figures]:
    """The results as the server reports them."""
    reported = test.server_results.get("streams") or [{}] * len(test.streams)
    found = []
    for each in reported:
        more: dict[str, Any] = {}
        if test.options.udp:
            more = {"datagrams": each.get("packets", 0), "lost": each.get("errors", 0), "jitter": each.get("jitter", 0)}
        elif test.options.reverse:
            more = {"resent": each.get("retransmits", 0)}
        found.append(Figures(start=0.0, end=each.get("end_time", _seconds(test)), size=each.get("bytes", 0), **more))
    return found


# --- ends -------------------------------------------------------------------------------------------------------------


def _terminate(test: Test) -> Coroutine[None]:
    """iperf_got_sigend: what there is is shown."""
    _stop_children(test)
    if test.meter is None:
        return
    if not test.options.json:
        _show_rest(test, test.meter, test.process.now(), 0)
        _display(test)
    try:
        yield control.send_state(test.socket, IperfState.CLIENT_TERMINATE)
    except KernelError:
        return


def _stop_children(test: Test) -> None:
    for child in test.children:
        child.kill()
    test.children = []


def _stop(test: Test) -> None:
    _stop_children(test)
    for stream in test.streams:
        stream.socket.close()
    test.socket.close()
