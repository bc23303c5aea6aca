"""Chains of nft for bridges, devices and ARP act on frames (recorded: nft_bridge, nft_netdev, nft_arp)."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.recorded.floor import FLOOR, judged
from vnetsim.errors import NotModelled
from vnetsim.lab import Lab

_LAB = """
ip link add br0 address 02:00:00:00:00:aa type bridge
ip link set br0 up
for n in a b; do ip netns add $n; ip link add eth0 netns $n address 02:00:00:00:00:0$n type veth peer name p$n; done
for n in a b; do ip -n $n link set eth0 up; ip link set p$n up; ip link set p$n master br0; done
ip -n a addr add 10.0.0.1/24 dev eth0; ip -n b addr add 10.0.0.2/24 dev eth0
ip addr add 10.0.0.254/24 dev br0
ip link add sink type dummy; ip link set sink up
sleep 1
ip netns exec a ping -c 1 10.0.0.2; ip netns exec a ping -c 1 10.0.0.254
for h in prerouting input forward output postrouting; do nft "add table bridge t; add chain bridge t $h { type filter hook $h priority 0; }"; done
nft 'add table netdev n; add chain netdev n in { type filter hook ingress device pa priority 0; }'
nft 'add chain netdev n out { type filter hook egress device pa priority 0; }'
nft 'add table inet i; add chain inet i in { type filter hook ingress device pa priority 1; }'
nft 'add table arp f; add chain arp f in { type filter hook input priority 0; }'
nft 'add chain arp f out { type filter hook output priority 0; }'
"""  # noqa: E501


@pytest.fixture(scope="module")
def machine() -> Lab:
    lab = Lab(1, docker=False)
    for line in _LAB.strip().splitlines():
        assert lab.run(line).exit_code == 0, line
    return lab


@pytest.fixture
def lab(machine: Lab) -> Iterator[Lab]:
    yield machine
    for table in ("bridge t", "netdev n", "inet i", "arp f"):
        machine.run(f"nft flush table {table}")


def reaches(lab: Lab, address: str, sender: str = "a") -> bool:
    return lab.run(f"ip netns exec {sender} ping -c 1 -W 1 {address}").exit_code == 0


def add(lab: Lab, *rules: str) -> None:
    for rule in rules:
        assert lab.run(f"nft add rule {rule}").exit_code == 0, rule


@pytest.mark.parametrize(
    ("rule", "b", "host"),
    [
        ("bridge t forward iifname pa oifname pb ip daddr 10.0.0.2 drop", False, True),
        ("bridge t forward ether saddr 02:00:00:00:00:0a icmp type echo-request drop", False, True),
        ("bridge t forward ether saddr 02:00:00:00:00:0c drop", True, True),
        ("bridge t forward ether type arp drop", True, True),
        ("bridge t forward meta ibrname br1 drop", True, True),
        ("bridge t forward meta obrname br0 meta protocol ip drop", False, True),
        ("bridge t forward pkttype other meta l4proto icmp drop", False, True),
        ("bridge t forward ip6 saddr ::/0 drop", True, True),
        ("bridge t input ip protocol icmp drop", True, False),
        ("bridge t input pkttype other drop", True, True),
        ("bridge t output oifname pa icmp type echo-reply drop", True, False),
        ("bridge t postrouting oifname pb meta length 84 drop", False, True),
        ("bridge t prerouting ether saddr . ip daddr { 02:00:00:00:00:0a . 10.0.0.254 } drop", True, False),
        ("netdev n in ip daddr 10.0.0.254 drop", True, False),
        ("netdev n in vlan id 5 drop", True, True),
        ("netdev n in iifname pb drop", True, True),
        ("netdev n in icmp type echo-request fwd to sink", False, False),
        ("netdev n in icmp type echo-request dup to sink", True, True),
        ("netdev n out ip saddr 10.0.0.2 meta length 98 drop", False, True),
        ("netdev n out ether saddr 02:00:00:00:00:aa ether type ip drop", True, False),
        ("inet i in icmp type echo-request drop", False, False),
        ("inet i in udp dport 53 drop", True, True),
        ("arp f in drop", True, True),
    ],
)  # fmt: skip
def test_a_rule_drops_what_it_matches_at_its_hook(lab: Lab, rule: str, b: bool, host: bool) -> None:
    add(lab, rule)
    assert (reaches(lab, "10.0.0.2"), reaches(lab, "10.0.0.254")) == (b, host)


@pytest.mark.parametrize(
    ("rule", "answered"),
    [
        ("in arp operation request arp saddr ip 10.0.0.1 drop", False),
        ("in arp operation reply drop", True),
        ("in arp daddr ip != 10.0.0.254 drop", True),
        ("out oifname br0 arp saddr ether 02:00:00:00:00:aa drop", False),
        ("out meta length 28 drop", True),
        ("out ether saddr 02:00:00:00:00:aa drop", True),
    ],
)
def test_rules_for_arp_decide_who_is_found(lab: Lab, rule: str, answered: bool) -> None:
    lab.run("ip -n a neigh flush all")
    add(lab, f"arp f {rule}")
    assert reaches(lab, "10.0.0.254") is answered


def test_a_rule_changes_what_an_answer_of_arp_says(lab: Lab) -> None:
    lab.run("ip -n a neigh flush all")
    add(lab, "arp f out arp operation reply arp saddr ether set 02:00:00:00:00:77")
    assert not reaches(lab, "10.0.0.254")
    lab.run("ip -n a neigh flush all")


def test_a_rule_changes_packets_marks_and_addresses(lab: Lab) -> None:
    add(lab, "bridge t prerouting meta mark set 7", "bridge t forward meta mark 7 ip ttl set 9 counter")
    assert "ttl=9" in lab.run("ip netns exec a ping -c 1 -W 1 10.0.0.2").output
    add(lab, "bridge t prerouting ether daddr set 02:00:00:00:00:0c")
    assert not reaches(lab, "10.0.0.2")


def test_a_drop_where_frames_leave_is_an_error_of_the_sender(lab: Lab) -> None:
    lab.run("nft 'add chain netdev n sink { type filter hook egress device sink priority 0; }'")
    lab.run("ip addr add 10.9.0.1/24 dev sink; ip neigh add 10.9.0.2 lladdr 02:00:00:00:00:99 dev sink")
    add(lab, "netdev n sink icmp type echo-request counter drop")
    assert "ping: sendmsg: No buffer space available" in lab.run("ping -c 1 -W 1 10.9.0.2").stderr


def test_connections_of_bridged_packets_are_tracked_once_a_rule_asks(lab: Lab) -> None:
    add(lab, "bridge t forward ct state established counter", "bridge t prerouting ct state invalid drop")
    assert lab.run("ip netns exec a ping -c 2 -W 1 10.0.0.2").exit_code == 0
    assert "counter packets 3" in lab.run("nft list chain bridge t forward").output
    assert "src=10.0.0.1 dst=10.0.0.2" in lab.run("conntrack -L").output
    add(lab, "bridge t prerouting notrack")
    lab.run("conntrack -F")
    assert reaches(lab, "10.0.0.2")


def test_chains_of_devices_belong_to_names(lab: Lab) -> None:
    lab.run("nft 'add chain netdev n later { type filter hook ingress devices = { pz, pq } priority 0; policy drop; }'")
    assert reaches(lab, "10.0.0.1", "b")
    lab.run("ip link set pb down; ip link set pb name pz; ip link set pz up")
    assert not reaches(lab, "10.0.0.1", "b")
    lab.run("ip link set pz down; ip link set pz name pb; ip link set pb up")
    assert reaches(lab, "10.0.0.1", "b")
    assert lab.run("nft delete chain netdev n later").exit_code == 0


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("rule bridge t forward reject", "Operation not supported"),
        ("rule bridge t postrouting reject", "Operation not supported"),
        ("rule bridge t forward rt mtu 1400", "Operation not supported"),
        ("rule bridge t forward fib daddr type local", "No such file or directory"),
        ("rule bridge t forward masquerade", "NAT is only supported for IPv4/IPv6"),
        ("rule bridge t forward fwd to pa", "unsupported family"),
        ("rule netdev n in ct state new", "Protocol error"),
        ("rule netdev n in reject", "No such file or directory"),
        ("rule bridge t prerouting arp operation request reject", "cannot reject this network family"),
        ("rule netdev n in fwd to nosuch", "Interface does not exist"),
        ("rule arp f in reject", "cannot use reject with arp"),
        ("rule arp f in tcp dport 22", "conflicting protocols specified: arp vs. tcp"),
        ("rule arp f in arp operation what", "Could not parse ARP operation"),
        ("chain bridge t x { type nat hook prerouting priority 0; }", "No such file or directory"),
        ("chain bridge t x { type filter hook ingress device pa priority 0; }", "does not support this hook"),
        ("chain bridge t x { type filter hook forward priority out; }", "invalid priority expression"),
        ("chain netdev n x { type filter hook ingress priority 0; }", "Missing `device' in this chain definition"),
        ("chain netdev n x { type filter hook egress device pa priority raw; }", "invalid priority expression"),
        ("chain netdev n x { type filter hook ingress devices = { pa, pa } priority 1; }", "File exists"),
        ("chain arp f x { type filter hook forward priority 0; }", "Operation not supported"),
        ("chain arp f x { type filter hook prerouting priority 0; }", "The arp family does not support this hook"),
    ],
)
def test_what_the_families_lack_is_refused(lab: Lab, command: str, message: str) -> None:
    result = lab.run(f"nft 'add {command}'")
    assert (result.exit_code, message in result.stderr) == (1, True), result.stderr


@pytest.mark.parametrize(
    "command",
    [
        "nft add rule bridge t forward log", "nft add rule bridge t forward ct count 3",
        "nft add rule bridge t forward meta ibrpvid 5", "nft add rule netdev n in fwd ip to 10.0.0.9 device pa",
        "nft add rule netdev n out meta skuid 0", "ebtables -A FORWARD -j DROP",
        "nft add rule bridge t forward vlan type 8021q vlan id 20",
        "nft 'table inet i { chain c { type filter hook ingress device pa priority 0; reject; }; }'",
    ],
)  # fmt: skip
def test_what_is_not_modelled_is_refused(lab: Lab, command: str) -> None:
    result = lab.run(command)
    assert result.exit_code != 0
    assert "not modelled" in result.stderr


def test_tagged_fragments_of_tracked_bridges_are_refused() -> None:
    lab = Lab(1, docker=False)
    for line in _LAB.strip().splitlines()[:6]:
        lab.run(line)
    lab.run("sleep 1; nft 'add table bridge t; add chain bridge t forward { type filter hook forward priority 0; }'")
    for name in "ab":
        lab.run(f"ip -n {name} link add v5 link eth0 type vlan id 5; ip -n {name} link set v5 up")
        lab.run(f"ip -n {name} addr add 10.5.0.{'ab'.index(name) + 1}/24 dev v5")
    add(lab, "bridge t forward ct state new counter")
    with pytest.raises(NotModelled, match="bridged fragments"):
        lab.run("ip netns exec a ping -c 1 -W 1 -s 3000 10.5.0.2")


def test_more_of_it_is_as_recorded() -> None:
    scenario = "kernel-vm/nft_frames_more"
    assert sum(step.verdict == "same" for step in judged(scenario)) >= json.loads(FLOOR.read_text("utf-8"))[scenario]
