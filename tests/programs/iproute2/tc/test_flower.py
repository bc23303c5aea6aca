"""The fields of flower as tc reads and shows them (recorded on Linux 6.18 and iproute2 6.1)."""

from __future__ import annotations

import pytest

from tests.programs.iproute2.tc.test_tcfilter import TALK, shown, with_clsact
from vnetsim.programs.iproute2.lib.arguments import usage_text


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        ("flower", []),
        ("protocol ip flower", ["eth_type ipv4"]),
        (
            "protocol ip flower ip_proto udp src_port 53 dst_ip 10.0.0.0/24 src_mac 02:00:00:00:00:02",
            ["src_mac 02:00:00:00:00:02", "eth_type ipv4", "ip_proto udp", "dst_ip 10.0.0.0/24", "src_port 53"],
        ),
        (
            "protocol ip flower ip_ttl 64 ip_tos 0x10 src_ip 10.0.0.1",
            ["eth_type ipv4", "ip_tos 16", "ip_ttl 64", "src_ip 10.0.0.1"],
        ),
        ("protocol ipv6 flower dst_ip fd00::/64", ["eth_type ipv6", "dst_ip fd00::/64"]),
        ("protocol ip flower ip_proto icmp type 8", ["eth_type ipv4", "ip_proto icmp", "icmp_type 8"]),
        ("protocol 802.1Q flower vlan_id 7 vlan_prio 3", ["vlan_id 7", "vlan_prio 3"]),
    ],
)
def test_what_is_shown(words: str, lines: list[str]) -> None:
    found = shown(f"prio 1 {words} action drop").splitlines()
    assert [line.strip() for line in found[2 : found.index("  not_in_hw")]] == lines


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ("flower ip_proto tcp", 1, 'Illegal "eth_type" for ip proto\nIllegal "ip_proto"\n'),
        ("protocol ip flower bogus 1", 1, f'What is "bogus"?\n{usage_text("tc-flower")}'),
        ("protocol ip flower dst_ip 10.0.0.300", 1, 'Error: inet prefix is expected rather than "10.0.0.300".\n'),
        ("protocol ip flower dst_ip ::1", 1, 'Error: inet prefix is expected rather than "::1".\n'),
        ("protocol ip flower dst_port 80", 1, 'Illegal "dst_port"\n'),
        ("protocol ip flower ip_proto tcp dst_port 99999", 1, 'Illegal "dst_port"\n'),
        ("protocol ip flower ip_proto bogus", 1, 'Illegal "ip_proto"\n'),
        ("protocol ip flower ip_tos zz", 1, 'Illegal "ip_tos"\n'),
        ("protocol ip flower ip_ttl 300", 1, 'Illegal "ip_ttl"\n'),
        ("protocol 802.1Q flower vlan_id 5000", 1, 'Illegal "vlan_id"\n'),
        (
            "protocol ip flower vlan_id 5",
            1,
            "Can't set \"vlan_id\" if ethertype isn't 802.1Q or 802.1AD and num_of_vlans is 0\n",
        ),
        (
            "protocol ip flower ip_proto tcp dst_port 1-9",
            2,
            "vnetsim: not modelled: flower dst_port with a range or a mask\n",
        ),
        ("protocol ip flower ip_proto icmp type 8/240", 2, "vnetsim: not modelled: flower type with a mask\n"),
        ("protocol ip flower ip_proto icmp type 8/0xf0", 1, 'Illegal "icmp type"\n'),
        ("protocol ip flower src_mac 02::/ff", 2, "vnetsim: not modelled: flower src_mac with a mask\n"),
        ("protocol ip flower ct_state +trk", 2, "vnetsim: not modelled: flower ct_state\n"),
    ],
)
def test_what_is_refused(words: str, status: int, said: str) -> None:
    result = with_clsact().run(f"tc filter add dev v0 ingress prio 2 {words} action drop")
    assert (result.stderr, result.exit_code) == (said, status)


def test_one_filter_for_the_same_packets() -> None:
    lab = with_clsact()
    add = "tc filter add dev v0 ingress protocol ip prio 2 flower"
    assert lab.run(f"{add} ip_ttl 64 action drop")
    assert lab.run(f"{add} ip_ttl 64 action pass").stderr == f"RTNETLINK answers: File exists\n{TALK}"
    assert lab.run(f"{add} ip_ttl 65 action pass")
    replace = "tc filter replace dev v0 ingress protocol ip prio 2 handle 1 flower"
    assert lab.run(f"{replace} ip_tos 1 action pass").stderr == f"RTNETLINK answers: Invalid argument\n{TALK}"
    assert lab.run(f"{replace} ip_ttl 66 action pass")
