"""Flows whose hops are one step: nobody can tell, whatever happens while a packet travels."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from tests.kernel.servers import udp_client
from tests.machines import QUIET, typed
from vnetsim import Lab
from vnetsim.clock import MILLISECOND, SECOND
from vnetsim.engine import HOP_NS, FrameStorm
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.ipv4 import joined_hops
from vnetsim.kernel.transport.udp import UdpSock
from vnetsim.operations.link import SetLink
from vnetsim.operations.sysctl import SetSysctl
from vnetsim.wire.inet import IPv4

SERVER = IPv4.parse("10.0.0.2")
#: h1 and h2 on br0.
BRIDGED = "\n".join(
    f"""
    ip netns add h{number}
    ip netns exec h{number} {QUIET}
    ip link add eth0 netns h{number} type veth peer name p{number}
    ip link set p{number} master br0 up
    ip -n h{number} addr add 10.0.0.{number}/24 dev eth0
    ip -n h{number} link set eth0 up
    """
    for number in (1, 2)
)


@attrs.define
class Machine:
    """Two sockets of which one echoes; `seen` is what has happened at which time."""

    lab: Lab
    client: UdpSock
    server: UdpSock
    seen: list[Any] = attrs.field(factory=list)

    @classmethod
    def new(cls, *, records: bool) -> Machine:
        lab = Lab(docker=False)
        lab.machine.engine.softirq.records = records
        typed(lab, f"{QUIET}\nip link add br0 type bridge\nip link set br0 up\n{BRIDGED}")
        machine = cls(lab, udp_client(lab, "h1"), udp_client(lab, "h2", 7))
        machine.server.on_datagram = machine._echo
        machine.client.on_datagram = lambda skb, packet, datagram: machine.note(
            str(packet), datagram.data, skb.identity
        )
        machine.talk()
        return machine

    def talk(self) -> None:
        """Until the hops are joined, for which nothing must be typed meanwhile."""
        for number in range(6):
            self.send(bytes([number]))
            self.run(MILLISECOND)

    def run(self, duration: int, frames: int | None = None) -> None:
        self.lab.machine.engine.run(duration=duration, frames=frames)

    def _echo(self, skb: Any, packet: Any, datagram: Any) -> None:
        self.note(str(skb.frame), packet.encode(), skb.device.name)
        self.server.send_to(datagram.data, packet.source, datagram.source_port)

    def send(self, data: bytes) -> None:
        try:
            self.client.send_to(data, SERVER, 7)
        except KernelError as refused:
            self.note(refused.errno)

    def note(self, *what: object) -> None:
        counters = [(device.name, device.tx_packets, device.tx_bytes) for device in self.devices()]
        self.seen.append((self.lab.now(), *what, counters))

    def devices(self) -> list[Any]:
        host = self.lab.network().namespace.host
        return [device for namespace in host.namespaces for device in namespace.devices()]


def both() -> list[Machine]:
    return [Machine.new(records=records) for records in (True, False)]


@pytest.fixture(scope="module")
def pair() -> list[Machine]:
    """For tests that leave the machines as they were."""
    return both()


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether hops could be joined, each time that somebody tried."""
    tries: list[bool] = []
    join = joined_hops.join

    def noting(*arguments: Any) -> Any:
        found = join(*arguments)
        tries.append(found is not None)
        return found

    monkeypatch.setattr(joined_hops, "join", noting)
    return tries


def test_a_flow_is_joined_and_nobody_can_tell(made: list[bool]) -> None:
    one, other = both()
    assert True in made
    assert one.seen == other.seen
    assert len(one.seen) == 12


def test_whatever_happens_meanwhile_happens_between_the_hops(pair: list[Machine]) -> None:
    for machine in pair:
        machine.talk()
    for nanoseconds in (0, 1, HOP_NS - 1, HOP_NS, HOP_NS + 1, 2 * HOP_NS - 1, 2 * HOP_NS):
        for machine in pair:
            before = len(machine.seen)
            machine.send(b"seen meanwhile")
            machine.lab.machine.engine.after(nanoseconds, machine.note, "something else")
            machine.lab.machine.engine.after(nanoseconds, machine.send, b"a second one")
            machine.run(SECOND)
            assert len(machine.seen) == before + 5
        assert pair[0].seen == pair[1].seen, nanoseconds


def test_a_run_ends_after_as_many_frames(pair: list[Machine]) -> None:
    for frames in range(5):
        for machine in pair:
            machine.talk()
            machine.send(b"limited")
            try:
                machine.run(MILLISECOND, frames)
            except FrameStorm as storm:
                machine.note(str(storm))
            machine.note(machine.lab.now())
            machine.run(MILLISECOND)
        assert pair[0].seen == pair[1].seen, frames


def test_longer_datagrams_go_alone(pair: list[Machine]) -> None:
    for size in (1_472, 1_473, 4_000, 5):
        for machine in pair:
            before = len(machine.seen)
            machine.send(bytes(size))
            machine.run(SECOND)
            assert len(machine.seen) == before + 2
        assert pair[0].seen == pair[1].seen, size


def test_an_observer_sees_each_hop(pair: list[Machine]) -> None:
    for machine in pair:
        machine.talk()
        softirq = machine.lab.machine.engine.softirq
        softirq.observer = machine.seen.append
        machine.send(b"observed")
        machine.run(MILLISECOND)
        softirq.observer = None
    assert pair[0].seen == pair[1].seen


def test_a_change_meanwhile_is_noticed() -> None:
    changes = [
        ("h2", SetLink(device="eth0", up=False)), ("h2", SetLink(device="eth0", up=True)),
        ("h1", SetLink(device="eth0", up=False)), ("h1", SetLink(device="eth0", up=True)),
        (None, SetLink(device="p2", mtu=600)), (None, SetLink(device="p2", mtu=1500)),
        ("h1", SetSysctl(key="net/ipv4/ip_default_ttl", value="9")), (None, SetLink(device="p2", up=False)),
    ]  # fmt: skip
    one, other = machines = both()
    for where, change in changes:
        for machine in machines:
            machine.talk()
            network = machine.lab.network(where)
            machine.lab.machine.engine.after(HOP_NS - 1, network.execute, change)
            machine.send(bytes(700))
            machine.run(2 * SECOND)
            machine.note()
        assert one.seen == other.seen, change


def test_a_pending_error_is_raised_by_the_next_datagram() -> None:
    one, other = both()
    errors = []
    for machine in (one, other):
        machine.client.connect(SERVER, 7)
        for data in (b"1", b"2", b"3"):
            machine.client.send(data)
            machine.run(MILLISECOND)
        machine.server.close()
        for data in (b"refused", b"not sent", b"sent"):
            try:
                machine.client.send(data)
            except KernelError as refused:
                errors.append(refused.errno)
            machine.run(MILLISECOND)
        machine.note()
    assert one.seen == other.seen
    assert errors == 2 * [Errno.ECONNREFUSED]


def test_nothing_is_joined_where_nothing_is_recorded(made: list[bool]) -> None:
    assert Machine.new(records=False).seen
    assert made
    assert True not in made
