"""arping's sessions.  Captured from iputils 20221126, Linux 6.18; the times are given to the fake socket."""

from __future__ import annotations

import heapq
import shlex
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from tests.programs.clocked import ClockedProcess, Machine, drive
from tests.programs.fake import Ended, FakeContext, FakeFiles, FakeNetwork
from tests.programs.iproute2.ip.ip_host import LO, inet, veth
from vnetsim.clock import MICROSECOND, MILLISECOND, SECOND
from vnetsim.errors import Errno, KernelError
from vnetsim.observations import RouteAnswer
from vnetsim.programs.iputils import arping
from vnetsim.sockets import Captured
from vnetsim.wire.arp import Arp, ArpOperation
from vnetsim.wire.ethernet import ARP, Frame
from vnetsim.wire.inet import Address, IPv4
from vnetsim.wire.mac import BROADCAST, Mac

HERE, THERE = IPv4.parse("10.0.0.1"), IPv4.parse("10.0.0.2")
MINE, THEIRS = Mac.parse("02:00:00:00:00:01"), Mac.parse("02:00:00:00:00:02")
ETH0 = veth(2, "eth0", 2, mac=MINE)
DOWN = veth(3, "eth1", 2, flags=("BROADCAST", "MULTICAST"), state="DOWN")

Answers = list[tuple[int, Frame]]
Neighbour = Callable[[Frame], Answers]


def silence(_: Frame) -> Answers:
    return []


def answering(probe: Frame) -> Answers:
    """As a Linux host answers a request for its address."""
    packet = probe.payload
    if not isinstance(packet, Arp) or packet.target_ip != THERE or packet.operation is not ArpOperation.REQUEST:
        return []
    return [(32 * MICROSECOND, Frame.build(packet.sender_mac, THEIRS, ARP, packet.answer(THEIRS)))]


@attrs.define
class ArpSocket:
    machine: Machine
    neighbour: Neighbour
    queue: list[tuple[int, int, Captured]] = attrs.field(factory=list)
    sent: list[Frame] = attrs.field(factory=list)
    closed: bool = False

    def send(self, frame: Frame) -> None:
        self.sent.append(frame)
        self._arrive(0, Captured(self.machine.time, "eth0", frame, True))
        for delay, answer in self.neighbour(frame):
            self._arrive(delay, Captured(self.machine.time + delay, "eth0", answer, False))

    def _arrive(self, delay: int, captured: Captured) -> None:
        heapq.heappush(self.queue, (self.machine.time + delay, 10 * len(self.sent) + len(self.queue), captured))

    def receive(self, timeout: int | None = None) -> ArpWait:
        return ArpWait(self, timeout or 0)

    def close(self) -> None:
        self.closed = True


@attrs.frozen
class ArpWait:
    socket: ArpSocket
    timeout: int

    def over(self, machine: Machine) -> Captured | None:
        until = machine.time + self.timeout
        if self.socket.queue and self.socket.queue[0][0] <= until:
            at, _, captured = heapq.heappop(self.socket.queue)
            machine.time = max(machine.time, at)
            return captured
        machine.time = until
        return None


@attrs.define
class ArpNetwork(FakeNetwork):
    machine: Machine = attrs.field(factory=Machine)
    neighbour: Neighbour = silence
    source: IPv4 | None = HERE
    sockets: list[ArpSocket] = attrs.field(factory=list)

    def route_get(self, destination: Address, **_: Any) -> RouteAnswer:
        if str(destination).startswith("192."):
            raise KernelError(Errno.ENETUNREACH)
        return RouteAnswer(destination=destination, device="eth0", source=self.source)

    def packet_socket(self, device: str | None = None) -> ArpSocket:
        assert device == "eth0"
        self.sockets.append(ArpSocket(self.machine, self.neighbour))
        return self.sockets[-1]


@attrs.frozen
class Session:
    ended: Ended
    network: ArpNetwork

    @property
    def sent(self) -> list[Arp]:
        return [frame.payload for frame in self.network.sockets[0].sent if isinstance(frame.payload, Arp)]

    @property
    def lasted(self) -> int:
        return self.network.machine.time


def arping_(
    command: str, neighbour: Neighbour = silence, *, interrupt_at: int | None = None, raw_sockets: bool = True,
    release: str = "bookworm", source: IPv4 | None = HERE,
) -> Session:  # fmt: skip
    machine = Machine(interrupt_at=interrupt_at)
    addresses = [inet(LO, "127.0.0.1/8"), inet(ETH0, "10.0.0.1/24")]
    network = ArpNetwork([LO, ETH0, DOWN], addresses, machine=machine, neighbour=neighbour, source=source)
    context = FakeContext(network=network, files=FakeFiles(), raw_sockets=raw_sockets, release=release)
    process = ClockedProcess(shlex.split(command), context, machine, {"there": "10.0.0.2"})
    return Session(drive(arping.main, process, machine), network)


