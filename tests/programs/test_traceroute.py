"""`traceroute` and `tracepath` along a scripted path.  Captured from traceroute 2.1.2 and iputils 20221126."""

from __future__ import annotations

import heapq
import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs
import pytest

from tests.programs.clocked import ClockedProcess, Machine, drive
from tests.programs.fake import Ended, FakeContext, FakeFiles, FakeNetwork
from tests.programs.iproute2.ip.ip_host import LO, cases, inet, veth
from vnetsim.clock import MICROSECOND, MILLISECOND, SECOND
from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.process import Main
from vnetsim.programs import traceroute
from vnetsim.programs.iputils import tracepath
from vnetsim.sockets import IcmpMessage
from vnetsim.wire import icmp
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.inet import Address, IPv4
from vnetsim.wire.ipv4 import Packet

HERE, TARGET = IPv4.parse("10.0.1.2"), IPv4.parse("10.0.2.2")
R1, R2 = IPv4.parse("10.0.1.1"), IPv4.parse("10.12.0.2")
ETH0 = veth(2, "eth0", 3)


@attrs.frozen
class Probe:
    at: int
    number: int
    ttl: int
    length: int


#: What comes back: after how many nanoseconds, from whom, and the ICMP message; None: nothing.
Answer = tuple[int, IPv4, Icmp] | None
Path = Callable[[Probe], Answer]

EXPIRED = Icmp.build(icmp.TIME_EXCEEDED, icmp.TTL_EXCEEDED, 0, b"")
REACHED = Icmp.build(icmp.DESTINATION_UNREACHABLE, icmp.PORT_UNREACHABLE, 0, b"")
REPLY = Icmp.build(icmp.ECHO_REPLY, 0, 0, b"")


def along(*routers: IPv4, last: Icmp = REACHED, microseconds: int = 20) -> Path:
    """Routers answer when the TTL is used up, the target when a probe gets there."""

    def path(probe: Probe) -> Answer:
        hop = probe.ttl - 1
        router, message = (routers[hop], EXPIRED) if hop < len(routers) else (TARGET, last)
        return microseconds * MICROSECOND, router, message

    return path


ONE_ROUTER = along(R1)


@attrs.define
class PathSocket:
    machine: Machine
    path: Path
    mtu: int
    refusal: Errno | None
    icmp: bool
    ttl_of_answers: int
    queue: list[tuple[int, int, IcmpMessage]] = attrs.field(factory=list)
    sent: list[Probe] = attrs.field(factory=list)
    closed: bool = False

    def send(self, number: int, data: bytes, ttl: int) -> None:
        if len(data) + 28 > self.mtu:
            self._arrive(0, IcmpMessage(REPLY, None, HERE, number, error=True, local=True, info=self.mtu))
            raise KernelError(Errno.EMSGSIZE)
        if self.refusal is not None:
            raise KernelError(self.refusal)
        self.sent.append(Probe(self.machine.time, number, ttl, len(data) + 28))
        answer = self.path(self.sent[-1])
        if answer is not None:
            delay, origin, message = answer
            packet = Packet.build(origin, HERE, icmp.PROTOCOL, message, ttl=self.ttl_of_answers - ttl + 1)
            self._arrive(delay, IcmpMessage(message, packet, origin, number, error=message is not REPLY))

    def _arrive(self, delay: int, message: IcmpMessage) -> None:
        heapq.heappush(self.queue, (self.machine.time + delay, 100 * len(self.sent) + len(self.queue), message))

    def receive(self, timeout: int | None = None) -> PathWait:
        return PathWait(self, timeout or 0)

    def close(self) -> None:
        self.closed = True


@attrs.frozen
class PathWait:
    socket: PathSocket
    timeout: int

    def over(self, machine: Machine) -> IcmpMessage | None:
        until = machine.time + self.timeout
        if self.socket.queue and self.socket.queue[0][0] <= until:
            at, _, message = heapq.heappop(self.socket.queue)
            machine.time = max(machine.time, at)
            return message
        machine.time = until
        return None


