"""Several stations with one link-layer address, told apart by their IP addresses.

The facts are those of Linux's driver (drivers/net/ipvlan) and its documentation; no recording is behind them.
"""

from __future__ import annotations

import re

import pytest

from tests.machines import QUIET, ping, typed
from vnetsim import Lab


def parent(mode: str, flag: str = "") -> Lab:
    """p0 (10.0.0.1), whose cable leads to w (10.0.0.9), and children: i1 in c1, i2 in c2.

    In l2 they are 10.0.0.11 and .12; else 10.1.1.11 and 10.1.2.12, which w reaches by 10.0.0.1.
    """
    lab = Lab(docker=False)
    typed(
        lab,
        f"""
        {QUIET}
        ip netns add w
        ip netns exec w {QUIET}
        ip link add p0 address 02:00:00:00:00:10 type veth peer name eth0 netns w
        ip link set p0 up
        ip -n w link set eth0 up
        ip addr add 10.0.0.1/24 dev p0
        ip -n w addr add 10.0.0.9/24 dev eth0
        ip -n w route add 10.1.0.0/16 via 10.0.0.1
    """,
    )
    for number in (1, 2):
        address = f"10.0.0.1{number}/24" if mode == "l2" else f"10.1.{number}.1{number}/24"
        typed(
            lab,
            f"""
            ip netns add c{number}
            ip netns exec c{number} {QUIET}
            ip link add i{number} link p0 netns c{number} type ipvlan mode {mode} {flag}
            ip -n c{number} link set i{number} up
            ip -n c{number} addr add {address} dev i{number}
        """,
        )
        if mode != "l2":
            typed(lab, f"ip -n c{number} route add default dev i{number}")
    return lab


def test_all_have_the_address_of_the_device_below() -> None:
    lab = parent("l2")
    assert ping(lab, "w", "10.0.0.11")
    assert ping(lab, "w", "10.0.0.12")
    macs = re.findall(r"lladdr (\S+)", lab.run("ip -n w neigh").stdout)
    assert macs == ["02:00:00:00:00:10"] * 2
    assert lab.run("ip -n c1 link set i1 address 02:00:00:00:00:77").output == (
        "RTNETLINK answers: Operation not supported\n"
    )
    typed(lab, "ip link set p0 address 02:00:00:00:00:20")
    assert "link/ether 02:00:00:00:00:20" in lab.run("ip -n c2 link show i2").stdout


@pytest.mark.parametrize("mode", ["l2", "l3", "l3s"])
def test_children_reach_each_other_and_the_wire_but_not_the_host_below(mode: str) -> None:
    lab = parent(mode)
    other = "10.0.0.12" if mode == "l2" else "10.1.2.12"
    assert ping(lab, "c1", other)
    assert ping(lab, "c1", "10.0.0.9")
    assert ping(lab, "w", other)
    assert not ping(lab, "c1", "10.0.0.1")


def test_private_children_do_not_reach_each_other() -> None:
    lab = parent("l2", "private")
    assert not ping(lab, "c1", "10.0.0.12")
    assert ping(lab, "c1", "10.0.0.9")


def test_vepa_children_speak_by_the_wire_which_does_not_reflect() -> None:
    lab = parent("l2", "vepa")
    assert not ping(lab, "c1", "10.0.0.12")
    assert ping(lab, "w", "10.0.0.12")


def test_of_layer_3_there_is_no_arp_and_the_rules_below_are_asked() -> None:
    lab = parent("l3")
    assert "NOARP" in lab.run("ip -n c1 link show i1").stdout
    typed(lab, "iptables -A OUTPUT -s 10.1.1.11 -j DROP")
    assert not ping(lab, "c1", "10.0.0.9")
    assert ping(lab, "c1", "10.1.2.12")
    assert lab.run("ip -n c1 neigh").stdout == ""


def test_only_in_l3s_the_rules_below_see_what_comes_in() -> None:
    for mode, reached in (("l3", True), ("l3s", False)):
        lab = parent(mode)
        typed(lab, "iptables -A INPUT -d 10.1.1.11 -j DROP")
        assert bool(ping(lab, "w", "10.1.1.11")) is reached, mode


def test_the_mode_is_that_of_all_children() -> None:
    lab = parent("l2")
    typed(lab, "ip -n c1 link set i1 type ipvlan mode l3s")
    assert "ipvlan  mode l3s bridge" in lab.run("ip -n c2 -d link show i2").stdout
    assert "NOARP" in lab.run("ip -n c2 link show i2").stdout


def test_an_address_belongs_to_one_child() -> None:
    lab = parent("l2")
    refused = lab.run("ip -n c2 addr add 10.0.0.11/24 dev i2")
    assert (refused.exit_code, refused.output) == (2, "Error: Address already assigned to an ipvlan device.\n")
    typed(lab, "ip -n c1 addr del 10.0.0.11/24 dev i1\nip -n c2 addr add 10.0.0.11/24 dev i2")
    assert ping(lab, "w", "10.0.0.11")