HEAD = "ARPING 10.0.0.2 from 10.0.0.1 eth0\n"
#: arping counts half a millisecond too many.
REPLY = "Unicast reply from 10.0.0.2 [02:00:00:00:00:02]  0.532ms\n"

#: A command, how it ends, the milliseconds it lasts, and what it prints, where 10.0.0.2 answers.
ANSWERED: list[tuple[str, int, float, str]] = [
    ("-c 1", 0, 1000, f"{HEAD}{REPLY}Sent 1 probes (1 broadcast(s))\nReceived 1 response(s)\n"),
    ("-w 1", 0, 1000, f"{HEAD}{REPLY}Sent 2 probes (1 broadcast(s))\nReceived 1 response(s)\n"),
    ("-w 2", 0, 2000, f"{HEAD}{REPLY}{REPLY}Sent 3 probes (1 broadcast(s))\nReceived 2 response(s)\n"),
    ("-c 3 -w 2", 1, 2000, f"{HEAD}{REPLY}{REPLY}Sent 3 probes (1 broadcast(s))\nReceived 2 response(s)\n"),
    ("-c 2 -w 5", 0, 1000.032, f"{HEAD}{REPLY}{REPLY}Sent 2 probes (1 broadcast(s))\nReceived 2 response(s)\n"),
    ("-c 1 -w 5", 0, 0.032, f"{HEAD}{REPLY}Sent 1 probes (1 broadcast(s))\nReceived 1 response(s)\n"),
    ("-f -c 3", 0, 0.032, f"{HEAD}{REPLY}Sent 1 probes (1 broadcast(s))\nReceived 1 response(s)\n"),
    ("-q -D -c 2", 1, 0.032, ""),
    ("-b -c 2", 0, 2000, f"{HEAD}{REPLY}{REPLY}Sent 2 probes (2 broadcast(s))\nReceived 2 response(s)\n"),
    ("-I eth0 -s 10.0.0.1 -c 1", 0, 1000, f"{HEAD}{REPLY}Sent 1 probes (1 broadcast(s))\nReceived 1 response(s)\n"),
]


@pytest.mark.parametrize(("words", "status", "lasted", "printed"), ANSWERED)
def test_a_neighbour_that_answers(words: str, status: int, lasted: float, printed: str) -> None:
    session = arping_(f"arping {words} 10.0.0.2", answering)
    assert (session.ended.status, session.ended.out, session.ended.err) == (status, printed, "")
    assert session.lasted == round(lasted * 1000) * MICROSECOND


#: The same where nobody answers.
SILENT: list[tuple[str, int, int, str]] = [
    ("-c 1 10.0.0.2", 1, 1, f"{HEAD}Sent 1 probes (1 broadcast(s))\nReceived 0 response(s)\n"),
    ("-c 2 -i 2 10.0.0.2", 1, 4, f"{HEAD}Sent 2 probes (2 broadcast(s))\nReceived 0 response(s)\n"),
    ("-c 3 -w 1 there", 1, 1, f"{HEAD}Sent 2 probes (2 broadcast(s))\nReceived 0 response(s)\n"),
    ("-D -w 2 10.0.0.77", 0, 2,
     "ARPING 10.0.0.77 from 0.0.0.0 eth0\nSent 3 probes (3 broadcast(s))\nReceived 0 response(s)\n"),
    ("-U -c 2 10.0.0.1", 0, 2,
     "ARPING 10.0.0.1 from 10.0.0.1 eth0\nSent 2 probes (2 broadcast(s))\nReceived 0 response(s)\n"),
    ("-A -c 2 -w 3 10.0.0.1", 0, 2,
     "ARPING 10.0.0.1 from 10.0.0.1 eth0\nSent 2 probes (2 broadcast(s))\nReceived 0 response(s)\n"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "status", "seconds", "printed"), SILENT)
def test_nobody_answers(words: str, status: int, seconds: int, printed: str) -> None:
    session = arping_(f"arping {words}")
    assert (session.ended.status, session.ended.out, session.ended.err) == (status, printed, "")
    assert session.lasted == seconds * SECOND


def test_probes_ask_everybody_until_somebody_has_answered() -> None:
    session = arping_("arping -c 2 10.0.0.2", answering)
    frames = session.network.sockets[0].sent
    assert [frame.destination for frame in frames] == [BROADCAST, THEIRS]
    assert session.sent == [
        Arp(ArpOperation.REQUEST, MINE, HERE, BROADCAST, THERE),
        Arp(ArpOperation.REQUEST, MINE, HERE, THEIRS, THERE),
    ]
    assert session.network.sockets[0].closed


