"""Labs without classes, since an address or a port is more than a number in a range there."""

from __future__ import annotations

import pytest

from tests.reach.equivalence.alike import ALIKE, LOOP, crowd_of_eight, groups
from tests.reach.equivalence.crowds import lines
from vnetsim.lab import Lab

#: Where an address or a port is more than a number in a range.
DISTINCTIONS = """
    ip route add 192.0.2.0/24 nexthop via 10.7.0.2 nexthop via 10.7.0.3
    iptables -t nat -A POSTROUTING -s 10.7.0.0/24 -j SNAT --to-source 198.51.100.1-198.51.100.9
    iptables -t nat -A PREROUTING -p tcp --dport 81 -j DNAT --to-destination 10.7.0.2-10.7.0.5
    iptables -t nat -A PREROUTING -d 198.51.100.0/24 -j NETMAP --to 10.7.0.0/24
    iptables -A FORWARD -p tcp --sport 1024:40000 -j DROP
    iptables -A FORWARD -p tcp -m multiport --ports 80,81 -j DROP
    iptables -A FORWARD -m mac --mac-source 02:00:00:00:00:01 -j DROP
    iptables -A FORWARD -p tcp --dport 40000:50000 -j DROP
    iptables -A FORWARD -p udp -m multiport --dports 53,40000:50000 -j DROP
    iptables -t nat -A POSTROUTING -p tcp --sport 40000 -j ACCEPT
    ip rule add sport 40000-50000 prohibit
    ip rule add ipproto tcp dport 40000-50000 prohibit
    iptables -A FORWARD -s 10.7.0.0/255.255.0.255 -j DROP
    iptables -A FORWARD -m statistic --mode nth --every 2 --packet 0 -j DROP
    iptables -A FORWARD -m string --algo bm --string x -j DROP
    iptables -A FORWARD -m conntrack --ctorigsrcport 1024:40000 -j DROP
    nft add table ip t; nft add chain ip t c '{ type filter hook forward priority 5; }'; nft add rule ip t c drop
    ip netns exec m1 nft 'add table ip t; add chain ip t c { type filter hook input priority 0; policy drop; }'
    ip link set br0 type bridge stp_state 1; ip link set v1 down; ip link set v1 up
    ip neigh add 10.7.0.9 lladdr 02:00:00:00:00:09 dev br0 nud permanent
    tc qdisc add dev v1 root netem loss 10%
    ip addr add 10.7.0.3/24 dev v0
    ip -n m1 neigh add proxy 10.7.0.50 dev eth0
"""


@pytest.fixture(scope="module")
def crowd() -> Lab:
    return crowd_of_eight()


@pytest.mark.parametrize("line", [*lines(DISTINCTIONS), LOOP])
def test_nobody_is_alike_where_numbers_are_more_than_ranges(crowd: Lab, line: str) -> None:
    lab = crowd.fork()
    assert lab.run(line), line
    assert groups(lab) == []


@pytest.mark.parametrize("line", lines("""
    iptables -A FORWARD -p tcp --dport 1:65535 -j DROP
    iptables -A FORWARD -p tcp --dport 1:1023 -j DROP
    iptables -A FORWARD -p tcp --dport 50051 -j DROP
    iptables -A FORWARD -d 127.0.0.0/8 -p tcp --sport 40000:50000 -j DROP
    ip rule add ipproto tcp dport 80 prohibit
    nft 'add table ip t; add chain ip t c { type filter hook forward priority 0; policy accept; }'
"""))  # fmt: skip
def test_what_no_client_is_chosen_by_leaves_them_alike(crowd: Lab, line: str) -> None:
    lab = crowd.fork()
    assert lab.run(line), line
    assert groups(lab) == ALIKE