def test_link_local_addresses_differ_by_the_childs_number() -> None:
    lab = Lab(docker=False)
    typed(lab, "ip link add p0 address 02:00:00:00:00:10 type veth peer name p1\nip link set p1 up\nip link set p0 up")
    for name in ("i1", "i2"):
        typed(lab, f"ip link add {name} link p0 type ipvlan mode l2\nip link set {name} up")
    lab.sleep(3)
    found = re.findall(r"inet6 (\S+)", lab.run("ip -6 addr show dev i1; ip -6 addr show dev i2").stdout)
    assert found == ["fe80::200:0:100:10/64", "fe80::200:0:200:10/64"]


def test_where_an_ipvlan_cannot_stand() -> None:
    lab = Lab(docker=False)
    typed(
        lab, "ip link add p0 type veth peer name p1\nip link add m0 link p0 type macvlan\nip link add br0 type bridge"
    )
    typed(lab, "ip link set p1 master br0")
    assert lab.run("ip link add i0 link lo type ipvlan").output == "RTNETLINK answers: Invalid argument\n"
    for lower in ("p0", "p1"):
        refused = lab.run(f"ip link add i0 link {lower} type ipvlan")
        assert refused.output == "RTNETLINK answers: Device or resource busy\n", lower
    assert lab.run("ip link add i0 type ipvlan").exit_code == 2


def test_the_children_go_with_the_device_below_and_follow_its_mtu() -> None:
    lab = parent("l2")
    typed(lab, "ip link set p0 mtu 1400")
    assert "mtu 1400" in lab.run("ip -n c1 link show i1").stdout
    typed(lab, "ip link del p0")
    assert "i1" not in lab.run("ip -n c1 link").stdout


def test_a_container_on_an_ipvlan_network_reaches_the_lan() -> None:
    lab = Lab()
    typed(
        lab,
        """
        ip netns add lan
        ip link add eth1 type veth peer name eth0 netns lan
        ip link set eth1 up
        ip -n lan link set eth0 up
        ip -n lan addr add 10.5.0.1/24 dev eth0
        docker network create -d ipvlan --subnet 10.5.0.0/24 --gateway 10.5.0.1 -o parent=eth1 office
        docker run -d --name web --network office alpine sleep infinity
        docker run -d --name db --network office alpine sleep infinity
    """,
    )
    assert lab.run("docker exec web ping -c 1 db")
    assert lab.run("docker exec web ping -c 1 10.5.0.1")
    assert lab.run("ip netns exec lan ping -c 1 10.5.0.2")


# --- ipvlan and bridges, recorded on Debian 6.18 with ipvlan ----------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "command", "words"),
    [
        ("ip link set v0 master br0", "ip link add link v0 name i0 type ipvlan mode l3", "Device or resource busy"),
        ("ip link add link v0 name i0 type ipvlan mode l3", "ip link set v0 master br0", "Device or resource busy"),
        ("ip link add link v0 name i0 type ipvlan mode l3", "ip link set i0 master br0", "Invalid argument"),
        ("ip link add link br0 name i0 type ipvlan", "ip link set i0 master br0", "Invalid argument"),
        ("ip link add link br0 name i0 type ipvlan", "ip link set br0 master i0", "Operation not supported"),
        ("ip link add link br0 name m0 type macvlan", "ip link set m0 master br0", "Device or resource busy"),
    ],
)
def test_a_bridge_and_what_stands_on_it_or_on_its_ports_refuse_each_other(
    before: str, command: str, words: str
) -> None:
    lab = Lab(docker=False)
    assert lab.run(f"ip link add br0 type bridge; ip link add v0 type veth peer name v1; {before}")
    refused = lab.run(command)
    assert (refused.exit_code, refused.stderr) == (2, f"RTNETLINK answers: {words}\n")
    assert lab.run("ip -br link").exit_code == 0


def test_children_on_a_bridge_in_l3_mode_reach_each_other_and_neither_its_host_nor_its_ports() -> None:
    lab = Lab(docker=False)
    for line in """
        ip link add br0 type bridge
        ip link set br0 up
        ip addr add 10.0.0.1/24 dev br0
        ip netns add a
        ip netns add b
        ip netns add c
        ip link add v0 type veth peer name eth0 netns c
        ip link set v0 master br0
        ip link set v0 up
        ip -n c link set eth0 up
        ip -n c addr add 10.0.0.2/24 dev eth0
        ip -n c route add 10.0.5.0/24 dev eth0
        ip link add link br0 name i0 netns a type ipvlan mode l3
        ip link add link br0 name i0 netns b type ipvlan mode l3
        ip -n a addr add 10.0.5.2/24 dev i0
        ip -n b addr add 10.0.6.2/24 dev i0
        ip -n a link set i0 up
        ip -n b link set i0 up
        ip -n a route add default dev i0
        ip -n b route add default dev i0
        ip route add 10.0.5.0/24 dev br0
    """.strip().splitlines():
        assert lab.run(line), line
    assert lab.run("ip netns exec a ping -c 1 -W 1 10.0.6.2")
    for sender, target in (("a", "10.0.0.1"), ("a", "10.0.0.2"), ("c", "10.0.5.2")):
        assert not lab.run(f"ip netns exec {sender} ping -c 1 -W 1 {target}"), (sender, target)
    assert not lab.run("ping -c 1 -W 1 10.0.5.2")
    assert lab.run("ip netns exec c ping -c 1 -W 1 10.0.0.1")