def test_advertisements_are_replies_to_oneself() -> None:
    assert arping_("arping -A -c 1 10.0.0.1").sent == [Arp(ArpOperation.REPLY, MINE, HERE, MINE, HERE)]
    assert arping_("arping -U -c 1 10.0.0.1").sent == [Arp(ArpOperation.REQUEST, MINE, HERE, BROADCAST, HERE)]
    nobody = IPv4(0)
    assert arping_("arping -D -c 1 10.0.0.2").sent == [Arp(ArpOperation.REQUEST, MINE, nobody, BROADCAST, THERE)]


def test_what_concerns_others_is_no_answer() -> None:
    def others(probe: Frame) -> Answers:
        reply = Arp(ArpOperation.REPLY, THEIRS, IPv4.parse("10.0.0.3"), MINE, HERE)
        stranger = Arp(ArpOperation.REPLY, THEIRS, THERE, THEIRS, IPv4.parse("10.0.0.9"))
        return [(1, Frame.build(probe.source, THEIRS, ARP, packet)) for packet in (reply, stranger)]

    assert "Received 0 response(s)" in arping_("arping -c 1 10.0.0.2", others).ended.out


def test_ctrl_c_ends_it_with_the_counts() -> None:
    session = arping_("arping -D 10.0.0.99", interrupt_at=1500 * MILLISECOND)
    assert session.ended.status == 0
    assert session.ended.out.endswith("Sent 2 probes (2 broadcast(s))\nReceived 0 response(s)\n")
    assert session.lasted == 1500 * MILLISECOND


REFUSED: list[tuple[str, int, str, str]] = [
    ("-c x 10.0.0.2", 1, "", "arping: invalid argument: 'x'\n"),
    ("-c 0 10.0.0.2", 1, "", "arping: invalid argument: '0': out of range: 1 <= value <= 2147483647\n"),
    ("-i 0.5 10.0.0.2", 1, "", "arping: invalid argument: '0.5'\n"),
    ("-I eth0 nosuch", 2, "", "arping: nosuch: Name or service not known\n"),
    ("-I eth0 -s x 10.0.0.2", 2, "", "arping: invalid source x\n"),
    ("-U 10.0.0.9", 2, "", "arping: bind: Cannot assign requested address\n"),
    ("-s 10.0.0.9 -D 10.0.0.2", 2, "", "arping: bind: Cannot assign requested address\n"),
    ("192.168.0.1", 1, "", "arping: NETLINK_ROUTE unexpected iov element\n"),
    ("-I nosuch 10.0.0.2", 2, "", "arping: Device nosuch not available.\n"),
    ("-I eth1 10.0.0.2", 2, 'Interface "eth1" is down\n', ""),
    ("-I lo 10.0.0.2", 2, 'Interface "lo" is not ARPable\n', ""),
    ("-D -I lo 10.0.0.2", 0, 'Interface "lo" is not ARPable\n', ""),
]


@pytest.mark.parametrize(("words", "status", "out", "err"), REFUSED)
def test_what_arping_refuses(words: str, status: int, out: str, err: str) -> None:
    session = arping_(f"arping {words}")
    assert (session.ended.status, session.ended.out, session.ended.err) == (status, out, err)
    assert session.network.sockets == []


def test_somebody_without_an_address_can_only_look_for_duplicates() -> None:
    session = arping_("arping -c 1 10.0.0.2", source=None)
    assert session.ended.out == "ARPING 10.0.0.2 from 0.0.0.0 eth0\n"
    assert (session.ended.status, session.ended.err) == (2, "arping: no source address in not-DAD mode\n")


def test_it_needs_raw_sockets() -> None:
    session = arping_("arping -c 1 10.0.0.2", raw_sockets=False)
    assert (session.ended.status, session.ended.err) == (2, "arping: socket: Operation not permitted\n")


@pytest.mark.parametrize("words", ["", "-h", "-Z 10.0.0.2", "-I eth0", "10.0.0.2 10.0.0.3"])
def test_how_to_use_it_goes_to_standard_error(words: str) -> None:
    session = arping_(f"arping {words}")
    assert (session.ended.status, session.ended.out) == (2, "")
    assert "\nUsage:\n  arping [options] <destination>\n\nOptions:\n" in session.ended.err


def test_newer_versions_count_replies_alone() -> None:
    def twice(probe: Frame) -> Answers:
        return answering(probe) * 2

    assert arping_("arping -b -c 2 -w 5 10.0.0.2", twice).ended.status == 1
    assert arping_("arping -b -c 2 -w 5 10.0.0.2", twice, release="forky").ended.status == 0
