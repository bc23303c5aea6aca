"""Who can speak with whom where several stations share one device.

The facts are those of the recordings macvlan_modes and macvlan_bridge (Linux 6.18) and of others made alike.
"""

from __future__ import annotations

import re

import pytest

from tests.kernel.wires import device, watched
from tests.machines import QUIET, ping, typed
from vnetsim import Lab

MODES = ("private", "vepa", "bridge")


def parent(mode: str | None = None) -> Lab:
    """p0 (10.0.0.1) whose cable leads to w (10.0.0.9); with a mode, children m1 in c1 (.11) and m2 in c2 (.12)."""
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
    """,
    )
    for number in (1, 2) if mode else ():
        typed(
            lab,
            f"""
            ip netns add c{number}
            ip netns exec c{number} {QUIET}
            ip link add m{number} link p0 netns c{number} address 02:00:00:00:00:1{number} type macvlan mode {mode}
            ip -n c{number} link set m{number} up
            ip -n c{number} addr add 10.0.0.1{number}/24 dev m{number}
        """,
        )
    return lab


@pytest.mark.parametrize("mode", MODES)
def test_children_reach_each_other_in_mode_bridge_only(mode: str) -> None:
    assert bool(ping(parent(mode), "c1", "10.0.0.12")) is (mode == "bridge")


@pytest.mark.parametrize("mode", MODES)
def test_a_child_reaches_the_wire_and_is_reached_from_there(mode: str) -> None:
    lab = parent(mode)
    assert ping(lab, "c1", "10.0.0.9")
    assert ping(lab, "w", "10.0.0.11")


@pytest.mark.parametrize("mode", MODES)
def test_a_macvlan_child_never_reaches_its_parent(mode: str) -> None:
    lab = parent(mode)
    assert not ping(lab, "c1", "10.0.0.1")
    assert not lab.run("ping -c 1 -W 1 10.0.0.11")


def test_the_host_reaches_its_children_through_a_child_of_its_own() -> None:
    lab = parent("bridge")
    typed(
        lab,
        """
        ip link add mvhost link p0 type macvlan mode bridge
        ip addr add 10.0.0.128/32 dev mvhost
        ip link set mvhost up
        ip route add 10.0.0.11/32 dev mvhost
    """,
    )
    assert lab.run("ping -c 1 -W 1 10.0.0.11")


def test_between_children_only_broadcasts_are_seen_on_the_wire() -> None:
    lab = parent("bridge")
    seen = watched(lab, "w", "eth0")
    assert ping(lab, "c1", "10.0.0.12")
    assert [str(each.frame.destination) for each in seen] == ["ff:ff:ff:ff:ff:ff"]


def test_what_children_tell_each_other_is_seen_on_the_parent() -> None:
    lab = parent("bridge")
    seen = watched(lab, None, "p0")
    ping(lab, "c1", "10.0.0.12")
    assert "02:00:00:00:00:12" in [str(each.frame.destination) for each in seen]


def test_in_mode_vepa_a_switch_that_sends_frames_back_joins_the_children() -> None:
    lab = Lab(docker=False)
    typed(
        lab,
        f"""
        {QUIET}
        ip link add br0 type bridge mcast_snooping 0
        ip link set br0 up
        ip link add p0 type veth peer name s0
        ip link set p0 up
        ip link set s0 master br0 up
    """,
    )
    for number in (1, 2):
        typed(
            lab,
            f"""
            ip netns add c{number}
            ip netns exec c{number} {QUIET}
            ip link add m0 link p0 netns c{number} type macvlan mode vepa
            ip -n c{number} link set m0 up
            ip -n c{number} addr add 10.0.0.1{number}/24 dev m0
        """,
        )
    assert not ping(lab, "c1", "10.0.0.12")
    lab.run("bridge link set dev s0 hairpin on")
    assert ping(lab, "c1", "10.0.0.12")


def test_a_child_is_called_after_the_device_below_wherever_that_is() -> None:
    lab = parent()
    typed(lab, "ip link add m1 link p0 type macvlan\nip netns add c1")
    assert "m1@p0:" in lab.run("ip link show m1").stdout
    lab.run("ip link set m1 netns c1")
    shown = lab.run("ip -n c1 link show m1").stdout
    assert "m1@if2:" in shown
    assert "link-netnsid 0" in shown


def test_a_child_of_a_child_stands_beside_it() -> None:
    lab = parent()
    typed(lab, "ip link add m1 link p0 type macvlan\nip link add m2 link m1 type macvlan")
    assert "m2@p0:" in lab.run("ip link show m2").stdout


def test_children_go_with_their_parent() -> None:
    lab = parent("bridge")
    lab.run("ip link del p0")
    assert "m1" not in lab.run("ip -n c1 link").stdout


def test_the_parent_is_free_again_when_its_last_child_is_gone() -> None:
    lab = parent()
    typed(lab, "ip link add m1 link p0 type macvlan\nip link add br0 type bridge")
    assert "Device or resource busy" in lab.run("ip link set p0 master br0").output
    lab.run("ip link del m1")
    assert lab.run("ip link set p0 master br0")


def test_children_have_the_carrier_of_their_parent() -> None:
    lab = parent("bridge")
    assert "state UP" in lab.run("ip -n c1 link show m1").stdout
    lab.run("ip link set p0 down")
    assert "NO-CARRIER" in lab.run("ip -n c1 link show m1").stdout
    lab.run("ip link set p0 up")
    assert "state UP" in lab.run("ip -n c1 link show m1").stdout


def test_the_mtu_of_a_child_is_at_most_that_of_its_parent() -> None:
    lab = parent("bridge")
    assert "Invalid argument" in lab.run("ip -n c1 link set m1 mtu 1501").output
    lab.run("ip link set p0 mtu 1400")
    assert "mtu 1400" in lab.run("ip -n c1 link show m1").stdout
    lab.run("ip link set p0 mtu 1500")
    assert "mtu 1400" in lab.run("ip -n c1 link show m1").stdout, "it does not grow by itself"


def test_the_only_child_in_passthru_has_the_address_of_its_parent_and_changes_it() -> None:
    lab = parent()
    typed(lab, "ip link add m1 link p0 address 02:00:00:00:00:11 type macvlan mode passthru\nip link set m1 up")
    assert str(device(lab, None, "m1").mac) == "02:00:00:00:00:10"
    assert "promiscuity 1 " in lab.run("ip -d link show p0").stdout
    lab.run("ip link set m1 address 02:00:00:00:00:12")
    assert str(device(lab, None, "p0").mac) == "02:00:00:00:00:12"
    lab.run("ip link set p0 address 02:00:00:00:00:20")
    assert str(device(lab, None, "m1").mac) == "02:00:00:00:00:20"


def test_addresses_of_children_are_in_the_filter_of_the_parent_while_they_are_up() -> None:
    lab = parent("bridge")
    assert "02:00:00:00:00:11 dev p0 self permanent\n" in lab.run("bridge fdb show dev p0").stdout.replace(
        "self", "dev p0 self"
    )
    lab.run("ip -n c1 link set m1 down")
    assert "02:00:00:00:00:11" not in lab.run("bridge fdb show dev p0").stdout


def test_a_bridge_can_stand_on_a_child_and_a_child_on_a_bridge() -> None:
    lab = parent()
    typed(
        lab,
        """
        ip link add m1 link p0 type macvlan mode bridge
        ip link add br0 type bridge
        ip link set m1 master br0 up
        ip link set br0 up
        ip link add m2 link br0 type macvlan mode bridge
        ip link set m2 up
    """,
    )
    assert re.search(r"m2@br0: .*state UP", lab.run("ip link show m2").stdout)


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        ("ip link add m3 link p0 type macvlan mode passthru", "RTNETLINK answers: Invalid argument"),
        ("ip link add m3 type macvlan mode bridge", "RTNETLINK answers: Invalid argument"),
        ("ip link add m3 link lo type macvlan", "RTNETLINK answers: Invalid argument"),
        ("ip link add m3 link p0 mtu 1600 type macvlan", "RTNETLINK answers: Invalid argument"),
        ("ip link add m3 link p0 mtu 70000 type macvlan", "Error: mtu greater than device maximum."),
        ("ip link add m3 link p0 address 01:00:00:00:00:00 type macvlan", "Cannot assign requested address"),
        ("ip -n c1 link set m1 type macvlan mode passthru", "RTNETLINK answers: Invalid argument"),
        ("ip -n c1 link set m1 address 02:00:00:00:00:12", "RTNETLINK answers: Address already in use"),
        ("ip -n c1 link set m1 address 02:00:00:00:00:10", "RTNETLINK answers: Address already in use"),
        ("ip link add m3 link p0 address 02:00:00:00:00:11 up type macvlan", "Address already in use"),
        ("ip link add m3 link p0 type macvlan mode source", "vnetsim: not modelled: macvlan mode source"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing_behind(command: str, refusal: str) -> None:
    lab = parent("bridge")
    assert refusal in lab.run(command).output
    assert "m3" not in lab.run("ip link").stdout


def test_an_address_that_is_taken_matters_when_the_child_goes_up() -> None:
    lab = parent("bridge")
    assert lab.run("ip link add m3 link p0 address 02:00:00:00:00:11 type macvlan mode bridge")
    result = lab.run("ip link set m3 up")
    assert "Address already in use" in result.output
    assert "UP" not in lab.run("ip link show m3").stdout.split(">")[0]


def test_no_child_stands_on_a_bridge_port() -> None:
    lab = parent()
    typed(lab, "ip link add br0 type bridge\nip link set p0 master br0")
    assert "Device or resource busy" in lab.run("ip link add m1 link p0 type macvlan").output
