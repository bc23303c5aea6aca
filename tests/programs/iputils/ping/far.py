"""What ping talks to in its tests: a socket, and a far end that answers as it is told."""

from __future__ import annotations

import heapq
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import attrs

from tests.programs.clocked import ClockedProcess, Machine, drive
from tests.programs.fake import Ended, FakeContext, FakeFiles, FakeNetwork
from tests.programs.iproute2.ip.ip_host import LO, inet, veth
from vnetsim.clock import MICROSECOND
from vnetsim.errors import Errno, KernelError
from vnetsim.observations import AddressEntry, Link
from vnetsim.programs.iputils import ping
from vnetsim.sockets import IcmpMessage
from vnetsim.wire import icmp
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.inet import Address, IPv4
from vnetsim.wire.ipv4 import Packet

HERE, THERE, ROUTER = (IPv4.parse(f"10.0.0.{host}") for host in (1, 2, 254))
ETH0 = veth(2, "eth0", 2)
IDENTIFIER = 4711


@attrs.frozen
class Request:
    """An echo request on its way; `at` nanoseconds of the machine's clock."""

    at: int
    sequence: int
    data: bytes


#: What comes back for a request: how many nanoseconds after it, and the message.
Answers = Iterable[tuple[int, IcmpMessage]]
FarEnd = Callable[[Request], Answers]


def silence(_: Request) -> Answers:
    return ()


def reply(request: Request, *, ttl: int = 64, origin: IPv4 = THERE, options: bytes = b"") -> IcmpMessage:
    message = Icmp.echo_request(IDENTIFIER, request.sequence, request.data).echo_reply()
    packet = Packet.build(origin, HERE, icmp.PROTOCOL, message, ttl=ttl, options=options)
    return IcmpMessage(message, packet, origin, request.sequence)


def echo(*microseconds: int) -> FarEnd:
    """Replies after so many microseconds, one after the other, and the last for ever."""

    def answering(request: Request) -> Answers:
        delay = microseconds[min(request.sequence, len(microseconds)) - 1]
        return [(delay * MICROSECOND, reply(request))]

    return answering


def error(request: Request, kind: int, code: int, word: int = 0, origin: IPv4 = ROUTER) -> IcmpMessage:
    return IcmpMessage(Icmp.build(kind, code, word, b""), None, origin, request.sequence, error=True)


def unreachable(at: int) -> FarEnd:
    """This host gives up looking for the neighbour at that time and says so of every request."""

    def answering(request: Request) -> Answers:
        message = error(request, icmp.DESTINATION_UNREACHABLE, icmp.HOST_UNREACHABLE, origin=HERE)
        return [(max(0, at - request.at), message)]

    return answering


@attrs.frozen
class Waiting:
    """A wait for whatever a socket receives within `timeout`."""

    socket: FarSocket
    timeout: int | None

    def over(self, machine: Machine) -> Any:
        arrived = self.socket.queue
        until = None if self.timeout is None else machine.time + self.timeout
        if arrived and (until is None or arrived[0][0] <= until):
            machine.time = max(machine.time, arrived[0][0])
            return heapq.heappop(arrived)[2]
        assert until is not None, "this wait never ends"
        machine.time = until
        return None


@attrs.define
class FarSocket:
    """`refusals` are what send(2) says about the first requests; an EMSGSIZE leaves a message of its own."""

    machine: Machine
    far_end: FarEnd
    refusals: list[Errno | None]
    source: Address = HERE
    identifier: int = IDENTIFIER
    queue: list[tuple[int, int, IcmpMessage]] = attrs.field(factory=list)
    sent: list[Request] = attrs.field(factory=list)
    closed: bool = False

    def send(self, sequence: int, data: bytes) -> None:
        request = Request(self.machine.time, sequence, data)
        refusal = self.refusals.pop(0) if self.refusals else None
        if refusal is Errno.EMSGSIZE:
            empty = Icmp.build(icmp.ECHO_REQUEST, 0, 0, b"")
            self.arrive(0, IcmpMessage(empty, None, HERE, 0, error=True, local=True, info=1500))
        if refusal is not None:
            raise KernelError(refusal)
        self.sent.append(request)
        for delay, message in self.far_end(request):
            self.arrive(delay, message)

    def arrive(self, delay: int, message: IcmpMessage) -> None:
        heapq.heappush(self.queue, (self.machine.time + delay, len(self.queue) + 1000 * len(self.sent), message))

    def receive(self, timeout: int | None = None) -> Waiting:
        return Waiting(self, timeout)

    def close(self) -> None:
        self.closed = True


@attrs.define
class FarNetwork(FakeNetwork):
    """`asked` are the sockets asked for; `unroutable` is what connect(2) says."""

    machine: Machine = attrs.field(factory=Machine)
    far_end: FarEnd = silence
    refusals: Sequence[Errno | None] = ()
    unroutable: Errno | None = None
    links_seen: Sequence[Link] = (LO, ETH0)
    addresses_seen: Sequence[AddressEntry] = (inet(LO, "127.0.0.1/8"), inet(ETH0, "10.0.0.1/24"))
    asked: list[tuple[Address, dict[str, Any]]] = attrs.field(factory=list)
    sockets: list[FarSocket] = attrs.field(factory=list)

    def ping_socket(self, destination: Address, *, broadcast: bool = False, **wanted: Any) -> FarSocket:
        if str(destination).endswith(".255") and not broadcast:
            raise KernelError(Errno.EACCES)
        if self.unroutable is not None:
            raise KernelError(self.unroutable)
        self.asked.append((destination, {key: value for key, value in wanted.items() if value}))
        socket = FarSocket(self.machine, self.far_end, list(self.refusals), wanted["source"] or HERE)
        self.sockets.append(socket)
        return socket


@attrs.frozen
class Session:
    """How ping ended, and all that was used."""

    ended: Ended
    process: ClockedProcess
    network: FarNetwork

    @property
    def lasted(self) -> int:
        """Nanoseconds."""
        return self.network.machine.time

    @property
    def sent(self) -> list[Request]:
        return [request for socket in self.network.sockets for request in socket.sent]


def ping_(
    command: str, far_end: FarEnd = silence, *, interrupt_at: int | None = None, names: Mapping[str, str] | None = None,
    group_range: str = "1\t0\n", raw_sockets: bool = True, release: str = "bookworm", **network: Any,
) -> Session:  # fmt: skip
    machine = Machine(interrupt_at=interrupt_at)
    far = FarNetwork(machine=machine, far_end=far_end, **network)
    files = FakeFiles({"/proc/sys/net/ipv4/ping_group_range": group_range})
    context = FakeContext(network=far, files=files, raw_sockets=raw_sockets, release=release)
    process = ClockedProcess(shlex.split(command), context, machine, names or {})
    return Session(drive(ping.main, process, machine), process, far)
