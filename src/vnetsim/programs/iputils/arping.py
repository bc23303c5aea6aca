"""`arping`: ARP requests and replies (iputils 20221126; 20250605 in containers).

Not modelled: hardware other than Ethernet.
"""

from __future__ import annotations

from vnetsim.clock import SECOND
from vnetsim.errors import Errno, KernelError
from vnetsim.process import Coroutine, Interrupted, Process, Program, Resolved
from vnetsim.programs.iputils.iputils_common import IputilsOptions, between
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.options import argument, flag, option
from vnetsim.sockets import Captured, PacketSocket
from vnetsim.values import define
from vnetsim.wire.arp import Arp, ArpOperation
from vnetsim.wire.ethernet import ARP, Frame
from vnetsim.wire.inet import ANY4, IPv4, inet_aton
from vnetsim.wire.mac import BROADCAST, Mac


@define
class _ArpingOptions(IputilsOptions):
    tool = "arping"
    usage = "arping"

    device: str | None = argument("-I", default=None)
    source: str | None = argument("-s", default=None)
    count: int = argument("-c", default=0, convert=between(1))
    timeout: int = argument("-w", default=0, convert=between(0))
    interval: int = argument("-i", default=1, convert=between(0))
    quit_on_reply: bool = flag("-f")
    quiet: bool = flag("-q")
    broadcast: bool = flag("-b")
    duplicates: bool = False
    unsolicited: bool = flag("-U")
    advert: bool = False

    @option("-D")
    def detect_duplicates(self, _: str) -> None:
        self.duplicates = self.quit_on_reply = True

    @option("-A")
    def advertise(self, _: str) -> None:
        self.advert = self.unsolicited = True


@ends_by_exit
def main(process: Process) -> Program:
    """Exit status 0: a reply arrived (with `-D`: none), 1: the opposite, 2: no request could be sent."""
    options = _ArpingOptions.read(process)
    if len(options.operands) != 1:
        raise options.misused()
    return _run(process, options)


def _run(process: Process, options: _ArpingOptions) -> Coroutine[int]:
    target = yield from _resolve(process, options.operands[0])
    device, mac = _device(process, options, target)
    source = _source(process, options, target, device)
    if not process.context.raw_sockets:
        raise Exit(2, f"socket: {Errno.EPERM.strerror}")
    if not options.quiet:
        process.write(f"ARPING {target} from {source} {device}\n")
    if not source and not options.duplicates:
        raise Exit(2, "no source address in not-DAD mode")
    socket = process.network.packet_socket(device)
    try:
        return (yield from _ArpingSession(process, options, socket, mac, source, target).run())
    finally:
        socket.close()


# --- source, target and device ----------------------------------------------------------------------------------------


def _resolve(process: Process, name: str) -> Coroutine[IPv4]:
    number = inet_aton(name)
    if number is not None:
        return number
    resolved: Resolved = yield process.resolve(name, 4)
    for address in resolved.addresses:
        if isinstance(address, IPv4):
            return address
    raise Exit(2, f"{name}: {resolved.error}")


def _device(process: Process, options: _ArpingOptions, target: IPv4) -> tuple[str, Mac]:
    """The one given, or the one that leads to the target."""
    name = options.device
    if name is None:
        try:
            name = process.network.route_get(target).device
        except KernelError:
            raise Exit(1, "NETLINK_ROUTE unexpected iov element") from None
    link = next((link for link in process.network.links() if link.name == name), None)
    if link is None:
        raise Exit(2, f"Device {name} not available.")
    write = (lambda _: None) if options.quiet else process.write
    if "UP" not in link.flags:
        write(f'Interface "{name}" is down\n')
        raise Exit(2)
    if "NOARP" in link.flags or "LOOPBACK" in link.flags or link.mac is None:
        write(f'Interface "{name}" is not ARPable\n')
        raise Exit(0 if options.duplicates else 2)
    return link.name, link.mac


def _source(process: Process, options: _ArpingOptions, target: IPv4, device: str) -> IPv4:
    """The sender address of requests: one of this host's, none for duplicate address detection."""
    source = target if options.unsolicited else None
    if options.source is not None:
        source = inet_aton(options.source)
        if source is None:
            raise Exit(2, f"invalid source {options.source}")
    if source is not None:
        if not any(entry.address == source for entry in process.network.addresses()):
            raise Exit(2, f"bind: {Errno.EADDRNOTAVAIL.strerror}")
        return source
    if options.duplicates:
        return ANY4
    try:
        chosen = process.network.route_get(target, oif=device).source
    except KernelError as error:
        raise Exit(2, f"connect: {error.errno.strerror}") from None
    return chosen if isinstance(chosen, IPv4) else ANY4


# --- requests and replies ---------------------------------------------------------------------------------------------


