"""Nexthop objects: groups, routes that use them, what takes them away; texts as in the recordings nexthop_*."""

from __future__ import annotations

import pytest

from tests.machines import typed
from vnetsim import Lab

REFUSED = [
    ("nexthop add id 9", "Invalid address family"),
    ("nexthop add id 9 via 10.0.0.2", "Device attribute required for non-blackhole and non-fdb nexthops"),
    ("nexthop add id 9 via 10.77.0.2 dev v0", "Nexthop has invalid gateway"),
    ("nexthop add id 9 dev v0 onlink", "ONLINK flag can not be set for nexthop without a gateway"),
    ("nexthop add id 9 blackhole dev v0", "Blackhole attribute can not be used with gateway, oif, encap or fdb"),
    ("nexthop add id 9 group 1 dev v0", "Invalid family for group"),
    ("nexthop add id 9 group 1/99", "Invalid nexthop id"),
    ("nexthop add id 9 group 10", "Hash-threshold group can not be a nexthop within a group"),
    ("nexthop add id 9 group 1/1", "Nexthop id can not be used twice in a group"),
    ("nexthop add id 9 group 1/3", "Blackhole nexthop can not be used in a group with more than 1 path"),
    ("nexthop replace id 1 group 2", "Can not replace a nexthop with a nexthop group"),
    ("nexthop replace id 10 dev v0", "Can not replace a nexthop group with a nexthop"),
    ("nexthop replace id 1 blackhole", "Blackhole nexthop can not be a member of a group with more than one path"),
    ("nexthop replace dev v0", "Replace requires nexthop id"),
    ("nexthop del", "Nexthop id is missing"),
    ("route add 10.5.0.0/24 nhid 99", "Nexthop id does not exist"),
    ("route add 10.5.0.0/24 nhid 1 dev v0", "Nexthop specification and nexthop id are mutually exclusive"),
    ("route add 10.5.0.0/24 nhid 10 scope host", "Route with host scope can not have multiple nexthops"),
    ("route add 10.5.0.0/24 nhid 1 scope host", "Route with host scope can not have a gateway"),
    ("-6 route add fd01::/64 nhid 10", "IPv6 routes can not use an IPv4 nexthop"),
]


def made() -> Lab:
    """Nexthops 1 and 2 by two cables to one router each, 3 a blackhole, and a group of the first two."""
    lab = Lab(docker=False)
    typed(
        lab,
        """
        ip link set lo up
        ip netns add a
        ip netns add b
        ip link add v0 type veth peer name eth0 netns a
        ip link add w0 type veth peer name eth0 netns b
        ip addr add 10.0.0.1/24 dev v0
        ip addr add 10.0.1.1/24 dev w0
        ip link set v0 up
        ip link set w0 up
        ip -n a addr add 10.0.0.2/24 dev eth0
        ip -n a addr add 10.9.0.1/32 dev lo
        ip -n a link set eth0 up
        ip -n b addr add 10.0.1.2/24 dev eth0
        ip -n b addr add 10.9.0.1/32 dev lo
        ip -n b link set eth0 up
        ip nexthop add id 1 via 10.0.0.2 dev v0
        ip nexthop add id 2 via 10.0.1.2 dev w0
        ip nexthop add id 3 blackhole
        ip nexthop add id 10 group 1,3/2
        ip route add 10.9.0.0/24 nhid 10
        ip route add 10.9.1.0/24 nhid 2
    """,
    )
    return lab


@pytest.fixture(scope="module")
def lab() -> Lab:
    return made()


@pytest.mark.parametrize(("command", "text"), REFUSED)
def test_what_the_kernel_refuses(lab: Lab, command: str, text: str) -> None:
    refused = lab.run(f"ip {command}")
    assert (refused.exit_code, refused.stderr) == (2, f"Error: {text}.\n")


def test_flows_are_divided_among_the_members_of_a_group(lab: Lab) -> None:
    chosen = [lab.run(f"ip route get 10.9.0.{number}").stdout.split(" dev ")[1][:2] for number in range(1, 60)]
    assert 30 < chosen.count("v0") < 58
    assert chosen.count("w0") == 59 - chosen.count("v0")
    assert lab.run("ping -c 1 10.9.0.1")


def test_a_replaced_nexthop_changes_the_routes_by_it() -> None:
    lab = made()
    typed(lab, "ip route add 10.8.0.0/24 nhid 3")
    assert lab.run("ping -c 1 10.8.0.1").stderr == "ping: connect: Invalid argument\n"
    typed(lab, "ip nexthop replace id 2 via 10.0.0.7 dev v0\nip nexthop replace id 3 via 10.0.0.2 dev v0")
    assert "10.9.1.0/24 nhid 2 via 10.0.0.7 dev v0" in lab.run("ip route").stdout
    assert "10.8.0.0/24 nhid 3 via 10.0.0.2 dev v0" in lab.run("ip route").stdout


def test_they_go_with_their_device_and_their_routes_go_with_them() -> None:
    lab = made()
    typed(lab, "ip addr del 10.0.1.1/24 dev w0")
    assert "10.9.1.0/24 nhid 2 via 10.0.1.2 dev w0" in lab.run("ip route").stdout
    typed(lab, "ip link set w0 down")
    assert lab.run("ip nexthop").stdout == "id 1 via 10.0.0.2 dev v0 scope link \nid 3 blackhole \nid 10 group 1,3 \n"
    assert "10.9.0.0/24 nhid 10 via 10.0.0.2 dev v0 \n" in lab.run("ip route").stdout
    assert "10.9.1.0/24" not in lab.run("ip route").stdout
    typed(lab, "ip nexthop del id 1")
    assert lab.run("ip nexthop").stdout == "id 3 blackhole \n"
    assert "nhid" not in lab.run("ip route").stdout
    assert lab.run("ip nexthop del id 1").stderr == "RTNETLINK answers: No such file or directory\n"


def test_what_is_not_modelled_is_refused(lab: Lab) -> None:
    for command in ("add id 9 group 1/2 type resilient buckets 8", "add id 9 via 10.0.0.2 fdb", "bucket"):
        assert lab.run(f"ip nexthop {command}").stderr.startswith("vnetsim: not modelled: ip nexthop ")
