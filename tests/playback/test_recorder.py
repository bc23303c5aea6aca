"""A watched machine: it prints what an unwatched one prints, and each table is what its programs show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from tests.views.player.reading import Reading
from vnetsim.lab import Lab
from vnetsim.playback.recorder import PlayerRecorder
from vnetsim.views.player.timeline import Timeline

PAIR = [
    "ip netns add a",
    "ip link add v0 type veth peer name eth0 netns a",
    "ip addr add 10.0.0.1/24 dev v0; ip link set v0 up",
    "ip -n a addr add 10.0.0.2/24 dev eth0; ip -n a link set eth0 up",
]
BRIDGE = [
    *(f"ip netns add {name}; ip link add p{name} type veth peer name eth0 netns {name}" for name in "ab"),
    "ip link add br0 type bridge; ip link set br0 up",
    *(f"ip link set p{name} master br0 up" for name in "ab"),
    *(f"ip -n {name} addr add 10.0.0.{n}/24 dev eth0; ip -n {name} link set eth0 up" for n, name in enumerate("ab", 1)),
    "ip netns exec a ping -qc 1 10.0.0.2",
]


def watched(*lines: str, docker: bool = False, timeline: Timeline | None = None) -> tuple[Lab, Reading]:
    lab = Lab(docker=docker)
    recorder = PlayerRecorder(lab, "test", timeline)
    lab.watch(recorder.take)
    for line in lines:
        assert lab.run(line).output is not None
    recorder.finish()
    return lab, Reading(recorder.timeline.chunk())


def outputs(lab: Lab, lines: Sequence[str]) -> list[str]:
    return [lab.run(line).output for line in lines] + [str(lab.now())]


#: What a dump that changes something would betray: ids of namespaces, connections that expired, neighbours, counters.
TELLING = [
    *BRIDGE,
    "ip -d link; ip -n a link; bridge fdb; ip neigh; ip -s link show br0",
    "iptables -A INPUT -p icmp -m conntrack --ctstate NEW -j ACCEPT; ip addr add 10.0.0.9/24 dev br0",
    "conntrack -E > /tmp/events & sleep 0.1; ip netns exec a ping -qc 1 10.0.0.9; sleep 40; conntrack -L; kill $!",
    "cat /tmp/events; iptables -vnL; ip netns exec a ping -qc 3 10.0.0.9; ip -s neigh; ip netns del b; ip link",
    "reboot",
    "ip link; ip netns add c; ip link add v0 type veth peer name eth0 netns c; ip -d link",
]


def test_a_watched_machine_prints_the_same_at_the_same_times() -> None:
    plain = Lab(docker=False)
    plain.watch()
    other = Lab(docker=False)
    other.watch(PlayerRecorder(other, "test").take)
    assert outputs(other, TELLING) == outputs(plain, TELLING)


def test_a_watched_docker_host_prints_the_same() -> None:
    lines = [
        "docker run -d --name web -p 8080:80 nginx",
        "curl -s localhost:8080 | head -n 2; conntrack -L 2> /dev/null",
        "iptables-save -c; ip -d addr; docker rm -f web; ip link",
    ]
    plain, other = Lab.docker_host(), Lab.docker_host()
    plain.watch()
    other.watch(PlayerRecorder(other, "test").take)
    assert outputs(other, lines) == outputs(plain, lines)


def test_each_hop_has_its_departure_and_its_arrival() -> None:
    _, reading = watched(*PAIR, "ping -qc 1 10.0.0.2")
    pings = [names for names, text in reading.hops() if "ICMP echo" in text]
    assert pings == [("v0", "eth0"), ("eth0", "v0")]


@pytest.mark.parametrize(("table", "command", "namespace"), [
    ("neighbours", "ip -n a neigh", "a"),
    ("addresses", "ip -n a addr", "a"),
    ("routes", "ip -n a route", "a"),
    ("links", "ip -n a link", "a"),
    ("forwarding", "bridge fdb show br br0", "host"),
    ("rules", "iptables-save", "host"),
    ("connections", "conntrack -L", "host"),
])  # fmt: skip
def test_the_last_state_of_a_table_is_what_its_program_lists(table: str, command: str, namespace: str) -> None:
    lab, reading = watched(
        *BRIDGE, "ip addr add 10.0.0.9/24 dev br0; iptables -A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT",
        "ip netns exec a ping -qc 1 10.0.0.9",
    )  # fmt: skip
    shown = lab.run(command).output
    rows = reading.table(namespace, table)
    assert rows
    told = {"neighbours": 3, "addresses": 1, "routes": 0, "links": 0, "forwarding": 1, "rules": 4, "connections": 0}
    for row in rows:
        text = row[told[table]]
        assert text in shown or text.startswith(("fe80", "-P")), (text, shown)


def test_a_counter_grows_when_its_packet_passes_and_not_before() -> None:
    _, reading = watched(*PAIR, "iptables -A OUTPUT -p icmp -j ACCEPT", "ping -qc 2 10.0.0.2")
    grown = reading.counter_changes("host", "rules", "-A OUTPUT -p icmp -j ACCEPT")
    assert [packets for _, packets in grown] == [1, 1]
    requests = [
        item for item, kind in enumerate(reading.kinds()) if kind == "Filtered" and "OUTPUT" in reading.text(item)
    ]
    assert [reading.time(item) for item, _ in grown] == [reading.time(item) for item in requests[-2:]]


def test_a_neighbour_that_does_not_answer_goes_through_its_states_when_it_does() -> None:
    _, reading = watched(*PAIR, "ping -c 1 -W 5 10.0.0.7")
    states = [row and row[3] for _, row in reading.row_changes("host", "neighbours", "v0 10.0.0.7 False")]
    assert states == ["INCOMPLETE", "FAILED"]
    times = [reading.time(item) for item, _ in reading.row_changes("host", "neighbours", "v0 10.0.0.7 False")]
    assert times[1] - times[0] == pytest.approx(3e9, rel=0.1)


def test_what_ends_by_time_alone_ends_at_that_time() -> None:
    _, reading = watched(
        *PAIR, "iptables -A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT", "ping -qc 1 10.0.0.2", "sleep 60"
    )
    changes = [change for key in reading.keys("host", "connections") for change in
               reading.row_changes("host", "connections", key)]  # fmt: skip
    (begun, _), (ended, gone) = changes[0], changes[-1]
    assert gone is None
    assert reading.time(ended) - reading.time(begun) == pytest.approx(30e9, rel=0.001)


def test_a_drop_names_its_rule_and_linuxs_reason() -> None:
    _, reading = watched(*PAIR, "ip netns exec a iptables -A INPUT -p icmp -j DROP", "ping -c 1 -W 1 10.0.0.2")
    assert reading.losses() == [
        "a netfilter rule or policy dropped it (filter INPUT, INPUT rule 1: -p icmp -j DROP) [NETFILTER_DROP]"
    ]


def test_commands_have_their_output_and_status() -> None:
    _, reading = watched("echo hello", "false")
    assert reading.commands() == [("echo hello", "hello\n", 0), ("false", "", 1)]


def test_a_script_shows_the_programs_that_it_starts() -> None:
    script = "for ns in a b; do ip netns add $ns; ip netns exec $ns ping -c 1 127.0.0.1; done | grep -c 'no such'"
    _, reading = watched(script)
    assert [line for line, _, _ in reading.commands()] == [script]
    assert sorted(reading.programs()) == [
        "grep -c 'no such'", "ip netns add a", "ip netns add b", "ip netns exec a ping -c 1 127.0.0.1",
        "ip netns exec b ping -c 1 127.0.0.1",
    ]  # fmt: skip


def test_vlans_of_ports_are_those_of_the_bridge_that_filters_them() -> None:
    _, reading = watched(
        *BRIDGE, "ip link set br0 type bridge vlan_filtering 1; bridge vlan add dev pa vid 10 pvid untagged",
        "bridge vlan add dev pb vid 10; bridge vlan del dev pb vid 1", "ip netns exec a ping -qc 1 -W 1 10.0.0.2",
    )  # fmt: skip
    assert sorted(reading.table("host", "vlans")) == [
        ["br0", "br0", "1 PVID untagged"], ["br0", "pa", "1 untagged, 10 PVID untagged"], ["br0", "pb", "10"],
    ]  # fmt: skip
    assert {row[4] for row in reading.table("host", "forwarding") if row[3] == "learned"} == {
        "",
        "10",
    }  # before, and after
    _, reading = watched(*BRIDGE)
    assert reading.table("host", "vlans") == []
    assert {row[4] for row in reading.table("host", "forwarding") if row[3] == "learned"} == {""}


def test_a_namespace_that_is_deleted_has_no_rows_any_more() -> None:
    _, reading = watched(*PAIR, "ip netns del a")
    assert reading.table("a", "links") == []
    assert [row[0] for row in reading.table("host", "links")] == ["lo"]


def test_a_rebooted_machine_is_watched_as_well() -> None:
    _, reading = watched(*PAIR, "reboot", *PAIR, "ping -qc 1 10.0.0.2")
    assert sum("ICMP echo request" in text for _, text in reading.hops()) == 1
    assert [row[0] for row in reading.table("host", "links")] == ["lo", "v0"]


def test_two_runs_give_the_same_bytes() -> None:
    def run() -> Any:
        return watched(*BRIDGE)[1].chunk

    assert run() == run()


def test_what_is_too_long_is_cut_and_says_so() -> None:
    timeline = Timeline("test", most_items=60)
    _, reading = watched(*PAIR, "ping -qc 20 10.0.0.2", timeline=timeline)
    assert timeline.left_out > 100
    assert "events after" in timeline.cut_text
    assert reading.commands()[-1][0] == "ping -qc 20 10.0.0.2"
    assert len(reading.kinds()) < 80