class _ArpingSession:
    """Probes once an interval; after the first reply they are unicast to its sender."""

    def __init__(
        self, process: Process, options: _ArpingOptions, socket: PacketSocket, mac: Mac, source: IPv4, target: IPv4
    ) -> None:
        self._process = process
        self._options = options
        self._socket = socket
        self._mac = mac
        self._source = source
        self._target = target
        self._station = BROADCAST
        self._unicasting = False
        self._started = self._last = process.now()
        self._sent = self._broadcasts = self._received = 0
        self._broadcast_replies = self._requests = 0

    def run(self) -> Coroutine[int]:
        options = self._options
        try:
            ticks = 1
            self._probe()
            while not (yield from self._listen(self._started + ticks * options.interval * SECOND)):
                ticks += 1
                if 0 < options.count < ticks:
                    break
                self._probe()
                if options.timeout and self._process.now() >= self._started + options.timeout * SECOND:
                    break
        except Interrupted:
            pass
        return self._finish()

    def _probe(self) -> None:
        operation = ArpOperation.REPLY if self._options.advert else ArpOperation.REQUEST
        target_mac = self._mac if self._options.advert else self._station
        packet = Arp(operation, self._mac, self._source, target_mac, self._target)
        try:
            self._socket.send(Frame.build(self._station, self._mac, ARP, packet))
        except KernelError:
            return
        self._last = self._process.now()
        self._sent += 1
        self._broadcasts += not self._unicasting

    def _listen(self, until: int) -> Coroutine[bool]:
        """Take answers until it is time for the next probe; True when there are enough."""
        while (rest := until - self._process.now()) > 0:
            captured: Captured | None = yield self._socket.receive(rest)
            if captured is not None and self._is_answer(captured) and self._heard(captured.frame):
                return True
        return False

    def _is_answer(self, captured: Captured) -> bool:
        frame = captured.frame
        packet = frame.payload
        if captured.outgoing or not isinstance(packet, Arp) or not self._is_for_us(frame.destination):
            return False
        if packet.sender_ip != self._target:
            return False
        if self._options.duplicates:
            mine = packet.sender_mac == self._mac
            return not mine and (not self._source or packet.target_ip == self._source)
        return packet.target_ip == self._source and packet.target_mac == self._mac

    def _is_for_us(self, destination: Mac) -> bool:
        return destination == self._mac or bool(destination >> 40 & 1)

    def _heard(self, frame: Frame) -> bool:
        options, packet = self._options, frame.payload
        assert isinstance(packet, Arp)
        unicast = frame.destination == self._mac
        if not options.quiet:
            self._print(packet, unicast=unicast)
        self._received += 1
        if options.timeout and self._received == options.count:
            return True
        self._broadcast_replies += not unicast
        self._requests += packet.operation is ArpOperation.REQUEST
        if options.quit_on_reply:
            return True
        if not options.broadcast:
            self._station, self._unicasting = packet.sender_mac, True
        return False

    def _print(self, packet: Arp, *, unicast: bool) -> None:
        kind = f"{'Unicast' if unicast else 'Broadcast'} {packet.operation.name.lower()}"
        line = f"{kind} from {packet.sender_ip} [{str(packet.sender_mac).upper()}] "
        other = packet.target_ip != self._source
        if other:
            line += f"for {packet.target_ip} "
        if packet.target_mac != self._mac:
            line += f"{'' if other else 'for '}[{str(packet.target_mac).upper()}]"
        self._process.write(f"{line} {_age(self._process.now() - self._last)}\n")

    def _finish(self) -> int:
        options = self._options
        if not options.quiet:
            self._process.write(f"Sent {self._sent} probes ({self._broadcasts} broadcast(s))\n")
            self._process.write(f"Received {self._received} response(s){self._kinds()}\n")
        if options.duplicates:
            return int(bool(self._received))
        if options.unsolicited:
            return 0
        if options.timeout and options.count and not options.quit_on_reply:
            return int(not self._is_complete())
        return int(not self._received)

    def _is_complete(self) -> bool:
        """Enough replies; the older arping wants as many probes, too."""
        count = self._options.count
        newer = self._process.context.release != "bookworm"
        return self._received >= count and (newer or self._sent >= count)

    def _kinds(self) -> str:
        parts = [f"{self._requests} request(s)"] if self._requests else []
        parts += [f"{self._broadcast_replies} broadcast(s)"] if self._broadcast_replies else []
        return f" ({', '.join(parts)})" if parts else ""


def _age(nanoseconds: int) -> str:
    """Milliseconds as arping counts them: half a millisecond too many."""
    microseconds = (nanoseconds + 500) // 1000
    milliseconds = (microseconds + 500) // 1000
    return f"{milliseconds}.{microseconds - milliseconds * 1000 + 500:03}ms"
