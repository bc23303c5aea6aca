"""Tracked connections as a process sees and deletes them; the words of conntrack are in its captured sessions."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest

from tests.kernel.wires import ip
from tests.machines import pair, typed
from vnetsim import Lab
from vnetsim.errors import Errno, KernelError
from vnetsim.observations import ConnectionEntry, ConnectionEvent
from vnetsim.operations import DeleteConnection, FlushConnections
from vnetsim.process import Process, Program

A, B = ip("10.0.0.1"), ip("10.0.0.2")
UDP, TCP, ICMP = 17, 6, 1


@pytest.fixture
def lab() -> Lab:
    """b tracks connections, and nobody answers at its port 9."""
    made = pair()
    typed(
        made,
        """
        ip netns exec b iptables -A INPUT -m conntrack --ctstate INVALID
        ip netns exec b iptables -A OUTPUT -p icmp --icmp-type destination-unreachable -j DROP
    """,
    )
    return made


def send(lab: Lab, port: int) -> None:
    lab.run(f"echo x | ip netns exec a nc -u -p {port} -w 0 10.0.0.2 9")


def ports(entries: list[ConnectionEntry]) -> list[int]:
    return sorted(entry.original.source_port for entry in entries if entry.original.protocol == UDP)


def connections(lab: Lab, version: int = 4) -> list[ConnectionEntry]:
    return list(lab.network("b").connections(version))


def deletion(port: int, by: int = 0) -> DeleteConnection:
    return DeleteConnection(
        protocol=UDP, source=A, destination=B, source_port=port, destination_port=9, by=by, by_name="conntrack"
    )


def test_a_connection_has_both_of_its_directions(lab: Lab) -> None:
    send(lab, 5000)
    (entry,) = connections(lab)
    assert (entry.original.source, entry.original.destination, entry.original.destination_port) == (A, B, 9)
    assert (entry.reply.source, entry.reply.destination, entry.reply.source_port) == (B, A, 9)
    assert (entry.state, entry.status, entry.mark, entry.version) == (None, frozenset(), 0, 4)
    assert 28 <= entry.seconds <= 30
    assert connections(lab, 6) == []


def test_what_is_over_is_not_told(lab: Lab) -> None:
    send(lab, 5000)
    lab.sleep(29)
    assert ports(connections(lab)) == [5000]
    lab.sleep(2)
    assert connections(lab) == []


def test_packets_are_counted_where_that_is_wanted(lab: Lab) -> None:
    send(lab, 5000)
    typed(lab, "ip netns exec b sysctl -w net.netfilter.nf_conntrack_acct=1")
    send(lab, 5001)
    counted = {entry.original.source_port: entry.original.packets for entry in connections(lab)}
    assert counted == {5000: None, 5001: 1}


def test_one_connection_is_deleted(lab: Lab) -> None:
    send(lab, 5000)
    send(lab, 5001)
    lab.network("b").execute(deletion(5000))
    assert ports(connections(lab)) == [5001]


def test_what_is_not_there_cannot_be_deleted(lab: Lab) -> None:
    with pytest.raises(KernelError) as refused:
        lab.network("b").execute(deletion(5000))
    assert refused.value.errno is Errno.ENOENT


@pytest.mark.parametrize(("version", "left"), [(None, []), (4, []), (6, [5000])])
def test_all_of_a_family_are_forgotten(lab: Lab, version: int | None, left: list[int]) -> None:
    send(lab, 5000)
    lab.network("b").execute(FlushConnections(version=version))
    assert ports(connections(lab)) == left


# --- who watches -----------------------------------------------------------------------------------------------------


def watcher(events: list[ConnectionEvent], count: int) -> Callable[[Process], Program]:
    def main(process: Process) -> Program:
        watch = process.network.watch_connections()
        for _ in range(count):
            event: ConnectionEvent = yield watch.receive()
            events.append(event)
        watch.close()
        return 0

    return main


def watch(lab: Lab, count: int) -> list[ConnectionEvent]:
    events: list[ConnectionEvent] = []
    context = attrs.evolve(lab.machine.host, network=lab.network("b"))
    lab.machine.run(watcher(events, count), ["watcher"], context)
    lab.sleep(0.1)
    return events


def test_a_watcher_is_told_what_becomes_of_connections(lab: Lab) -> None:
    events = watch(lab, 3)
    typed(lab, "ip netns exec a ping -c 1 10.0.0.2")
    lab.network("b").execute(FlushConnections(by=7, by_name="conntrack"))
    lab.sleep(0.1)
    assert [event.kind for event in events] == ["NEW", "UPDATE", "DESTROY"]
    assert [(event.by, event.by_name) for event in events] == [(0, ""), (0, ""), (7, "conntrack")]
    assert "SEEN_REPLY" not in events[0].connection.status
    assert "SEEN_REPLY" in events[1].connection.status
    assert events[0].connection.id == events[2].connection.id


def test_one_that_has_closed_is_told_nothing_more(lab: Lab) -> None:
    events = watch(lab, 1)
    send(lab, 5000)
    send(lab, 5001)
    lab.sleep(0.1)
    assert ports([event.connection for event in events]) == [5000]


def test_several_watch_at_once(lab: Lab) -> None:
    one, two = watch(lab, 1), watch(lab, 2)
    send(lab, 5000)
    send(lab, 5001)
    lab.sleep(0.1)
    assert (len(one), len(two)) == (1, 2)


# --- as commands -----------------------------------------------------------------------------------------------------

COMMANDS = [
    (deletion(5000), "conntrack -D -p udp -s 10.0.0.1 -d 10.0.0.2 --sport 5000 --dport 9"),
    (
        DeleteConnection(protocol=TCP, source=A, destination=B, source_port=1, destination_port=80),
        "conntrack -D -p tcp -s 10.0.0.1 -d 10.0.0.2 --sport 1 --dport 80",
    ),
    (
        DeleteConnection(protocol=ICMP, source=A, destination=B, source_port=7, destination_port=0x0800),
        "conntrack -D -p icmp -s 10.0.0.1 -d 10.0.0.2 --icmp-type 8 --icmp-code 0 --icmp-id 7",
    ),
    (DeleteConnection(protocol=47, source=A, destination=B), "conntrack -D -p 47 -s 10.0.0.1 -d 10.0.0.2"),
    (FlushConnections(), "conntrack -F"),
    (FlushConnections(version=6), "conntrack -F -f ipv6"),
]


@pytest.mark.parametrize(("operation", "command"), COMMANDS)
def test_an_operation_is_a_command(operation: DeleteConnection | FlushConnections, command: str) -> None:
    assert operation.command() == command


def test_the_command_does_what_the_operation_does(lab: Lab) -> None:
    send(lab, 5000)
    send(lab, 5001)
    assert lab.run(f"ip netns exec b {deletion(5000).command()}")
    assert ports(connections(lab)) == [5001]
