"""/sys/class/net/BRIDGE/bridge, as recorded on Linux 6.18."""

from __future__ import annotations

from tests.machines import typed
from vnetsim import Lab

RECORDED = """\
ageing_time:30000
bridge_id:8000.000000000000
forward_delay:1500
gc_timer:0
group_addr:01:80:c2:00:00:00
group_fwd_mask:0x0
hash_elasticity:16
hash_max:4096
hello_time:200
hello_timer:0
max_age:2000
multicast_igmp_version:2
multicast_last_member_count:2
multicast_last_member_interval:100
multicast_membership_interval:26000
multicast_mld_version:1
multicast_querier:0
multicast_querier_interval:25500
multicast_query_interval:12500
multicast_query_response_interval:1000
multicast_query_use_ifaddr:0
multicast_router:1
multicast_snooping:1
multicast_startup_query_count:2
multicast_startup_query_interval:3124
multicast_stats_enabled:0
nf_call_arptables:0
nf_call_ip6tables:0
nf_call_iptables:0
no_linklocal_learn:0
priority:32768
root_id:8000.000000000000
root_path_cost:0
root_port:0
stp_state:0
tcn_timer:0
topology_change:0
topology_change_detected:0
topology_change_timer:0
"""
VLANS = ["vlan_filtering:0", "vlan_protocol:0x8100", "vlan_stats_enabled:0", "vlan_stats_per_port:0", "default_pvid:1"]


def files(lab: Lab) -> list[str]:
    names = lab.run("ls /sys/class/net/br0/bridge").stdout.split()
    return [f"{name}:{lab.run(f'cat /sys/class/net/br0/bridge/{name}').stdout.strip()}" for name in names]


def test_a_new_bridge_has_the_recorded_files() -> None:
    lab = Lab(docker=False, without=["bridge_vlan_filtering"])
    typed(lab, "ip link add br0 type bridge")
    assert files(lab) == RECORDED.splitlines()


def test_a_kernel_with_vlan_filtering_has_five_more() -> None:
    lab = Lab(docker=False)
    typed(lab, "ip link add br0 type bridge")
    assert sorted(files(lab)) == sorted([*RECORDED.splitlines(), *VLANS])


def test_they_tell_what_was_set() -> None:
    lab = Lab(docker=False)
    typed(lab, "ip link add br0 address 02:00:00:00:00:aa type bridge vlan_filtering 1 vlan_protocol 802.1ad")
    found = files(lab)
    assert {"bridge_id:8000.0200000000aa", "vlan_filtering:1", "vlan_protocol:0x88a8"} <= set(found)
    assert lab.run("cat /sys/class/net/br0/bridge/none").stderr.endswith("No such file or directory\n")
    assert lab.run("cat /sys/class/net/br0/bridge").stderr.endswith("Is a directory\n")
    assert lab.run("cat /sys/class/net/lo/bridge").stderr.endswith("No such file or directory\n")