@attrs.define
class PathNetwork(FakeNetwork):
    machine: Machine = attrs.field(factory=Machine)
    path: Path = ONE_ROUTER
    mtu: int = 1500
    refusal: Errno | None = None
    unroutable: Errno | None = None
    ttl_of_answers: int = 64
    asked: list[tuple[str, dict[str, Any]]] = attrs.field(factory=list)
    sockets: list[PathSocket] = attrs.field(factory=list)

    def probe_socket(self, destination: Address, **wanted: Any) -> PathSocket:
        if self.unroutable is not None:
            raise KernelError(self.unroutable)
        self.asked.append((str(destination), {key: value for key, value in wanted.items() if value}))
        icmp_ = wanted.get("protocol") == "icmp"
        limit = self.mtu if wanted.get("dont_fragment") else 65535
        self.sockets.append(PathSocket(self.machine, self.path, limit, self.refusal, icmp_, self.ttl_of_answers))
        return self.sockets[-1]


@attrs.frozen
class Session:
    ended: Ended
    network: PathNetwork

    @property
    def sent(self) -> list[Probe]:
        return self.network.sockets[0].sent

    @property
    def lasted(self) -> int:
        return self.network.machine.time


def trace(
    command: str, path: Path = ONE_ROUTER, *, names: Mapping[str, str] | None = None, **of_network: Any
) -> Session:
    machine = Machine()
    network = PathNetwork([LO, ETH0], [inet(ETH0, "10.0.1.2/24")], machine=machine, path=path, **of_network)
    context = FakeContext(network=network, files=FakeFiles())
    process = ClockedProcess(shlex.split(command), context, machine, names or {})
    main: Main = traceroute.main if command.startswith("traceroute") else tracepath.main
    session = Session(drive(main, process, machine), network)
    assert all(socket.closed for socket in network.sockets)
    return session


def lines(command: str, path: Path = ONE_ROUTER, **of_network: Any) -> list[str]:
    session = trace(command, path, **of_network)
    assert (session.ended.status, session.ended.err) == (0, "")
    return session.ended.out.splitlines()


# --- traceroute -------------------------------------------------------------------------------------------------------


def test_every_hop_has_a_line() -> None:
    assert lines("traceroute -n 10.0.2.2", along(R1, R2)) == [
        "traceroute to 10.0.2.2 (10.0.2.2), 30 hops max, 60 byte packets",
        " 1  10.0.1.1  0.020 ms  0.020 ms  0.020 ms",
        " 2  10.12.0.2  0.020 ms  0.020 ms  0.020 ms",
        " 3  10.0.2.2  0.020 ms  0.020 ms  0.020 ms",
    ]


