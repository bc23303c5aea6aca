"""Which ends are like others, and which probes are the same walk."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.reach.equivalence.alike import ALIKE, classes, crowd_of_eight, groups
from vnetsim.lab import Lab
from vnetsim.reach.endpoints.endpoints import all_endpoints
from vnetsim.wire.inet import IPv4


@pytest.fixture(scope="module")
def crowd() -> Lab:
    return crowd_of_eight()


def test_what_is_made_alike_is_alike(crowd: Lab) -> None:
    assert groups(crowd) == ALIKE


@pytest.mark.parametrize(("line", "found"), [
    ("iptables -I FORWARD -d 172.18.0.2/31 -j DROP", ["c0 c1", "c2 c3", ALIKE[1]]),
    ("iptables -I FORWARD -s 172.18.0.4/31 -j DROP", ["c0 c1", "c2 c3", ALIKE[1]]),
    ("iptables -I FORWARD -m iprange --dst-range 172.18.0.3-172.18.0.4 -j DROP", ["c0 c3", "c1 c2", ALIKE[1]]),
    ("ip rule add from 10.7.0.2/31 blackhole", [ALIKE[0], "m0 m1", "m2 m3"]),
    ("ip route add blackhole 10.7.0.4/31", [ALIKE[0], "m0 m1", "m2 m3"]),
    ("iptables -I FORWARD -i v+ -j DROP", ALIKE),
    ("iptables -I FORWARD -s 172.18.0.0/16 -d 10.7.0.0/24 -j DROP", ALIKE),
    ("iptables -P FORWARD DROP", ALIKE),
    ("for i in 0 1 2 3; do ip netns exec m$i iptables -A INPUT -p icmp -j DROP; done", ALIKE),
    ("for i in 2 5; do iptables -I FORWARD -d 10.7.0.$i -j DROP; done", [ALIKE[0], "m0 m3", "m1 m2"]),
    ("for i in 2 3 4 5; do iptables -A FORWARD -s 10.7.0.$i -p tcp -j DROP; done", ALIKE),
    ("for r in '-s 10.7.0.2' '-p tcp' '-s 10.7.0.3'; do iptables -A FORWARD $r -j DROP; done", [ALIKE[0], "m2 m3"]),
])  # fmt: skip
def test_ranges_divide_and_what_all_share_does_not(crowd: Lab, line: str, found: Sequence[str]) -> None:
    lab = crowd.fork()
    assert lab.run(line), line
    assert sorted(groups(lab)) == sorted(found)


def test_probes_that_are_the_same_walk(crowd: Lab) -> None:
    known = classes(crowd)
    c0, c1, c2, _, m0, m1, *_ = [one for one in all_endpoints(crowd) if one.kind in ("container", "netns")]
    own = {one: member.addresses for one in (c0, c1, c2, m0, m1) if (member := known.member(one)) is not None}
    assert known.orbit(c0, own[c1][0]) == known.orbit(c2, own[c0][0]) != known.orbit(c0, own[c0][0])
    assert known.orbit(c0, own[c0][0]) == known.orbit(c1, own[c1][0])
    assert known.orbit(c0, own[m0][0]) == known.orbit(c1, own[m1][0]) != known.orbit(m0, own[c0][0])
    assert known.orbit(c0, own[c1][0]) != known.orbit(c0, own[c1][1])
    gateway = IPv4.parse("172.18.0.1")
    assert known.orbit(c0, gateway) == known.orbit(c1, gateway) != known.orbit(m0, gateway)
    loopback = IPv4.parse("127.0.0.1")
    assert known.orbit(c0, loopback) != known.orbit(c1, loopback)
