"""`iperf3 -s` (iperf_server_api.c).

All UDP streams of a test share the server's one socket here, where a real server has one for each.
"""

from __future__ import annotations

from typing import Any, Final

import attrs

from vnetsim.clock import SECOND
from vnetsim.errors import KernelError
from vnetsim.process import Child, Coroutine, Interrupted, Killed, Process
from vnetsim.programs.iperf3 import control
from vnetsim.programs.iperf3.client import results
from vnetsim.programs.iperf3.control import Broken, IperfState
from vnetsim.programs.iperf3.options import IperfOptions
from vnetsim.programs.iperf3.report import Figures, IntervalMeter, IperfPrinter, plain
from vnetsim.programs.iperf3.streams import SERVER_NUMBERS, Load, Stream, number
from vnetsim.sockets import TcpSocket, UdpSocket
from vnetsim.values import define
from vnetsim.wire.inet import ANY4, ANY6, parse_address

_RULE: Final = "-" * 59
_BACKLOG: Final = 5
_MOST_STREAMS: Final = 128
_MOST_BLOCK: Final = 1024 * 1024


def run(process: Process, options: IperfOptions, printer: IperfPrinter) -> Coroutine[int]:
    try:
        listener = _listen(process, options)
    except KernelError as error:
        process.error(f"iperf3: error - unable to start listener for connections: {error.errno.strerror}\n")
        process.error("iperf3: exiting\n")
        return 1
    tests = 0
    try:
        while True:
            tests += 1
            for line in (_RULE, f"Server listening on {options.port} (test #{tests})", _RULE):
                printer.line(line)
            yield from _Test(process, options, printer, listener).run()
            if options.once:
                return 0
    except (Interrupted, Killed) as signal:
        if isinstance(signal, Killed) and signal.args and signal.args[0] not in (1, 15):
            raise
        process.error("iperf3: interrupt - the server has terminated\n")
        return 1
    finally:
        listener.close()


def _listen(process: Process, options: IperfOptions) -> TcpSocket:
    """Listen on every address of both families, unless -B or -4 restrict that."""
    address = ANY4 if options.version == 4 else ANY6
    if options.bind is not None:
        address = parse_address(options.bind)
    listener = process.network.tcp_socket(address.version, owner=process)
    try:
        listener.bind(address, options.port, reuse=True)
        listener.listen(_BACKLOG)
    except KernelError:
        listener.close()
        raise
    return listener