def test_sixteen_probes_are_on_their_way_at_once_each_to_a_port_of_its_own() -> None:
    session = trace("traceroute -n 10.0.2.2")
    assert [(probe.number, probe.ttl) for probe in session.sent] == [(33434 + n, n // 3 + 1) for n in range(16)]
    assert {probe.at for probe in session.sent} == {0}
    assert {probe.length for probe in session.sent} == {60}
    one_by_one = trace("traceroute -n -q 1 -N 1 10.0.2.2")
    assert [probe.at for probe in one_by_one.sent] == [0, 20 * MICROSECOND]


def test_names_are_looked_up_when_they_are_printed() -> None:
    session = trace("traceroute -q 1 target", names={"target": "10.0.2.2"})
    assert session.ended.out.splitlines() == [
        "traceroute to target (10.0.2.2), 30 hops max, 60 byte packets",
        " 1  10.0.1.1 (10.0.1.1)  0.020 ms",
        " 2  target (10.0.2.2)  0.020 ms",
    ]


def test_those_who_do_not_answer_are_stars() -> None:
    def silent(probe: Probe) -> Answer:
        return along(R1, R2)(probe) if probe.ttl != 2 else None

    session = trace("traceroute -n -w 1 10.0.2.2", silent)
    assert session.ended.out.splitlines()[1:] == [
        " 1  10.0.1.1  0.020 ms  0.020 ms  0.020 ms",
        " 2  * * *",
        " 3  10.0.2.2  0.020 ms  0.020 ms  0.020 ms",
    ]
    assert session.lasted == SECOND
    quick = trace("traceroute -n 10.0.2.2", silent)
    assert quick.lasted < SECOND, "ten times as long as the next hop took is enough"


def test_several_routers_may_answer_for_one_hop() -> None:
    def balanced(probe: Probe) -> Answer:
        answers = {33434: R1, 33435: None, 33436: R2}
        if probe.number not in answers:
            return along(R1)(probe)
        router = answers[probe.number]
        return None if router is None else (20 * MICROSECOND, router, EXPIRED)

    assert lines("traceroute -n -w 1 10.0.2.2", balanced)[1] == " 1  10.0.1.1  0.020 ms * 10.12.0.2  0.020 ms"


@pytest.mark.parametrize(
    ("code", "word", "mark"),
    [(0, 0, " !N"), (1, 0, " !H"), (2, 0, " !P"), (3, 0, ""), (4, 1400, " !F-1400"), (5, 0, " !S"), (6, 0, " !N"),
     (9, 0, " !X"), (10, 0, " !X"), (13, 0, " !X"), (14, 0, " !V"), (15, 0, " !C"), (99, 0, " !<99>")],
)  # fmt: skip
def test_errors_have_marks_and_end_it(code: int, word: int, mark: str) -> None:
    refused = Icmp.build(icmp.DESTINATION_UNREACHABLE, code, word, b"")
    assert lines("traceroute -n -q 1 10.0.2.2", along(R1, last=refused))[1:] == [
        " 1  10.0.1.1  0.020 ms",
        f" 2  10.0.2.2  0.020 ms{mark}",
    ]


def test_a_neighbour_that_is_given_up_is_told_by_this_host() -> None:
    def given_up(probe: Probe) -> Answer:
        message = Icmp.build(icmp.DESTINATION_UNREACHABLE, icmp.HOST_UNREACHABLE, 0, b"")
        return 3065 * MILLISECOND - probe.at, HERE, message

    assert lines("traceroute -n -m 3 10.0.1.99", given_up) == [
        "traceroute to 10.0.1.99 (10.0.1.99), 3 hops max, 60 byte packets",
        " 1  10.0.1.2  3065.000 ms !H  3065.000 ms !H  3065.000 ms !H",
    ]


def test_echo_requests_are_probes_too() -> None:
    session = trace("traceroute -n -I -q 1 10.0.2.2", along(R1, last=REPLY))
    assert session.ended.out.endswith(" 2  10.0.2.2  0.020 ms\n")
    assert session.network.asked == [("10.0.2.2", {"protocol": "icmp"})]
    assert [(probe.number, probe.ttl) for probe in session.sent[:3]] == [(1, 1), (2, 2), (3, 3)]


def test_a_packet_too_long_for_this_host_goes_nowhere() -> None:
    assert lines("traceroute -n -q 1 -F 10.0.2.2 2000") == [
        "traceroute to 10.0.2.2 (10.0.2.2), 30 hops max, 2000 byte packets",
        " 1  *  0.000 ms !F-1500",
    ]


@pytest.mark.parametrize(
    ("words", "numbers", "ttls", "length"),
    [
        ("-f 2 -m 3", [33435, 33436], [2, 3], 60),
        ("-p 5000 -m 2", [5000, 5001], [1, 2], 60),
        ("-m2", [33434, 33435], [1, 2], 60),
        ("-U -m 2", [53, 53], [1, 2], 60),
        ("-U -p 99 -m 2", [99, 99], [1, 2], 60),
        ("--max-hops=2", [33434, 33435], [1, 2], 60),
        ("-m 1 10.0.2.2 40 --", [33434], [1], 40),
        ("-m 1 10.0.2.2 27", [33434], [1], 28),
    ],
)
def test_options_change_the_probes(words: str, numbers: list[int], ttls: list[int], length: int) -> None:
    host = "" if "10.0.2.2" in words else " 10.0.2.2"
    session = trace(f"traceroute -n -q1 -w 1 {words}{host}", lambda _: None)
    assert [probe.number for probe in session.sent] == numbers
    assert [probe.ttl for probe in session.sent] == ttls
    assert {probe.length for probe in session.sent} == {length}


def test_probes_may_have_pauses_between_them() -> None:
    session = trace("traceroute -n -q 1 -z 0.1 10.0.2.2", along(R1, R2))
    assert [probe.at for probe in session.sent] == [0, SECOND // 10, SECOND // 5]
    in_milliseconds = trace("traceroute -n -q 1 -z 100 10.0.2.2", along(R1, R2))
    assert in_milliseconds.sent == session.sent


REFUSED = cases(
    """\
$ traceroute -n 10.0.2.2 70000  [2]
too big packetlen 70000 specified
$ traceroute -n -f 5 -m 4 10.0.2.2  [2]
first hop out of range
$ traceroute -n -m 0 10.0.2.2  [2]
first hop out of range
$ traceroute -n -m 300 10.0.2.2  [2]
max hops cannot be more than 255
$ traceroute -n -m x 10.0.2.2  [2]
Cannot handle `-m' option with arg `x' (argc 3)
$ traceroute -n -q 11 10.0.2.2  [2]
no more than 10 probes per hop
$ traceroute -n -q 0 10.0.2.2  [2]
no more than 10 probes per hop
$ traceroute -n -w -1 10.0.2.2  [2]
bad wait specifications `-1,0,0' used
$ traceroute -n -w 1, 10.0.2.2  [2]
Cannot handle `-w' option with arg `1,' (argc 3)
$ traceroute -n -M bogus 10.0.2.2  [2]
Unknown traceroute module bogus
$ traceroute -n -6 10.0.2.2  [2]
10.0.2.2: Address family for hostname not supported
Cannot handle "host" cmdline arg `10.0.2.2' on position 1 (argc 3)
$ traceroute nosuch  [2]
nosuch: Name or service not known
Cannot handle "host" cmdline arg `nosuch' on position 1 (argc 1)
$ traceroute -Z 10.0.2.2  [2]
Bad option `-Z' (argc 1)
$ traceroute --bogus 10.0.2.2  [2]
Bad option `--bogus' (argc 1)
$ traceroute -n --max=4 10.0.2.2  [2]
Bad option `--max=4' (with arg `4') (argc 2)
$ traceroute -m  [2]
Option `-m' (argc 1) requires an argument: `-m max_ttl'
$ traceroute -nq1 -m4 10.0.2.2  [2]
Option `-q' (argc 1) requires an argument: `-q nqueries'
$ traceroute --queries 1 10.0.2.2  [2]
Option `--queries' (argc 1) requires an argument: `--queries=nqueries'
$ traceroute -n 10.0.2.2 x  [2]
Cannot handle "packetlen" cmdline arg `x' on position 2 (argc 3)
$ traceroute -n 10.0.2.2 40 50  [2]
Extra arg `50' (position 3, argc 4)
$ traceroute -V  [0]
Modern traceroute for Linux, version 2.1.2
Copyright (c) 2016  Dmitry Butskoy,   License: GPL v2 or any later
"""
)


@pytest.mark.parametrize(("command", "status", "text"), REFUSED)
def test_what_traceroute_refuses(command: str, status: int, text: str) -> None:
    session = trace(command)
    assert (session.ended.status, session.ended.out, session.ended.err) == (status, "", text)


@pytest.mark.parametrize("command", ["traceroute", "traceroute --help"])
def test_how_to_use_it_goes_to_standard_error(command: str) -> None:
    session = trace(command)
    assert (session.ended.status, session.ended.out) == (0, "")
    assert session.ended.err.startswith("Usage:\n  traceroute [ -46dFITnreAUDV ] [ -f first_ttl ]")


HEAD = "traceroute to 10.0.2.2 (10.0.2.2), 30 hops max, 60 byte packets"

FAILED: list[tuple[str, dict[str, Any], str, str]] = [
    ("traceroute 10.0.2.2", {"unroutable": Errno.ENETUNREACH}, HEAD, "\nconnect: Network is unreachable\n"),
    ("traceroute -I 10.0.2.2", {"unroutable": Errno.EACCES}, "", "\nconnect: Permission denied\n"),
    (
        "traceroute -s 10.9.9.9 10.0.2.2",
        {"unroutable": Errno.EADDRNOTAVAIL},
        HEAD,
        "\nbind: Cannot assign requested address\n",
    ),
    ("traceroute -i nosuch 10.0.2.2", {}, HEAD, "\nsetsockopt SO_BINDTODEVICE: No such device\n"),
    ("traceroute 10.0.2.2", {"refusal": Errno.EPERM}, HEAD, "\nsend: Operation not permitted\n"),
]


@pytest.mark.parametrize(("command", "of_network", "out", "err"), FAILED)
def test_what_cannot_be_tried(command: str, of_network: dict[str, Any], out: str, err: str) -> None:
    session = trace(command, **of_network)
    assert (session.ended.status, session.ended.out, session.ended.err) == (1, out, err)


@pytest.mark.parametrize(
    "words", ["-T -O syn 10.0.2.2", "-UL 10.0.2.2", "-M dccp 10.0.2.2", "--mtu 10.0.2.2", "-A 10.0.2.2"]
)
def test_what_is_not_modelled_is_said(words: str) -> None:
    with pytest.raises(NotModelled):
        trace(f"traceroute {words}")


# --- tracepath --------------------------------------------------------------------------------------------------------


def host(address: str) -> str:
    return address.ljust(52)


def test_the_mtu_of_this_host_is_found_first() -> None:
    assert lines("tracepath -n 10.0.2.2") == [
        " 1?: [LOCALHOST]                      pmtu 1500",
        f" 1:  {host('10.0.1.1')}  0.020ms ",
        f" 1:  {host('10.0.1.1')}  0.020ms ",
        f" 2:  {host('10.0.2.2')}  0.020ms reached",
        "     Resume: pmtu 1500 hops 2 back 2 ",
    ]


def test_short_packets_fit_from_the_start() -> None:
    session = trace("tracepath -n -l 1000 -p 5000 10.0.2.2")
    assert session.ended.out.splitlines()[0] == f" 1:  {host('10.0.1.1')}  0.020ms "
    assert [(probe.number, probe.ttl, probe.length) for probe in session.sent] == [(5001, 1, 1000), (5002, 2, 1000)]
    assert session.ended.out.endswith("     Resume: pmtu 1000 hops 2 back 2 \n")


def test_a_router_may_have_a_smaller_mtu() -> None:
    def narrow(probe: Probe) -> Answer:
        if probe.ttl > 1 and probe.length > 1400:
            return 20 * MICROSECOND, R1, Icmp.build(icmp.DESTINATION_UNREACHABLE, icmp.FRAGMENTATION_NEEDED, 1400, b"")
        return along(R1)(probe)

    assert lines("tracepath -n 10.0.2.2", narrow)[3:] == [
        f" 2:  {host('10.0.1.1')}  0.020ms pmtu 1400",
        f" 2:  {host('10.0.2.2')}  0.020ms reached",
        "     Resume: pmtu 1400 hops 2 back 2 ",
    ]


def test_the_way_back_may_be_longer() -> None:
    printed = lines("tracepath -n -l 1000 10.0.2.2", ttl_of_answers=60)
    assert printed == [
        f" 1:  {host('10.0.1.1')}  0.020ms asymm  5 ",
        f" 2:  {host('10.0.2.2')}  0.020ms reached",
        "     Resume: pmtu 1000 hops 2 back 6 ",
    ]


@pytest.mark.parametrize(("code", "mark"), [(0, "!N"), (1, "!H"), (10, "!H"), (13, "!H")])
def test_errors_end_it(code: int, mark: str) -> None:
    refused = Icmp.build(icmp.DESTINATION_UNREACHABLE, code, 0, b"")
    printed = lines("tracepath -n -l 1000 10.0.2.2", along(R1, last=refused))
    assert printed[1:] == [f" 2:  {host('10.0.2.2')}  0.020ms {mark}", "     Resume: pmtu 1000 "]


def test_other_errors_are_complained_about() -> None:
    refused = Icmp.build(icmp.DESTINATION_UNREACHABLE, icmp.PROTOCOL_UNREACHABLE, 0, b"")
    session = trace("tracepath -n -l 1000 10.0.2.2", along(last=refused))
    assert session.ended.out == f" 1:  {host('10.0.2.2')}  0.020ms \n     Resume: pmtu 1000 \n"
    assert session.ended.err == "tracepath: NET ERROR: Protocol not available\n"


def test_three_tries_without_an_answer_are_enough() -> None:
    session = trace("tracepath -n -l 1000 -m 2 10.0.2.2", lambda probe: along(R1)(probe) if probe.ttl == 1 else None)
    assert session.ended.out.splitlines()[1:] == [
        " 2:  no reply",
        "     Too many hops: pmtu 1000",
        "     Resume: pmtu 1000 ",
    ]
    assert session.lasted == 3 * SECOND + 20 * MICROSECOND


def test_an_answer_that_comes_late_is_told_with_the_hop_it_is_about() -> None:
    def late(probe: Probe) -> Answer:
        message = Icmp.build(icmp.DESTINATION_UNREACHABLE, icmp.HOST_UNREACHABLE, 0, b"")
        return (3070 * MILLISECOND, R1, message) if probe.number == 44445 else None

    printed = lines("tracepath -n -l 1000 10.0.2.2", late)
    assert printed == [" 1:  no reply", f" 1:  {host('10.0.1.1')}3070.000ms !H", "     Resume: pmtu 1000 "]


@pytest.mark.parametrize(
    ("options", "shown"),
    [("-n", "10.0.2.2"), ("", "target"), ("-b", "target (10.0.2.2)")],
)
def test_names_are_looked_up_unless_not_wanted(options: str, shown: str) -> None:
    session = trace(f"tracepath -l 1000 {options} target", along(), names={"target": "10.0.2.2"})
    assert session.ended.out.splitlines()[0] == f" 1:  {host(shown)}  0.020ms reached"
    nameless = trace("tracepath -l 1000 -b 10.0.2.2", along())
    assert nameless.ended.out.splitlines()[0] == f" 1:  {host('??? (10.0.2.2)')}  0.020ms reached"


def test_what_cannot_be_sent() -> None:
    lost = ["     Resume: pmtu 65535 "]
    assert lines("tracepath -n 10.0.2.2", unroutable=Errno.ENETUNREACH) == [" 1:  send failed", *lost]
    assert lines("tracepath -n 10.0.2.2", refusal=Errno.EPERM) == [
        " 1?: [LOCALHOST]                      pmtu 1500",
        " 1:  send failed",
        " 1:  send failed",
        "     Resume: pmtu 1500 ",
    ]
    assert lines("tracepath -n -m 0 10.0.2.2") == ["     Too many hops: pmtu 65535", *lost]


TRACEPATH_REFUSED = cases(
    """\
$ tracepath -m x 10.0.2.2  [1]
tracepath: invalid argument: 'x'
$ tracepath -m 256 10.0.2.2  [1]
tracepath: invalid argument: '256': out of range: 0 <= value <= 255
$ tracepath -l 20 10.0.2.2  [1]
tracepath: pktlen must be within: 28 < value <= 2147483647
$ tracepath -6 10.0.2.2  [1]
tracepath: 10.0.2.2: Address family for hostname not supported
$ tracepath nosuch  [1]
tracepath: nosuch: Name or service not known
"""
)


@pytest.mark.parametrize(("command", "status", "text"), TRACEPATH_REFUSED)
def test_what_tracepath_refuses(command: str, status: int, text: str) -> None:
    session = trace(command)
    assert (session.ended.status, session.ended.out, session.ended.err) == (status, "", text)


@pytest.mark.parametrize("words", ["", "-Z", "10.0.2.2 10.0.1.1"])
def test_how_to_use_tracepath_goes_to_standard_error(words: str) -> None:
    session = trace(f"tracepath {words}")
    assert (session.ended.status, session.ended.out) == (255, "")
    assert "\nUsage\n  tracepath [options] <destination>\n" in session.ended.err


def test_a_network_that_cannot_probe_is_not_asked_to() -> None:
    context = FakeContext(network=FakeNetwork([LO], []), files=FakeFiles())
    words: Sequence[str] = ["traceroute", "-n", "10.0.2.2"]
    with pytest.raises(NotModelled):
        drive(traceroute.main, ClockedProcess(words, context, Machine(), {}), Machine())
