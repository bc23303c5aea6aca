"""Virtual LANs on one cable."""

from __future__ import annotations

import pytest

from tests.kernel.wires import device, watched
from tests.machines import QUIET, pair, ping, typed
from vnetsim import Lab
from vnetsim.wire.ethernet import SERVICE_VLAN, VLAN, Tagged


def tagged(more: str = "id 10", *, other: str | None = None) -> Lab:
    """`tests.machines.pair` with VLAN devices v0: 10.1.0.1 (a) and 10.1.0.2 (b)."""
    lab = pair()
    for number, (host, words) in enumerate((("a", more), ("b", other or more)), start=1):
        typed(
            lab,
            f"""
            ip -n {host} link add link eth0 name v0 type vlan {words}
            ip -n {host} link set v0 up
            ip -n {host} addr add 10.1.0.{number}/24 dev v0
        """,
        )
    return lab


def test_hosts_of_one_vlan_reach_each_other() -> None:
    lab = tagged()
    assert ping(lab, "a", "10.1.0.2")
    assert ping(lab, "a", "10.0.0.2"), "what has no tag goes on as before"


def test_hosts_of_different_vlans_do_not() -> None:
    assert not ping(tagged("id 10", other="id 11"), "a", "10.1.0.2")


@pytest.mark.parametrize(("protocol", "ethertype"), [("802.1Q", VLAN), ("802.1ad", SERVICE_VLAN)])
def test_frames_have_a_tag_on_the_cable_and_none_on_the_device(protocol: str, ethertype: int) -> None:
    lab = tagged(f"protocol {protocol} id 10")
    below, above = watched(lab, "b", "eth0"), watched(lab, "b", "v0")
    assert ping(lab, "a", "10.1.0.2")
    assert {each.frame.ethertype for each in below} == {ethertype}
    tags = [each.frame.payload for each in below if isinstance(each.frame.payload, Tagged)]
    assert {tag.vlan for tag in tags} == {10}
    assert not any(isinstance(each.frame.payload, Tagged) for each in above)
    assert below[-1].frame.length == above[-1].frame.length + 4


def test_the_two_tag_protocols_are_different_networks() -> None:
    assert not ping(tagged("protocol 802.1ad id 10", other="id 10"), "a", "10.1.0.2")


def test_a_full_packet_fits_in_spite_of_its_tag() -> None:
    assert ping(tagged(), "a", "10.1.0.2", "-c 1 -W 1 -M do -s 1472")


def test_a_vlan_goes_up_and_down_with_the_device_below() -> None:
    lab = tagged()
    lab.run("ip -n a link set eth0 down")
    assert not device(lab, "a", "v0").up
    assert "Network is down" in lab.run("ip -n a link set v0 up").output
    lab.run("ip -n a link set eth0 up")
    assert device(lab, "a", "v0").running


def test_one_that_binds_loosely_stays_up() -> None:
    lab = tagged("id 10 loose_binding on")
    lab.run("ip -n a link set eth0 down")
    assert device(lab, "a", "v0").up
    assert "<BROADCAST,MULTICAST,UP,LOWER_UP,M-DOWN>" in lab.run("ip -n a link show v0").stdout  # vlan_flags, recorded


def test_a_vlan_has_the_address_of_the_device_below_until_it_gets_its_own() -> None:
    lab = tagged()
    lab.run("ip -n a link set eth0 address 02:00:00:00:00:05")
    assert str(device(lab, "a", "v0").mac) == "02:00:00:00:00:05"
    lab.run("ip -n a link set v0 address 02:00:00:00:00:06")
    lab.run("ip -n a link set eth0 address 02:00:00:00:00:07")
    assert str(device(lab, "a", "v0").mac) == "02:00:00:00:00:06"
    assert ping(lab, "b", "10.1.0.1")


def test_its_mtu_is_at_most_that_of_the_device_below() -> None:
    lab = tagged()
    assert "Numerical result out of range" in lab.run("ip -n a link set v0 mtu 1501").output
    lab.run("ip -n a link set eth0 mtu 1400")
    assert device(lab, "a", "v0").mtu == 1400


def test_a_vlan_takes_its_frames_before_the_bridge_that_the_device_below_belongs_to() -> None:
    lab = tagged()
    typed(lab, "ip -n b link add br0 type bridge\nip -n b link set eth0 master br0\nip -n b link set br0 up")
    assert ping(lab, "a", "10.1.0.2")
    typed(lab, "ip -n b link del v0\nip -n b link add link br0 name v0 type vlan id 10\nip -n b link set v0 up")
    lab.run("ip -n b addr add 10.1.0.2/24 dev v0")
    assert ping(lab, "a", "10.1.0.2"), "what nobody claims reaches the bridge with its tag"


