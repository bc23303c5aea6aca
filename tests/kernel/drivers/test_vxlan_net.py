"""Tunnels to a group: who joins and leaves it below, and who gets what is flooded.

The facts are those of the recordings vxlan_group_members and vxlan_over_ipv6 (Linux 6.18).
"""

from __future__ import annotations

import pytest

from tests.kernel.wires import packets, watched
from tests.machines import QUIET, ping, typed
from vnetsim import Lab
from vnetsim.wire.igmp import TO_EXCLUDE, TO_INCLUDE, Igmp

KIND = "vxlan id 42 dev eth0 dstport 4789"


def members(group: str = "239.1.1.1", names: str = "abc") -> Lab:
    """Namespaces on one bridge, 10.0.0.N and 2001:db8::N, each with a tunnel vx0 (172.16.0.N) to a group."""
    lab = Lab()
    typed(lab, "ip link add br0 type bridge mcast_snooping 0\nip link set br0 up")
    for number, name in enumerate(names, start=1):
        typed(
            lab,
            f"""
            ip netns add {name}
            ip link add eth0 netns {name} type veth peer name p{name}
            ip link set p{name} up master br0
            ip -n {name} link set eth0 up
            ip -n {name} addr add 10.0.0.{number}/24 dev eth0
            ip -n {name} addr add 2001:db8::{number}/64 dev eth0 nodad
            ip -n {name} link add vx0 address 02:00:00:00:02:0{number} type {KIND} group {group}
            ip -n {name} link set vx0 up
            ip -n {name} addr add 172.16.0.{number}/24 dev vx0
        """,
        )
    lab.sleep(3)
    return lab


def joined(lab: Lab, name: str) -> list[str]:
    lines = lab.run(f"ip -n {name} maddr show dev eth0").stdout.splitlines()
    return [line.split()[1] for line in lines if line.split()[0].startswith("inet")]


@pytest.mark.parametrize(("group", "node"), [("239.1.1.1", "10.0.0.3"), ("ff05::100", "2001:db8::3")])
def test_what_is_flooded_reaches_every_member_and_each_learns_where_it_came_from(group: str, node: str) -> None:
    lab = members(group)
    assert group in joined(lab, "a")
    assert ping(lab, "a", "172.16.0.3")
    fdb = lab.run("bridge -n a fdb show dev vx0").stdout
    assert f"02:00:00:00:02:03 dst {node} self" in fdb
    assert fdb.endswith(f"00:00:00:00:00:00 dst {group} via eth0 self permanent\n")
    assert "02:00:00:00:02:01" in lab.run("bridge -n b fdb show dev vx0").stdout


@pytest.mark.parametrize("group", ["239.1.1.1", "ff05::100"])
def test_the_last_device_of_a_group_leaves_it_and_the_last_of_a_port_frees_it(group: str) -> None:
    lab = members(group, "a")
    typed(lab, f"ip -n a link add vx1 type vxlan id 43 group {group} dev eth0 dstport 4789\nip -n a link set vx1 up")
    typed(lab, "ip -n a link set vx0 down")
    assert group in joined(lab, "a")
    typed(lab, "ip -n a link set vx1 down")
    assert group not in joined(lab, "a")
    assert "4789" not in lab.run("ip netns exec a ss -uan").stdout


def test_a_group_is_reported_twice_and_left_with_two_reports() -> None:
    lab = members(names="a")
    seen = watched(lab, None, "pa")
    typed(lab, "ip -n a link set vx0 down")
    lab.sleep(3)
    typed(lab, "ip -n a link set vx0 up")
    lab.sleep(3)
    reports = [packet.payload for packet in packets(seen) if isinstance(packet.payload, Igmp)]
    assert [report.records[0].type for report in reports] == [TO_INCLUDE] * 2 + [TO_EXCLUDE] * 2
    assert {str(report.records[0].group) for report in reports} == {"239.1.1.1"}


def test_who_is_not_in_the_group_gets_nothing() -> None:
    lab = members()
    typed(
        lab,
        "ip -n c link set vx0 down\nip -n c link set vx0 type vxlan group 239.1.1.2 dev eth0\nip -n c link set vx0 up",
    )
    assert not ping(lab, "a", "172.16.0.3")
    assert ping(lab, "a", "172.16.0.2")


def test_a_group_outlives_its_device_being_down() -> None:
    lab = members(names="ab")
    typed(lab, "ip -n a link set eth0 down")
    assert "239.1.1.1" in joined(lab, "a")
    typed(lab, "ip -n a link set eth0 up\nip -n a addr add 2001:db8::1/64 dev eth0 nodad")
    assert joined(lab, "a")[:2] in (["224.0.0.1", "239.1.1.1"], ["239.1.1.1", "224.0.0.1"])
    assert ping(lab, "b", "172.16.0.1")
    typed(lab, "ip -n a link del eth0")
    assert "vx0" not in lab.run("ip -n a -br link").stdout


def test_a_packet_to_a_group_has_a_ttl_of_one_unless_the_tunnel_has_one() -> None:
    lab = members()
    seen = watched(lab, None, "pa")
    ping(lab, "a", "172.16.0.2")
    assert {packet.ttl for packet in packets(seen) if packet.destination.is_multicast} == {1}


def test_a_group_needs_a_device() -> None:
    lab = Lab()
    typed(lab, f"ip netns add a\nip netns exec a {QUIET}")
    answer = lab.run("ip -n a link add vx0 type vxlan id 1 group 239.1.1.1 dstport 4789")
    assert (answer.exit_code, answer.stderr) == (1, "vxlan: 'group' requires 'dev' to be specified\n")
