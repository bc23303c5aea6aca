"""A difference of any kind puts an end into a class of its own."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.reach.equivalence.alike import ALIKE, CABLES, INSIDE, KNOWN, SPOOFED, crowd_of_eight, groups
from tests.reach.equivalence.crowds import lines
from vnetsim.lab import Lab

#: What makes container c1, or namespace m1, another one than its neighbours; the others stay as they are.
DIFFERENCES = """
    iptables -I FORWARD -s 172.18.0.3 -j DROP
    iptables -I FORWARD ! -d 172.18.0.3 -j ACCEPT
    iptables -I FORWARD -m iprange --src-range 172.18.0.3-172.18.0.3 -j DROP
    iptables -t nat -I PREROUTING -p tcp --dport 81 -j DNAT --to-destination 172.18.0.3:80
    ip route add blackhole 172.18.0.3
    ip route add 192.0.2.0/24 via 172.18.0.3
    ip rule add from 172.18.0.3 prohibit
    ip rule add to 172.18.0.3/32 blackhole
    ip netns exec m0 iptables -A INPUT -s 172.18.0.3 -j DROP
    ip route add 10.7.0.3 dev br0
    ip -n m0 route add 192.0.2.0/24 via 10.7.0.3
    ping -c 1 10.7.0.3
    docker exec c0 ping -c 1 172.18.0.3
    iptables -I FORWARD -i v1 -j DROP
    iptables -I INPUT -m physdev --physdev-in v1 -j DROP
    ip rule add iif v1 prohibit
    ip link set v1 mtu 1400
    ip link set v1 nomaster
    ip link set v1 down
    bridge link set dev v1 isolated on
    sysctl -w net.ipv4.conf.v1.rp_filter=1
    ip addr add 198.51.100.1/24 dev v1
    ip route add 198.51.100.0/24 dev v1
    ip link add link v1 name v1.5 type vlan id 5
    ethtool -K v1 tso off
    ip -n m1 addr add 10.7.0.99/24 dev eth0
    ip -n m1 addr change 10.7.0.3/24 dev eth0 preferred_lft 0
    ip -n m1 route add 192.0.2.0/24 via 10.7.0.1
    ip -n m1 route del default
    ip -n m1 rule add from all prohibit
    ip -n m1 link set eth0 mtu 1400
    ip -n m1 link add d0 type bridge
    ip -n m1 link set lo down
    ip netns exec m1 iptables -A INPUT -j DROP
    ip netns exec m1 iptables -P INPUT DROP
    ip netns exec m1 sysctl -w net.ipv4.icmp_echo_ignore_all=1
    ip netns exec m1 sysctl -w net.ipv4.conf.eth0.rp_filter=1
    ip netns exec m1 sysctl -w net.ipv4.neigh.eth0.ucast_solicit=1
    ip netns exec m1 nc -lk -p 99 &
    ip netns exec m1 nc -lk -u -p 99 &
    ip -n m1 link set eth0 name eth9
    {inside} ip route add blackhole 192.0.2.1
    {inside} ip6tables -A INPUT -j DROP
    {inside} iptables -I INPUT -p tcp --dport 80 -j DROP
    docker network connect bridge c1
    docker run -d --network container:c1 alpine sleep 1000
    docker exec -d c1 nc -lk -p 99
    docker pause c1
    ip -6 addr flush dev v1
    ip -6 addr del $(ip -o -6 addr show dev v1 | awk '{print $4}') dev v1
"""


@pytest.fixture(scope="module")
def crowd() -> Lab:
    return crowd_of_eight()


def about(line: str) -> str:
    return "c1" if any(word in line for word in ("172.18.0.3", "c1", "{inside}")) else "m1"


@pytest.mark.parametrize("line", lines(DIFFERENCES))
def test_a_difference_makes_a_class_of_its_own(crowd: Lab, line: str) -> None:
    lab = crowd.fork()
    assert lab.run(line.replace("{inside}", INSIDE)), line
    lab.sleep(3)
    found = groups(lab)
    assert len(found) == 2, "the others are as like each other as before"
    assert about(line) not in " ".join(found).split()


@pytest.mark.parametrize(("line", "found"), [
    (KNOWN, ["m0 m1 m2 m3"]),
    (f"{KNOWN} ip -n m1 neigh flush dev eth0", ["m0 m2 m3"]),
    (f"{KNOWN} ip neigh del 10.7.0.3 dev br0", ["m0 m2 m3"]),
    (f"{KNOWN} ip netns exec m1 ping -c 1 10.7.0.1", ["m0 m2 m3"]),
    (SPOOFED, ["m0 m2 m3"]),
    ("for i in 0 1; do ip -n m$i addr add 2001:db8::$i:1/64 dev eth0; sleep 0.4; done", ["m2 m3"]),
    ("for i in 0 1; do ip netns exec m$i ping -c 1 -W 0.1 10.7.0.77; sleep 0.4; done; true", ["m2 m3"]),
    ("for i in 0 1 2 3; do ip route add 198.51.10$i.0/24 dev v$i; done", []),
    (CABLES.format(":"), ["m0 m1 m2 m3"]),
    (CABLES.format("ip -6 addr add fe80::1/64 dev v1 nodad"), ["m0 m2 m3"]),
    (CABLES.format("for i in 0 1 2 3; do ip -6 addr add fe80::$((i/2))/64 dev v$i nodad; done"), []),
    ("for i in 1 2; do ip link set v$i nomaster; ip link set v$i down; ip link set v$i up; sleep 0.4; done",
     ["m0 m3"]),
], ids=(
    "all know the gateway", "it does not know the gateway", "the gateway does not know it", "the gateway asks it soon",
    "the bridge has learned it at another port", "addresses that are tentative", "neighbours that are asked for",
    "routes to the other end", "cables", "an address that is not of its MAC address", "two such addresses",
    "the other end waits for its address",
))  # fmt: skip
def test_what_makes_the_difference_among_namespaces(crowd: Lab, line: str, found: Sequence[str]) -> None:
    lab = crowd.fork()
    assert lab.run(line), line
    assert groups(lab) == [ALIKE[0], *found]