def test_a_vlan_can_move_to_another_namespace() -> None:
    lab = tagged()
    typed(
        lab,
        f"""
        ip netns add c
        ip netns exec c {QUIET}
        ip -n a link set v0 netns c
        ip -n c link set v0 up
        ip -n c addr add 10.1.0.1/24 dev v0
    """,
    )
    assert "v0@if" in lab.run("ip -n c link").stdout
    assert ping(lab, "c", "10.1.0.2")


def test_a_vlan_goes_with_the_device_below() -> None:
    lab = tagged()
    lab.run("ip -n a link del eth0")
    assert "v0" not in lab.run("ip -n a link").stdout


def test_details_tell_protocol_number_and_flags() -> None:
    assert "    vlan protocol 802.1Q id 10 <REORDER_HDR> addrgenmode" in tagged().run("ip -n a -d link show v0").stdout


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        ("link eth0 name v1 type vlan", "Error: 8021q: VLAN properties not specified."),
        ("link eth0 name v1 type vlan protocol 802.1q", "Error: 8021q: VLAN id not specified."),
        ("link eth0 name v1 type vlan id 4095", "Error: 8021q: Invalid VLAN id."),
        ("name v1 type vlan id 5", "Error: 8021q: link not specified."),
        ("link lo name v1 type vlan id 5", "Error: 8021q: VLANs not supported on device."),
        ("link eth0 name v1 type vlan id 10", "Error: 8021q: VLAN device already exists."),
        ("link eth0 name v1 mtu 1501 type vlan id 5", "RTNETLINK answers: Invalid argument"),
    ],
)
def test_what_cannot_be_is_refused(words: str, refusal: str) -> None:
    lab = tagged()
    assert lab.run(f"ip -n a link add {words}").output == f"{refusal}\n"
    assert "v1" not in lab.run("ip -n a link").stdout


def test_two_tags_do_not_make_a_full_frame_too_long_and_three_do() -> None:
    """vlan_qinq, recorded on Linux 6.18: one tag is beside the frame, another one fits."""
    lab = pair()
    for host in ("a", "b"):
        below = "eth0"
        for number, name in enumerate(("v1", "v2", "v3"), 1):
            typed(
                lab,
                f"""
                ip -n {host} link add link {below} name {name} type vlan id {number}
                ip -n {host} link set {name} up
                ip -n {host} addr add 10.{number}.0.{1 + (host == "b")}/24 dev {name}
            """,
            )
            below = name
    full = "ip netns exec a ping -c 1 -W 1 -M do -s 1472"
    assert lab.run(f"{full} 10.1.0.2")
    assert lab.run(f"{full} 10.2.0.2")
    assert not lab.run(f"{full} 10.3.0.2")


def test_without_reorder_hdr_a_capture_shows_the_tag_of_what_comes_in() -> None:
    """vlan_qos_forward, recorded on Linux 6.18."""
    lab = tagged()
    typed(lab, "ip -n b link set v0 type vlan reorder_hdr off")
    seen = watched(lab, "b", "v0")
    assert ping(lab, "a", "10.1.0.2")
    assert [each.frame.ethertype == VLAN for each in seen] == [not each.outgoing for each in seen]
    assert "vlan protocol 802.1Q id 10 addrgenmode" in lab.run("ip -n b -d link show v0").stdout


def test_a_bridge_above_gets_no_tag_even_without_reorder_hdr() -> None:
    lab = tagged("id 10 reorder_hdr off")
    typed(lab, "ip -n b link add br0 type bridge\nip -n b link set br0 up\nip -n b link set v0 master br0")
    typed(lab, "ip -n b addr del 10.1.0.2/24 dev v0\nip -n b addr add 10.1.0.2/24 dev br0")
    seen = watched(lab, "b", "v0")
    assert ping(lab, "a", "10.1.0.2")
    assert not any(isinstance(each.frame.payload, Tagged) for each in seen)


def test_bridge_binding_leaves_the_carrier_alone_and_is_refused_on_a_bridge() -> None:
    """vlan_flags, recorded: on a veth nobody turns it on."""
    lab = pair()
    typed(lab, "ip -n a link add link eth0 name v5 type vlan id 5 bridge_binding on\nip -n a link set v5 up")
    assert "NO-CARRIER" in lab.run("ip -n a link show v5").stdout
    refusal = "vnetsim: not modelled: a change of vlan bridge_binding\n"
    assert lab.run("ip -n a link set v5 type vlan bridge_binding off").output == refusal
    typed(lab, "ip -n a link add br0 type bridge")
    refusal = "vnetsim: not modelled: vlan bridge_binding on of a device on a bridge\n"
    assert lab.run("ip -n a link add link br0 name v6 type vlan id 6 bridge_binding on").output == refusal


def test_it_has_the_flags_of_the_device_below() -> None:
    """dummy_basic, recorded."""
    lab = Lab(docker=False)
    typed(lab, "ip link add d0 type dummy\nip link add link d0 name v0 type vlan id 5")
    assert "v0@d0: <BROADCAST,NOARP,M-DOWN> " in lab.run("ip link show v0").stdout
