"""Listening: packets as they come, in the blocks of the kernel's ring (TPACKET_V3).

Without -l, --immediate-mode and a terminal tcpdump sees packets only when a block of them is complete, once a second;
what is in the last block when it is stopped it never sees, though it is counted as received.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vnetsim.clock import SECOND
from vnetsim.errors import DecodeError, NotModelled
from vnetsim.process import Coroutine, Interrupted, Killed, Process, is_terminal
from vnetsim.programs.tcpdump import devices
from vnetsim.programs.tcpdump.names import Lookup
from vnetsim.programs.tcpdump.options import TcpdumpOptions
from vnetsim.programs.tcpdump.output import Buffered, Lines
from vnetsim.programs.tcpdump.primitives import Sample, Test, accepts
from vnetsim.protocols.jiffies import expiry
from vnetsim.sockets import Captured, PacketSocket
from vnetsim.values import frozen
from vnetsim.wire import cooked, pcap
from vnetsim.wire.cooked import Bare, Cooked
from vnetsim.wire.ethernet import HEADER_LENGTH, Frame, Payload
from vnetsim.wire.printer import PacketPrinter

#: SIGHUP and SIGTERM, upon which tcpdump ends with its counts, as upon SIGINT.
_QUIT: Final = frozenset({1, 15})


@frozen
class Seen:
    """A packet to be shown: its time in nanoseconds since 1970, its bytes, its layout; the device for `any`."""

    at: int
    data: bytes
    length: int
    packet: Frame | Cooked | Bare
    device: str = ""

    @property
    def payload(self) -> Payload:
        return self.packet.payload

    @property
    def header(self) -> int:
        if isinstance(self.packet, Bare):
            return 0
        return cooked.HEADER_LENGTH if isinstance(self.packet, Cooked) else HEADER_LENGTH

    def describe(self, printer: PacketPrinter) -> str:
        if isinstance(self.packet, Cooked):
            return self.packet.describe(printer, self.device)
        return self.packet.describe(printer)


class Sink:
    """What becomes of packets: lines on standard output, records of a file, or both."""

    def __init__(self, process: Process, options: TcpdumpOptions, *, offload: bool) -> None:
        self.count = 0
        self._options = options
        self._lines = Lines(options)
        self._out = Buffered(process.write, "", at_once=options.line_buffered or is_terminal(process.stdout))
        self._lookup = None if options.numeric else Lookup(process)
        self._printer = PacketPrinter(
            link=options.link,
            verbosity=options.verbosity,
            absolute=options.absolute,
            quiet=options.quiet,
            offload=offload,
            names=self._lookup,
        )
        self._file: Buffered[bytes] | None = None
        self._prints = options.target is None or options.prints

    def save_to(self, write: Callable[[bytes], None], link_type: int) -> None:
        self._file = Buffered(write, b"", at_once=self._options.packet_buffered)
        self._file.write(pcap.header(link_type, self._options.snapshot))

    def take(self, seen: Seen) -> Coroutine[bool]:
        """False once there are as many as -c allows."""
        self.count += 1
        if self._file is not None:
            kept = seen.data[: self._options.snapshot]
            self._file.write(pcap.record(pcap.PcapRecord(seen.at, kept, seen.length)))
        if self._prints and not self._options.counts:
            if self._lookup is not None:
                yield from self._lookup.learn(seen.payload)
            text = seen.describe(self._printer)
            self._out.write(self._lines.line(seen.at, text, seen.data[: self._options.snapshot], seen.header))
        return self.count != self._options.packets

    def finish(self, *, interrupted: bool) -> None:
        if interrupted and self._file is None:
            self._out.write("\n")
        self._out.flush()
        if self._file is not None:
            self._file.flush()


class Live:
    """Packets of one device, or of all (`any`)."""

    def __init__(self, process: Process, options: TcpdumpOptions, device: str, test: Test, sink: Sink) -> None:
        self._process = process
        self._options = options
        self._device = device
        self._test = test
        self._sink = sink
        self._received = 0
        self._epoch = process.machine.wall_clock() - process.now()
        printing = options.target is None and is_terminal(process.stdout)
        self._at_once = options.immediate or options.line_buffered or printing
        self._shows_progress = options.verbosity > 0 and options.target is not None and not options.prints

    def run(self) -> Coroutine[int]:
        """Exit status 1: the device has gone."""
        socket = self._process.network.packet_socket(None if self._device == devices.ANY else self._device)
        interrupted, error = False, None
        try:
            error = yield from self._listen(socket)
        except (Interrupted, Killed) as signal:
            if isinstance(signal, Killed) and (not signal.args or signal.args[0] not in _QUIT):
                raise
            interrupted = True
        finally:
            socket.close()
        self._sink.finish(interrupted=interrupted)
        if error is not None:
            self._process.error(f"tcpdump: pcap_loop: {error}\n")
        self._report()
        if not (interrupted or error is not None or self._at_once):
            # The last block was full a moment before the second was.
            self._print_progress()
        return 0 if error is None else 1

    def _listen(self, socket: PacketSocket) -> Coroutine[str | None]:
        """What went wrong, None if nothing did."""
        block: list[Seen] = []
        due = expiry(self._process.now(), SECOND)
        while True:
            wait = max(0, due - self._process.now()) if self._shows_progress or not self._at_once else None
            captured: Captured | None = yield socket.receive(wait)
            if captured is not None:
                block += self._filtered(captured)
            elif socket.gone:
                return "The interface disappeared"
            second = self._process.now() >= due
            if self._at_once or second:
                if not (yield from self._deliver(block)):
                    return None
                block.clear()
            if second:
                self._print_progress()
                due = expiry(self._process.now(), SECOND)

    def _print_progress(self) -> None:
        if self._shows_progress:
            self._process.error(f"Got {self._sink.count}\r")

    def _filtered(self, captured: Captured) -> list[Seen]:
        seen = self._seen(captured)
        if not accepts(self._test, Sample(seen.data, seen.length, captured.outgoing)):
            return []
        self._received += 1
        # What lo sends it also receives: libpcap shows it once.
        if captured.outgoing and captured.device == "lo":
            return []
        wanted = self._options.direction
        return [seen] if wanted in ("inout", "out" if captured.outgoing else "in") else []

    def _seen(self, captured: Captured) -> Seen:
        frame, at = captured.frame, self._epoch + captured.at
        if self._device != devices.ANY:
            if captured.link_type not in ("ether", "loopback"):
                bare = Bare(frame, captured.link_type, captured.outgoing)
                return Seen(at, bare.encode(), frame.length - HEADER_LENGTH, bare)
            return Seen(at, frame.encode(), frame.length, frame)
        packet = self._cooked(captured)
        return Seen(at, packet.encode(), packet.length, packet, captured.device)

    def _cooked(self, captured: Captured) -> Cooked:
        link = devices.find(self._process, captured.device)
        frame = captured.frame
        if captured.outgoing:
            kind = cooked.OUTGOING
        elif frame.destination == 0xFFFF_FFFF_FFFF:
            kind = cooked.BROADCAST
        elif frame.destination >> 40 & 1:
            kind = cooked.MULTICAST
        else:
            own = link is None or link.mac is None or link.mac == frame.destination
            kind = cooked.HOST if own else cooked.OTHER_HOST
        index = 0 if link is None else link.index
        return Cooked.of(frame, index, kind, loopback=captured.device == "lo")

    def _deliver(self, block: list[Seen]) -> Coroutine[bool]:
        for seen in block:
            if not (yield from self._sink.take(seen)):
                return False
        return True

    def _report(self) -> None:
        captured, received = _packets(self._sink.count), _packets(self._received)
        self._process.error(f"{captured} captured\n{received} received by filter\n0 packets dropped by kernel\n")


def _packets(count: int) -> str:
    return f"{count} packet{'s' * (count != 1)}"


@frozen
class Replay:
    """The packets of a file, one after the other."""

    process: Process
    options: TcpdumpOptions
    capture: pcap.PcapCapture
    test: Test
    sink: Sink

    def run(self) -> Coroutine[int]:
        """Exit status 1: the file ends in the middle of a packet."""
        complete = yield from self._packets()
        self.sink.finish(interrupted=False)
        if self.options.counts:
            self.process.write(f"{_packets(self.sink.count)}\n")
        if not complete or self.capture.error is None:
            return 0
        self.process.error(f"tcpdump: pcap_loop: {self.capture.error}\n")
        return 1

    def _packets(self) -> Coroutine[bool]:
        """False once there are as many as -c allows."""
        for packet in self.capture.packets:
            if not accepts(self.test, Sample(packet.data, packet.length)):
                continue
            if not (yield from self.sink.take(self._seen(packet))):
                return False
        return True

    def _seen(self, packet: pcap.PcapRecord) -> Seen:
        try:
            if self.capture.link_type == pcap.ETHERNET:
                return Seen(packet.at, packet.data, packet.length, Frame.decode(packet.data))
            cooked_ = Cooked.decode(packet.data)
        except DecodeError as error:
            raise NotModelled(f"tcpdump's words for what it cannot read: {error}") from None
        links = self.process.network.links()
        name = next((link.name for link in links if link.index == cooked_.index), "?")
        return Seen(packet.at, packet.data, packet.length, cooked_, name)