@define(eq=False)
class _Test:
    """One client, from its first connection to its last."""

    process: Process
    options: IperfOptions
    printer: IperfPrinter
    listener: TcpSocket
    parameters: dict[str, Any] = attrs.field(factory=dict)
    streams: list[Stream] = attrs.field(factory=list)
    children: list[Child] = attrs.field(factory=list)
    meter: IntervalMeter | None = None
    datagrams: UdpSocket | None = None

    @property
    def udp(self) -> bool:
        return bool(self.parameters.get("udp"))

    def run(self) -> Coroutine[None]:
        socket: TcpSocket = yield self.listener.accept()
        try:
            socket.no_delay()
            cookie = yield from control.receive(socket, control.COOKIE_LENGTH)
            address, port = socket.remote
            self.printer.line(f"Accepted connection from {plain(address)}, port {port}")
            yield from self._serve(socket, cookie)
        except (Broken, KernelError):
            self.process.error("iperf3: the client has terminated\n")
            self._report()
        except (Interrupted, Killed):
            yield control.send_state(socket, IperfState.SERVER_TERMINATE)
            raise
        finally:
            self._stop()
            socket.close()

    def _serve(self, socket: TcpSocket, cookie: bytes) -> Coroutine[None]:
        yield control.send_state(socket, IperfState.PARAM_EXCHANGE)
        self.parameters = yield from control.receive_json(socket)
        if self.udp:
            self.datagrams = self.process.network.udp_socket(self.listener.local[0].version, owner=self.process)
            self.datagrams.bind(self.listener.local[0], self.options.port)
        yield control.send_state(socket, IperfState.CREATE_STREAMS)
        yield from (self._hear_streams() if self.udp else self._accept_streams(socket, cookie))
        for stream in self.streams:
            self.printer.connected(stream)
        yield control.send_state(socket, IperfState.TEST_START)
        yield control.send_state(socket, IperfState.TEST_RUNNING)
        yield from self._measure(socket)
        yield control.send_state(socket, IperfState.EXCHANGE_RESULTS)
        yield from control.receive_json(socket)
        assert self.meter is not None
        own = results(self.streams, self._seconds(), attrs.evolve(self.options, udp=self.udp))
        for stream in self.streams:
            stream.count()
        yield from control.send_json(socket, own)
        yield control.send_state(socket, IperfState.DISPLAY_RESULTS)
        self._report()
        yield from control.receive_state(socket)

    # --- streams ----------------------------------------------------------------------------------------------------

    @property
    def _count(self) -> int:
        return min(max(int(self.parameters.get("parallel", 1)), 1), _MOST_STREAMS)

    @property
    def _sends(self) -> bool:
        return bool(self.parameters.get("reverse"))

    def _accept_streams(self, client: TcpSocket, cookie: bytes) -> Coroutine[None]:
        """Broken if the client sends anything else meanwhile: it has given up."""
        while len(self.streams) < self._count:
            given_up = client.readable()
            yield self.process.any_of([self.listener.readable(), given_up])
            if given_up.is_set:
                raise Broken
            socket: TcpSocket = yield self.listener.accept()
            if (yield from control.receive(socket, control.COOKIE_LENGTH)) != cookie:
                yield from _refuse(socket)
                continue
            self._add(socket, socket.local, socket.remote)

    def _hear_streams(self) -> Coroutine[None]:
        assert self.datagrams is not None
        while len(self.streams) < self._count:
            datagram = yield self.datagrams.receive()
            if datagram is None or datagram.data != control.UDP_HELLO:
                continue
            remote = datagram.source, datagram.source_port
            if all(stream.remote != remote for stream in self.streams):
                self._add(self.datagrams, (datagram.destination, self.options.port), remote)
                self.datagrams.send_to(control.UDP_REPLY, *remote)

    def _add(self, socket: Any, local: Any, remote: Any) -> None:
        numbers = SERVER_NUMBERS["udp" if self.udp else "tcp"]
        self.streams.append(Stream(number(len(self.streams), numbers), socket, local, remote, self._sends, self.udp))

    # --- the test ---------------------------------------------------------------------------------------------------

    def _measure(self, socket: TcpSocket) -> Coroutine[None]:
        """Until the client sends TEST_END; Broken if it closes the connection without that."""
        process, began = self.process, self.process.now()
        self.meter = IntervalMeter(self.streams, began)
        self._start()
        step = int(self.options.interval * SECOND)
        tick = began + step if step else None
        refusing = process.fork(self._refuse_others)
        self.children.append(refusing)
        heard = socket.readable()
        while not heard.is_set:
            yield process.any_of([heard, *([] if tick is None else [process.sleep(max(tick - process.now(), 0))])])
            if tick is not None and process.now() >= tick:
                tick += step
                self.printer.interval(self.streams, self.meter.interval(process.now()))
        state = yield from control.receive_state(socket)
        self._stop_children()
        if state is not IperfState.TEST_END:
            raise Broken
        if self._seconds() * SECOND < process.now() - began:
            figures = self.meter.interval(process.now())
            if any(it.size for it in figures) or figures[0].end - figures[0].start >= step / SECOND / 10:
                self.printer.interval(self.streams, figures)
        self._end = (process.now() - began) / SECOND

    _end: float = 0.0

    def _start(self) -> None:
        length = int(self.parameters.get("len", 131_072))
        size = int(self.parameters.get("num", 0)) or int(self.parameters.get("blockcount", 0)) * length
        load = Load(
            self.streams,
            max(1, min(length, _MOST_BLOCK)),
            int(self.parameters.get("bandwidth", 0)),
            size if self._sends else 0,
        )
        if self.udp and not self._sends:
            self.children = [self.process.fork(self._hear_all)]
            return
        self.children = [
            self.process.fork(lambda child, stream=stream: load.run(child, stream))  # type: ignore[misc]
            for stream in self.streams
        ]

    def _hear_all(self, process: Process) -> Coroutine[int]:
        """The streams of UDP, by the address and port that they come from."""
        assert self.datagrams is not None
        known = {stream.remote: stream for stream in self.streams}
        while True:
            try:
                datagram = yield self.datagrams.receive()
            except KernelError:
                continue
            stream = None if datagram is None else known.get((datagram.source, datagram.source_port))
            if stream is not None:
                stream.heard(datagram.data, process.machine.wall_clock())

    def _refuse_others(self, process: Process) -> Coroutine[int]:
        """A client that connects during a test is refused."""
        del process
        while True:
            # A pending accept would still take the next client.
            yield self.listener.readable()
            socket: TcpSocket = yield self.listener.accept()
            try:
                yield from control.receive(socket, control.COOKIE_LENGTH)
                yield from _refuse(socket)
            except (Broken, KernelError):
                socket.close()

    # --- the end ----------------------------------------------------------------------------------------------------

    def _seconds(self) -> float:
        if self._end:
            return self._end
        assert self.meter is not None
        return self.meter.intervals[-1][0].end if self.meter.intervals else 0.0

    def _report(self) -> None:
        if self.meter is None:
            return
        figures: list[Figures] = self.meter.whole(self.meter.began + round(self._seconds() * SECOND))
        self.printer.summary(self.streams, [("sender" if self._sends else "receiver", figures)])

    def _stop_children(self) -> None:
        for child in self.children:
            child.kill()
        self.children = []

    def _stop(self) -> None:
        self._stop_children()
        for stream in self.streams:
            stream.socket.close()
        if self.datagrams is not None:
            self.datagrams.close()


def _refuse(socket: TcpSocket) -> Coroutine[None]:
    yield control.send_state(socket, IperfState.ACCESS_DENIED)
    socket.close()
