"""What answers assume besides the packet: chance, counting, the clock, hashes, br_netfilter."""

from __future__ import annotations

import pytest

from vnetsim.lab import Lab

NOW = "the time decides, assumed to be Thursday 2026-01-01 00:00 UTC"
CHANCE = "chance decides, another packet may fare otherwise"
COUNT = "the number of the packet decides, the next one may fare otherwise"
HASH = "a hash, seeded anew at each boot, decides which of 2 next hops a flow takes"
LOADED = "br_netfilter is assumed to be loaded, so that iptables filters what bridges pass on"
SHARE = "-m statistic --mode random --probability 0.25000000000"
NFT = (
    "nft add table inet t; nft 'add chain inet t c { type filter hook forward priority 0; }'; "
    "nft 'add rule inet t c %s'"
)
BRIDGE = "ip link add br0 type bridge; ip link add e0 type dummy; ip link set e0 master br0; "
BOND = (
    "ip link add bond0 type bond miimon 100 mode %s; for i in 1 2; do ip link add a$i type veth peer name b$i; "
    "ip link set a$i master bond0; ip link set b$i up; done; ip link set bond0 up; ip link set b2 %s"
)
HOPS = (
    "ip link add e0 type dummy; ip link set e0 up; ip addr add 10.0.0.1/24 dev e0; "
    "ip route add %s nexthop via 10.0.0.2 "
)


def assumptions(lines: str) -> list[str]:
    lab = Lab(docker=False)
    assert lab.run(lines)
    return list(lab.shortfall.assumptions)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("tc qdisc add dev lo root netem loss 50%", f"host, netem of lo: {CHANCE} (loss 0.5)"),
        ("tc qdisc add dev lo root netem corrupt 3% delay 1ms", f"host, netem of lo: {CHANCE} (corrupt 0.03)"),
        ("tc qdisc add dev lo root netem loss gemodel 1% 10%", f"host, netem of lo: {CHANCE} (loss gemodel)"),
        (f"iptables -A INPUT {SHARE} -j DROP", f"host, iptables filter INPUT rule 1: {CHANCE} ({SHARE} -j DROP)"),
        ("ip6tables -A INPUT -m statistic --mode nth --every 3 --packet 0 -j DROP",
         f"host, ip6tables filter INPUT rule 1: {COUNT} (-m statistic --mode nth --every 3 --packet 0 -j DROP)"),
        ("iptables -A INPUT -m time --weekdays Mon -j DROP",
         f"host, iptables filter INPUT rule 1: {NOW} (-m time --weekdays Mon --datestop 2038-01-19T03:14:07 -j DROP)"),
        (NFT % 'meta hour "08:00"-"18:00" drop', f'host, nft t c rule 1: {NOW} (meta hour "08:00"-"18:00" drop)'),
        (NFT % "numgen random mod 2 0 drop", f"host, nft t c rule 1: {CHANCE} (numgen random mod 2 0 drop)"),
        (NFT % "numgen inc mod 2 0 drop", f"host, nft t c rule 1: {COUNT} (numgen inc mod 2 0 drop)"),
        ("iptables -A INPUT -m cpu --cpu 1 -j DROP",
         f"host, iptables filter INPUT rule 1: {CHANCE} (-m cpu --cpu 1 -j DROP)"),
        (NFT % "meta cpu 1 drop", f"host, nft t c rule 1: {CHANCE} (meta cpu 1 drop)"),
        (NFT % "meta random 5 drop", f"host, nft t c rule 1: {CHANCE} (meta random 5 drop)"),
        (HOPS % "10.1.0.0/24" + "nexthop via 10.0.0.3", f"host, route 10.1.0.0/24: {HASH}"),
        (HOPS % "default" + "nexthop via 10.0.0.3", f"host, route default: {HASH}"),
        (BOND % ("balance-rr", "up"), f"host, bond bond0: {COUNT} (mode balance-rr)"),
        (BOND % ("802.3ad", "up"),
         "host, bond bond0: a hash of addresses decides by which of 2 ports a flow leaves (mode 802.3ad)"),
        (f"{BRIDGE} iptables -P FORWARD DROP", f"host: {LOADED} (net.bridge.bridge-nf-call-iptables = 1)"),
        (f"{BRIDGE} iptables -A FORWARD -j DROP", f"host: {LOADED} (net.bridge.bridge-nf-call-iptables = 1)"),
    ],
)  # fmt: skip
def test_what_decides_besides_the_packet_is_an_assumption(lines: str, told: str) -> None:
    assert assumptions(lines) == [told]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (f"for i in 1 2 3 4; do iptables -A INPUT {SHARE} -j DROP; done",
         f"host, iptables filter INPUT rule 1, and 3 more such rules: {CHANCE} ({SHARE} -j DROP)"),
        ("for i in 1 2 3 4; do ip netns add n$i; tc -n n$i qdisc add dev lo root netem loss 50%; done",
         f"n1, netem of lo, and 3 more such disciplines: {CHANCE} (loss 0.5)"),
        ("; ".join(HOPS % f"10.1.{i}.0/24" + "nexthop via 10.0.0.3" for i in range(4)),
         f"host, route 10.1.0.0/24, and 3 more such routes: {HASH}"),
    ],
)  # fmt: skip
def test_many_of_a_kind_are_one_assumption(lines: str, told: str) -> None:
    assert assumptions(lines) == [told]


def test_a_few_of_a_kind_and_those_of_other_kinds_are_named_one_by_one() -> None:
    told = assumptions(f"for i in 1 2 3; do iptables -A INPUT {SHARE} -j DROP; done; {NFT % 'numgen inc mod 2 0 drop'}")
    assert [each.partition(":")[0] for each in told] == [
        *(f"host, iptables filter INPUT rule {number}" for number in (1, 2, 3)), "host, nft t c rule 1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "lines",
    [
        "tc qdisc add dev lo root netem loss 100% delay 10ms 5ms",
        "iptables -A INPUT -m statistic --mode random --probability 0 -j DROP",
        "iptables -A INPUT -m statistic --mode random --probability 1 -j DROP",
        "iptables -A INPUT -m statistic --mode random --probability 0.5 -j LOG",
        "iptables -A INPUT -m statistic --mode random --probability 0.5",
        "iptables -A INPUT -m statistic --mode nth --every 1 --packet 0 -j DROP",
        NFT % "numgen random mod 1 0 drop",
        BOND % ("active-backup", "up"),
        BOND % ("balance-rr", "down"),
        NFT % 'log prefix "meta hour" drop',
        HOPS % "10.1.0.0/24",
        "iptables -P FORWARD DROP; ip link add br0 type bridge",
        BRIDGE,
        f"{BRIDGE} iptables -P FORWARD DROP".replace("type bridge", "type vrf table 10"),
        f"{BRIDGE} iptables -P FORWARD DROP; sysctl -w net.bridge.bridge-nf-call-iptables=1",
        f"{BRIDGE} iptables -P FORWARD DROP; sysctl -w net.bridge.bridge-nf-call-iptables=0",
    ],
)
def test_what_is_certain_is_none(lines: str) -> None:
    assert assumptions(lines) == []


def test_the_bridges_of_docker_are_filtered_without_an_assumption() -> None:
    lab = Lab()
    assert lab.run("docker run -d --name a alpine sleep 9; iptables -A FORWARD -j DROP")
    assert lab.shortfall.assumptions == ()
