"""Rules of ebtables act on the frames of a bridge (recorded: tests/recorded/kernel-vm/eb_*.json)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from vnetsim.lab import Lab

_LAB = """
ip link add br0 type bridge
ip link set br0 up
for n in a b c; do ip netns add $n; ip link add eth0 netns $n address 02:00:00:00:00:0$n type veth peer name p$n; done
for n in a b c; do ip -n $n link set eth0 up; ip link set p$n up; ip link set p$n master br0; done
ip -n a addr add 10.0.0.1/24 dev eth0; ip -n b addr add 10.0.0.2/24 dev eth0; ip -n c addr add 10.0.0.3/24 dev eth0
ip addr add 10.0.0.254/24 dev br0
sleep 1
ip netns exec a ping -c 1 10.0.0.2; ip netns exec a ping -c 1 10.0.0.3; ip netns exec a ping -c 1 10.0.0.254
"""


@pytest.fixture(scope="module")
def machine() -> Lab:
    lab = Lab(1, docker=False)
    for line in _LAB.strip().splitlines():
        lab.run(line)
    return lab


@pytest.fixture
def lab(machine: Lab) -> Iterator[Lab]:
    yield machine
    for table in ("filter", "nat"):
        machine.run(f"ebtables -t {table} -F; ebtables -t {table} -X")
    for chain in ("INPUT", "FORWARD", "OUTPUT"):
        machine.run(f"ebtables -P {chain} ACCEPT")


def reaches(lab: Lab, address: str, sender: str = "a") -> bool:
    return lab.run(f"ip netns exec {sender} ping -c 1 -W 1 {address}").exit_code == 0


def add(lab: Lab, *rules: str) -> None:
    for rule in rules:
        assert lab.run(f"ebtables {rule}").exit_code == 0


@pytest.mark.parametrize(
    ("rule", "b", "c", "host"),
    [
        ("-A FORWARD -i pa -o pb -p IPv4 -j DROP", False, True, True),
        ("-A FORWARD -s 02:00:00:00:00:0a -p IPv4 -j DROP", False, False, True),
        ("-A FORWARD -s ! 02:00:00:00:00:0a -j DROP", False, False, True),
        ("-A INPUT -p IPv4 --ip-src 10.0.0.1 -j DROP", True, True, False),
        ("-A OUTPUT -o pa -p IPv4 -j DROP", True, True, False),
        ("-A FORWARD -p IPv4 --ip-dst 10.0.0.3 -j DROP", True, False, True),
        ("-A FORWARD -p IPv4 --ip-proto icmp --ip-icmp-type echo-reply -j DROP", False, False, True),
        ("-A FORWARD -p IPv6 -j DROP", True, True, True),
        ("-A FORWARD --logical-in br0 -p IPv4 -j DROP", False, False, True),
        ("-A FORWARD --logical-in br1 -p IPv4 -j DROP", True, True, True),
        ("-P FORWARD DROP", False, False, True),
        ("-t nat -A PREROUTING -p IPv4 --ip-dst 10.0.0.2 -j DROP", False, True, True),
        ("-t nat -A POSTROUTING -o pb -p IPv4 -j DROP", False, True, True),
    ],
)
def test_a_rule_drops_what_it_names(lab: Lab, rule: str, b: bool, c: bool, host: bool) -> None:
    add(lab, rule)
    assert [reaches(lab, address) for address in ("10.0.0.2", "10.0.0.3", "10.0.0.254")] == [b, c, host]


def test_why_names_the_rule_and_takes_it_out(lab: Lab) -> None:
    add(lab, "-N port-a -P RETURN", "-A FORWARD -i pa -j port-a", "-A port-a -p IPv4 --ip-src ! 10.0.0.77 -j DROP")
    why = lab.run("why a 10.0.0.2").stdout
    assert "NETFILTER_DROP" in why
    assert "ebtables filter port-a rule 1: -p IPv4 --ip-src ! 10.0.0.77 -j DROP" in why
    assert "delete rule 1 of ebtables filter port-a" in why


def test_why_names_the_policy(lab: Lab) -> None:
    add(lab, "-P FORWARD DROP")
    assert "the policy of ebtables filter FORWARD is DROP" in lab.run("why a 10.0.0.2").stdout


def test_destinations_and_sources_are_rewritten(lab: Lab) -> None:
    add(lab, "-t nat -A PREROUTING -i pa -p IPv4 --ip-dst 10.0.0.2 -j dnat --to-dst 02:00:00:00:00:0c")
    assert not reaches(lab, "10.0.0.2")
    add(lab, "-t nat -F", "-t nat -A POSTROUTING -o pb -p ARP -j snat --to-src 02:00:00:00:00:55")
    lab.run("ip -n b neigh flush all")
    assert reaches(lab, "10.0.0.1", "b")


def test_a_mark_is_seen_in_a_later_table(lab: Lab) -> None:
    add(lab, "-t nat -A PREROUTING -i pa -p IPv4 -j mark --mark-set 5 --mark-target CONTINUE",
        "-A FORWARD --mark 5 -j DROP")  # fmt: skip
    assert not reaches(lab, "10.0.0.3")
    assert reaches(lab, "10.0.0.3", "b")


def test_arpreply_answers_for_others(lab: Lab) -> None:
    add(
        lab, "-t nat -A PREROUTING -p ARP --arp-op Request --arp-ip-dst 10.0.0.9 -j arpreply --arpreply-mac 2:0:0:0:0:9"
    )
    reaches(lab, "10.0.0.9")
    assert "10.0.0.9 dev eth0 lladdr 02:00:00:00:00:09" in lab.run("ip -n a neigh").stdout


def test_limits_count_and_counters_count(lab: Lab) -> None:
    add(lab, "-A FORWARD -i pa -p IPv4 --limit 1/s --limit-burst 2 -j ACCEPT", "-A FORWARD -i pa -p IPv4 -j DROP")
    answer = lab.run("ip netns exec a ping -c 4 -i 0.1 -W 1 10.0.0.2").stdout
    assert "4 packets transmitted, 2 received" in answer
    counters = lab.run("ebtables -L FORWARD --Lc").stdout.splitlines()
    assert [line.partition(" , ")[2] for line in counters[3:]] == ["pcnt = 2 -- bcnt = 168"] * 2
    lab.run("ebtables -Z")
    assert "pcnt = 2" not in lab.run("ebtables -L --Lc").stdout


def test_nft_is_refused_beside_rules_of_ebtables(lab: Lab) -> None:
    add(lab, "-A FORWARD -p IPv4 -j ACCEPT")
    refused = lab.run("nft list ruleset")
    assert refused.exit_code != 0
    assert "vnetsim: not modelled: nft beside the rules of ebtables" in refused.stderr


def test_each_namespace_has_rules_of_its_own(lab: Lab) -> None:
    lab.run("ip netns exec a ebtables -P FORWARD DROP")
    assert reaches(lab, "10.0.0.2")
    assert "policy: ACCEPT" in lab.run("ebtables -L FORWARD").stdout
