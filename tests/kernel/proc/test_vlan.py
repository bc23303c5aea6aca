"""The files of /proc/net/vlan.  The texts are those of the recordings vlan_basic and vlan_qos_forward."""

from __future__ import annotations

from tests.kernel.drivers.test_vlan import tagged
from tests.machines import pair, ping, typed


def test_the_list_of_vlans_is_a_file() -> None:
    lab = pair()
    assert "No such file" in lab.run("ip netns exec a cat /proc/net/vlan/config").stderr
    typed(lab, "ip -n a link add link eth0 name v1 type vlan id 10")
    assert lab.run("ip netns exec a cat /proc/net/vlan/config").stdout.splitlines()[2:] == [
        "v1             | 10  | eth0"
    ]
    assert "No such file" in lab.run("ip netns exec a cat /proc/net/vlan/nosuch").stderr
    assert typed(lab, "ip netns exec a ls /proc/net/vlan").stdout.split() == ["config", "v1"]


def test_each_device_has_a_file_with_its_counters_and_maps() -> None:
    lab = tagged("id 5 ingress-qos-map 3:6 egress-qos-map 6:7 0:1 22:2")
    assert ping(lab, "a", "10.1.0.2")
    assert lab.run("ip netns exec b cat /proc/net/vlan/v0").stdout == (
        "v0  VID: 5\t REORDER_HDR: 1  dev->priv_flags: 81021\n"
        "         total frames received            2\n          total bytes received          112\n"
        "      Broadcast/Multicast Rcvd            0\n\n"
        "      total frames transmitted            2\n       total bytes transmitted          140\n"
        "Device: eth0\nINGRESS priority mappings: 0:0  1:0  2:0  3:6  4:0  5:0  6:0 7:0\n"
        " EGRESS priority mappings: 0:1 22:2 6:7 \n"
    )


def test_the_flags_of_a_bridge_port_are_others_and_those_below_a_macvlan_are_refused() -> None:
    lab = tagged("id 5 reorder_hdr off")
    typed(lab, "ip -n a link add br0 type bridge\nip -n a link set v0 master br0")
    shown = lab.run("ip netns exec a cat /proc/net/vlan/v0").stdout
    assert shown.startswith("v0  VID: 5\t REORDER_HDR: 0  dev->priv_flags: 81221\n")
    typed(lab, "ip -n b link add link v0 name m0 type macvlan")
    refusal = "vnetsim: not modelled: /proc/net/vlan/v0 of a device that belongs to another one\n"
    assert lab.run("ip netns exec b cat /proc/net/vlan/v0").stderr == refusal
