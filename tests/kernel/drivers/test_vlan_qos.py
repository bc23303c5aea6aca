"""Priorities of packets and of tags, as recorded on Linux 6.18 (vlan_qos, vlan_qos_forward)."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from tests.kernel.drivers.test_vlan import tagged
from tests.kernel.wires import watched
from tests.machines import ping, typed
from vnetsim import Lab
from vnetsim.sockets import Captured
from vnetsim.wire.arp import Arp
from vnetsim.wire.ethernet import Tagged


@pytest.fixture(scope="module")
def lab() -> Lab:
    return tagged("id 10 egress-qos-map 0:3 2:5 ingress-qos-map 1:4", other="id 10")


def priorities(lab: Lab, options: str) -> set[int]:
    seen = watched(lab, "b", "eth0")
    assert ping(lab, "a", "10.1.0.2", f"-c 1 -W 1 {options}")
    return of_pings(seen)


def of_pings(seen: Iterable[Captured]) -> set[int]:
    tags = [each.frame.payload for each in seen if not each.outgoing]
    return {tag.priority for tag in tags if isinstance(tag, Tagged) and not isinstance(tag.payload, Arp)}


@pytest.mark.parametrize(("options", "priority"), [("", 3), ("-Q 0x08", 5), ("-Q 0x10", 0)])
def test_the_type_of_service_gives_the_priority_of_the_tag(lab: Lab, options: str, priority: int) -> None:
    assert priorities(lab, options) == {priority}


def test_a_rule_gives_another_priority_and_maps_change() -> None:
    lab = tagged("id 10 egress-qos-map 0:3", other="id 10")
    typed(lab, "ip -n a link set v0 type vlan egress-qos-map 6:7 0:9")
    assert priorities(lab, "") == {1}, "the priorities of tags have three bits"
    typed(lab, "ip netns exec a iptables -t mangle -A POSTROUTING -p icmp -j CLASSIFY --set-class 0:6")
    assert priorities(lab, "") == {7}


def test_maps_are_shown_in_the_order_of_the_kernels_table_without_those_to_0(lab: Lab) -> None:
    assert (
        "\n      ingress-qos-map { 1:4 } \n      egress-qos-map { 0:3 2:5 } addrgenmode"
        in typed(lab, "ip -n a -d link show v0").stdout
    )
    typed(lab, "ip -n b link set v0 type vlan egress-qos-map 6:7 0:1 22:2 3:1 ingress-qos-map 9:5")
    typed(lab, "ip -n b link set v0 type vlan egress-qos-map 3:0")
    shown = typed(lab, "ip -n b -d -j link show v0").stdout
    assert '"ingress_qos":[{"from":1,"to":5}]' in shown
    assert '"egress_qos":[{"from":0,"to":1},{"from":22,"to":2},{"from":6,"to":7}]' in shown
    typed(lab, "ip -n b link set v0 type vlan egress-qos-map 6:0 0:0 22:0")


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        ("egress-qos-map a:1", 'Error: argument "a" is wrong: invalid egress-qos-map'),
        ("egress-qos-map 1:", 'Error: argument "1" is wrong: invalid egress-qos-map'),
        ("ingress-qos-map", 'Command line is not complete. Try option "help"'),
        ("egress-qos-map 1", 'vlan: unknown command "1"?'),
    ],
)
def test_what_is_no_map_is_refused(lab: Lab, words: str, refusal: str) -> None:
    assert lab.run(f"ip -n a link set v0 type vlan {words}").output.splitlines()[0] == refusal


def test_a_priority_passes_a_bridge_and_not_a_router() -> None:
    lab = tagged("id 10 egress-qos-map 0:3", other="id 10 ingress-qos-map 3:6")
    typed(
        lab,
        """
        ip netns add c
        ip link add eth0 netns c type veth peer name s2 netns b
        ip -n c link set eth0 up
        ip -n b link set s2 up
        ip -n b link add link s2 name s2.6 type vlan id 6 egress-qos-map 6:7 0:1
        ip -n c link add link eth0 name v6 type vlan id 6
        ip -n b link set s2.6 up
        ip -n c link set v6 up
        ip -n c addr add 10.1.0.3/24 dev v6
        ip -n b link add br0 type bridge
        ip -n b link set br0 up
        ip -n b link set v0 master br0
        ip -n b link set s2.6 master br0
    """,
    )
    seen = watched(lab, "c", "eth0")
    typed(lab, "ip netns exec a ping -c 1 -W 1 10.1.0.3")
    assert of_pings(seen) == {7}
    typed(
        lab,
        """
        ip -n b link set v0 nomaster
        ip -n b link set s2.6 nomaster
        ip -n b addr add 10.6.0.1/24 dev s2.6
        ip -n c addr add 10.6.0.2/24 dev v6
        ip -n c route add 10.1.0.1 via 10.6.0.1
        ip -n a route add 10.6.0.0/24 via 10.1.0.2
        ip netns exec b sysctl -qw net.ipv4.ip_forward=1
    """,
    )
    seen.clear()
    typed(lab, "ip netns exec a ping -c 1 -W 1 10.6.0.2")
    assert of_pings(seen) == {1}, "ip_forward sets the priority anew"
    seen.clear()
    typed(lab, "ip netns exec a ping -c 1 -W 1 -Q 0x10 10.6.0.2")
    assert of_pings(seen) == {7}
