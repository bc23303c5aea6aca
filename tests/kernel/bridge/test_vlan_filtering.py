"""Bridges that filter VLANs, by packets: recorded on Linux 6.18 where the text says so (tests/recorded/kernel-vm)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.machines import QUIET, typed
from vnetsim import Lab
from vnetsim.reach.matrix.matrix import Matrix

NAMES = ("a", "b", "c", "d")


def switched(count: int = 4, options: str = "vlan_filtering 1", *, watch: bool = False) -> Lab:
    """Namespaces a, b ... (10.0.0.1 ...), each behind a port pa, pb ... of br0."""
    lab = Lab(docker=False, watch=watch)
    typed(lab, f"{QUIET}\nip link add br0 type bridge {options}\nip link set br0 up")
    for number, name in enumerate(NAMES[:count], 1):
        typed(
            lab,
            f"""
            ip netns add {name}
            ip netns exec {name} {QUIET}
            ip link add eth0 netns {name} type veth peer name p{name}
            ip -n {name} addr add 10.0.0.{number}/24 dev eth0
            ip -n {name} link set eth0 up
            ip link set p{name} master br0
            ip link set p{name} up
        """,
        )
    lab.sleep(1)
    return lab


def access(lab: Lab, **vlans: int) -> None:
    for name, vlan in vlans.items():
        typed(lab, f"bridge vlan del dev p{name} vid 1\nbridge vlan add dev p{name} vid {vlan} pvid untagged")


def pings(lab: Lab, source: str, address: str) -> bool:
    return bool(lab.run(f"ip netns exec {source} ping -c 1 -W 1 {address}"))


def test_access_ports_of_two_vlans_are_two_networks() -> None:
    lab = switched(watch=True)
    access(lab, a=10, b=10, c=20, d=20)
    assert (pings(lab, "a", "10.0.0.2"), pings(lab, "c", "10.0.0.4")) == (True, True)
    assert (pings(lab, "a", "10.0.0.3"), pings(lab, "d", "10.0.0.1")) == (False, False)
    assert (
        lab.why() == "host, pc: the bridge does not pass it to this port (VLAN 20 is not one of pb)"
        or "VLAN" in lab.why()
    )


def test_the_same_address_in_two_vlans_is_two_stations() -> None:
    lab = switched()
    typed(lab, "ip -n c link set eth0 address 02:00:00:00:00:0a\nip -n a link set eth0 address 02:00:00:00:00:0a")
    access(lab, a=10, b=10, c=20, d=20)
    assert (pings(lab, "a", "10.0.0.2"), pings(lab, "c", "10.0.0.4")) == (True, True)
    lines = [line for line in lab.run("bridge fdb show br br0 dynamic").stdout.splitlines() if ":0a " in line]
    assert sorted(lines) == [
        "02:00:00:00:00:0a dev pa vlan 10 master br0 ",
        "02:00:00:00:00:0a dev pc vlan 20 master br0 ",
    ]


def test_a_trunk_carries_the_vlans_that_it_has_with_their_tags() -> None:
    lab = switched(3)
    access(lab, a=10, b=20)
    typed(
        lab,
        """
        bridge vlan add dev pc vid 10
        ip -n c link add link eth0 name eth0.10 type vlan id 10
        ip -n c link add link eth0 name eth0.20 type vlan id 20
        ip -n c link set eth0.10 up
        ip -n c link set eth0.20 up
        ip -n c addr add 10.0.0.10/32 dev eth0.10
        ip -n c addr add 10.0.0.20/32 dev eth0.20
        ip -n c route add 10.0.0.1 dev eth0.10
        ip -n c route add 10.0.0.2 dev eth0.20
    """,
    )
    assert pings(lab, "a", "10.0.0.10")
    assert not pings(lab, "b", "10.0.0.20")
    typed(lab, "bridge vlan add dev pc vid 20")
    assert pings(lab, "b", "10.0.0.20")


def test_the_host_is_in_the_vlans_of_the_bridge_itself() -> None:
    lab = switched(1)
    typed(lab, "ip addr add 10.0.0.9/24 dev br0")
    assert pings(lab, "a", "10.0.0.9")
    access(lab, a=10)
    lab.run("ip -n a neigh flush dev eth0")
    assert not pings(lab, "a", "10.0.0.9")
    typed(lab, "bridge vlan add dev br0 vid 10 self\nip link add link br0 name br0.10 type vlan id 10")
    typed(lab, "ip addr del 10.0.0.9/24 dev br0\nip addr add 10.0.0.9/24 dev br0.10\nip link set br0.10 up")
    lab.sleep(2)
    assert pings(lab, "a", "10.0.0.9")


def test_without_filtering_vlans_are_kept_and_do_nothing() -> None:
    lab = switched(options="")
    access(lab, a=10, c=20)
    assert pings(lab, "a", "10.0.0.3")
    typed(lab, "ip link set br0 type bridge vlan_filtering 1")
    assert not pings(lab, "a", "10.0.0.3")


def test_iptables_sees_frames_that_leave_untagged_and_no_others() -> None:
    """Recorded: bridge-nf-filter-vlan-tagged is 0."""
    lab = switched(2)
    for name, address in (("a", "10.1.0.1"), ("b", "10.1.0.2")):
        typed(
            lab,
            f"""
            bridge vlan add dev p{name} vid 10
            ip -n {name} link add link eth0 name eth0.10 type vlan id 10
            ip -n {name} link set eth0.10 up
            ip -n {name} addr add {address}/24 dev eth0.10
        """,
        )
    typed(lab, "sysctl -qw net.bridge.bridge-nf-call-iptables=1\niptables -P FORWARD DROP")
    assert (pings(lab, "a", "10.1.0.2"), pings(lab, "a", "10.0.0.2")) == (True, False)


def test_a_bridge_counts_what_is_in_none_of_its_own_vlans() -> None:
    """Recorded: three ARP requests of VLAN 10 are 84 bytes more."""
    lab = switched(1)
    access(lab, a=10)
    before = int(lab.run("cat /sys/class/net/br0/statistics/rx_bytes").stdout)
    lab.run("ip netns exec a arping -c 3 -I eth0 10.0.0.99")
    assert int(lab.run("cat /sys/class/net/br0/statistics/rx_bytes").stdout) == before + 84


def test_a_port_that_leaves_forgets_its_vlans() -> None:
    lab = switched(1)
    access(lab, a=10)
    typed(lab, "ip link set pa nomaster\nip link set pa master br0")
    assert "pa                1 PVID Egress Untagged\n" in lab.run("bridge vlan show").stdout


def test_the_matrix_tells_machines_of_two_vlans_apart() -> None:
    lab = switched()
    access(lab, a=10, b=10, c=20, d=20)
    matrix = Matrix.of(lab)
    found = {(one, other) for one in NAMES for other in NAMES if one != other and matrix.reaches(one, other)}
    assert found == {("a", "b"), ("b", "a"), ("c", "d"), ("d", "c")}


@settings(max_examples=12, deadline=None)
@given(st.lists(st.sampled_from((10, 20, 30)), min_size=4, max_size=4))
def test_vlans_never_leak(vlans: list[int]) -> None:
    """A frame reaches the machines of its VLAN, and no others, also by broadcast."""
    lab = switched(watch=True)
    access(lab, **dict(zip(NAMES, vlans, strict=True)))
    for source in range(4):
        for destination in range(4):
            if source != destination:
                expected = vlans[source] == vlans[destination]
                assert pings(lab, NAMES[source], f"10.0.0.{destination + 1}") == expected


@pytest.mark.parametrize(
    "line", ["bridge vlan set dev pa vid 1 state 3", "bridge vlan tunnelshow", "bridge vlan global"]
)
def test_what_is_not_modelled_is_refused(line: str) -> None:
    result = switched(1).run(line)
    assert (result.exit_code, result.stderr[:21]) == (2, "vnetsim: not modelled")
