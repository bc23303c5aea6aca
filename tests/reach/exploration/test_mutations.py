"""Moves can be typed as they are, those that accept everything are known, and a reboot leaves other machines alone."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pytest

from tests.reach.exploration.test_explore import APART, LOCK, ROUTED
from vnetsim.lab import Lab
from vnetsim.reach.exploration.apart import Apart
from vnetsim.reach.exploration.examples import ScenarioLab
from vnetsim.reach.exploration.mutations import KINDS, REBOOT, Mutation, possible
from vnetsim.reach.forks.copies import on_copy
from vnetsim.reach.policies.policy import Policy
from vnetsim.result import Result
from vnetsim.scenario.script import ScenarioScript

NFT = (
    "nft add table inet guard",
    "nft 'add chain inet guard way { type filter hook forward priority 0; policy accept; }'",
    "nft add rule inet guard way ct state established,related accept",
    "nft 'add rule inet guard way ip saddr { 10.0.1.0/24, 10.0.3.0/24 } tcp dport 80 accept comment \"the shop\"'",
    "nft add rule inet guard way ip saddr 10.0.1.0/24 drop",
    "nft add rule inet guard way drop",
)
SIX = (
    "ip -n left addr add fd00:1::2/64 dev eth0 nodad",
    "ip addr add fd00:1::1/64 dev pl nodad",
    "ip -n right addr add fd00:2::2/64 dev eth0 nodad",
    "ip addr add fd00:2::1/64 dev pr nodad",
    "sysctl -w net.ipv6.conf.all.forwarding=1",
    "ip -n left -6 route add default via fd00:1::1",
    "ip6tables -A FORWARD -s fd00:1::/64 -j DROP",
    "ip6tables -A FORWARD -p tcp -j ACCEPT",
)
LABS = {
    "docker": (*APART, "docker network create empty", "docker stop other", "docker stop db"),
    "links": ("docker run -d --name db postgres", "docker run -d --name web --link db nginx", "docker stop db web"),
    "special": ("docker run -d --name hh --network host nginx", "docker run -d --name nn --network none nettools",
                "docker run -d --name cc --network container:nn alpine sleep infinity"),
    "fixed": ("docker network create --subnet 10.7.0.0/24 fix",
              "docker run -d --name aa --network fix --ip 10.7.0.9 nginx"),
    "routed": (*ROUTED, "ip route add 10.9.0.0/16 via 10.0.1.2", "ip route add blackhole 10.8.0.0/16",
               "ip route add 10.6.0.0/16 via 10.0.2.2 metric 50"),
    "nexthops": (*ROUTED, "ip nexthop add id 1 via 10.0.1.2 dev pl", "ip route add 10.9.0.0/16 nhid 1",
                 "ip route add 10.8.0.0/16 via inet6 fe80::9 dev pl"),
    "firewall": (*ROUTED, LOCK, "iptables -A FORWARD -j ACCEPT", "iptables -N SHOP", "iptables -A SHOP -j DROP",
                 "iptables -A FORWARD -m comment --comment 'two words' -j SHOP", "iptables -P INPUT DROP"),
    "nft": (*ROUTED, *NFT),
    "inside": (*ROUTED, *(f"ip netns exec left {line}" for line in NFT)),
    "six": (*ROUTED, *SIX),
    "down": (*ROUTED, "ip link set pl down", "ip -n right link set eth0 down"),
    "lossy": (*ROUTED, "tc qdisc add dev pl root netem loss 100%"),
}  # fmt: skip


def made(*lines: str) -> Lab:
    lab = Lab()
    for line in lines:
        assert lab.run(line), line
    return lab


def run_all(lines: Sequence[str], lab: Lab) -> list[Result]:
    return [lab.run(line) for line in lines]


@pytest.mark.parametrize("name", LABS)
def test_every_move_can_be_typed(name: str) -> None:
    lab = made(*LABS[name])
    for mutation in possible(lab):
        results = on_copy(partial(run_all, mutation.lines), lab)
        for line, result in zip(mutation.lines, results, strict=True):
            assert result, f"{line}: {result.output}"


def test_there_are_moves_of_every_kind() -> None:
    lab = made(*APART, *ROUTED, *NFT, "docker stop other")
    assert {mutation.kind for mutation in possible(lab)} == set(KINDS)


def test_a_machine_without_containers_rules_and_cables_has_next_to_none() -> None:
    assert [str(mutation) for mutation in possible(Lab())] == ["sysctl -w net.ipv4.ip_forward=1"]


@pytest.mark.parametrize(
    ("line", "wide"),
    [
        ("iptables -P FORWARD DROP", False),
        ("iptables -F FORWARD", True),
        ("iptables -I FORWARD -j ACCEPT", True),
        ("iptables -D FORWARD -s 10.0.1.0/24 -j DROP", False),
        ("iptables -D FORWARD -j REJECT --reject-with icmp-port-unreachable", True),
        ("iptables -P INPUT ACCEPT", True),
        ("iptables -F INPUT", False),
        ("ip6tables -P FORWARD DROP", False),
        ("nft flush table inet guard", True),
        ("nft delete rule inet guard way handle 6", True),
        ("nft delete rule inet guard way handle 5", False),
        ("nft 'chain inet guard way { policy drop; }'", False),
    ],
)
def test_what_accepts_everything_is_known(line: str, wide: bool) -> None:
    refusing = ("iptables -A FORWARD -j REJECT", "iptables -P INPUT DROP", "iptables -A INPUT -i pl -j ACCEPT")
    lab = made(*ROUTED, *SIX, *NFT, LOCK, *refusing)
    found = {str(mutation): mutation.wide for mutation in possible(lab)}
    assert found[line] is wide


@pytest.mark.parametrize(("rule", "wide"), [
    ("web !-> db", {"docker network connect back web", "docker network connect front db"}),
    ("db !-> web", {"docker network connect back web", "docker network connect front db"}),
    ("web -> db", set()),
    ("web !-> other", {"docker network connect back web", "docker network connect front other"}),
    ("* !-> db except web: tcp/5432", set()),
    ("net:front !-> db", {"docker network connect front db", "docker network connect back web",
                          "docker network connect front other"}),
    ("label:a !-> db", set()),
    ("group g = web\ng !-> db", {"docker network connect back web", "docker network connect front db"}),
])  # fmt: skip
def test_who_joins_whom_a_rule_keeps_apart_is_known(rule: str, wide: set[str]) -> None:
    lab = made(*APART)
    apart = Apart(lab, Policy.of(*rule.splitlines()))
    assert {str(mutation) for mutation in possible(lab, ["connect"]) if apart.is_wide(mutation)} == wide


def test_another_container_on_a_network_joins_whom_a_pattern_means() -> None:
    lab = made(*APART)
    mutations = {str(mutation): mutation for mutation in possible(lab, ["run"])}
    back = next(mutation for line, mutation in mutations.items() if " back " in line)
    front = next(mutation for line, mutation in mutations.items() if " front " in line)
    apart = Apart(lab, Policy.of("* !-> db except other"))
    assert apart.is_wide(back)
    assert not apart.is_wide(front)


# --- reboot -----------------------------------------------------------------------------------------------------------


def rebooted(*lines: str) -> Lab:
    script = ScenarioScript(name="x", lines=lines)
    scenario_lab = ScenarioLab.of(script, lines)
    assert not list(scenario_lab.play([Mutation("reboot", (REBOOT,))], script, scenario_lab.lab))
    return scenario_lab.lab


def test_a_reboot_leaves_other_machines_and_their_cables() -> None:
    lab = rebooted(*ROUTED, "ip netns exec left iptables -A INPUT -p tcp -j DROP", "ip netns exec right nc -lk 80 &")
    assert lab.reaches("left", "host", "icmp")
    assert "-p tcp" in lab.run("ip netns exec left iptables -S INPUT").stdout
    assert ":80" in lab.run("ip netns exec right ss -ltn").stdout


def test_a_reboot_takes_what_was_typed_on_the_host() -> None:
    lab = rebooted(*ROUTED, LOCK, "ip route add 10.9.0.0/16 via 10.0.1.2", "ip link add br9 type bridge", "nc -lk 80 &")
    assert "DROP" not in lab.run("iptables -S FORWARD").stdout
    assert "10.9.0.0" not in lab.run("ip route").stdout
    assert lab.run("sysctl -n net.ipv4.ip_forward").stdout == "0\n"
    assert lab.run("ip link show br9").exit_code
    assert ":80" not in lab.run("ss -ltn").stdout


@pytest.mark.parametrize(
    "line",
    [
        "for ns in a1 a2; do ip netns add $ns; ip -n $ns link set lo up; done",
        "ip netns add a1 && ip netns add a2",
        "make() { ip netns add $1; }; make a1; make a2",
        "bash -c 'ip netns add a1; ip netns add a2'",
    ],
)
def test_cables_that_a_shell_made_are_there_again(line: str) -> None:
    lab = rebooted(line)
    assert {lab.run(f"ip -n {name} link show lo").exit_code for name in ("a1", "a2")} == {0}


def test_a_reboot_of_the_scenario_leaves_only_what_was_made_after_it() -> None:
    lab = rebooted("ip netns add before", "reboot", "ip netns add after", "ip addr add 10.0.0.1/24 dev lo")
    assert lab.run("ip netns list").stdout == "after\n"
