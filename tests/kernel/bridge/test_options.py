"""Options of bridges and ports that only few commands set, as Linux 6.18 takes, shows and refuses them."""

from __future__ import annotations

import re

import pytest

from tests.machines import bridged, typed
from vnetsim import Lab


def details(lab: Lab, *device: str) -> str:
    """Without the timers, which run on."""
    return re.sub(r"_timer +[0-9.]+", "", lab.run(" ".join(("ip -d link show", *device))).stdout)


def settled(hosts: int) -> Lab:
    """A bridge that has come up altogether."""
    lab = bridged(hosts)
    lab.sleep(60)
    return lab


INVALID = "RTNETLINK answers: Invalid argument\n"


@pytest.mark.parametrize(
    "option",
    [
        "group_address 01:80:c2:00:00:01", "group_address 01:80:c2:00:00:03", "group_address 02:00:00:00:00:01",
        "group_address 01:80:c2:00:00:10", "mcast_igmp_version 4", "mcast_igmp_version 1", "mcast_mld_version 3",
        "mcast_router 3", "group_fwd_mask 7", "group_fwd_mask 4",
    ],
)  # fmt: skip
def test_what_a_bridge_does_not_take_changes_nothing(option: str) -> None:
    lab = settled(1)
    before = details(lab, "br0")
    result = lab.run(f"ip link set br0 type bridge {option}")
    assert (result.exit_code, result.stderr) == (2, INVALID)
    assert details(lab, "br0") == before


@pytest.mark.parametrize(
    ("option", "shown"),
    [
        ("group_address 01:80:c2:00:00:05", "group_address 01:80:c2:00:00:05"),
        ("group_address 01:80:c2:00:00:0f", "group_address 01:80:c2:00:00:0f"),
        ("group_address 01:80:c2:00:00:00", "group_address 01:80:c2:00:00:00"),
        ("no_linklocal_learn 1", "no_linklocal_learn 1"), ("mcast_igmp_version 3", "mcast_igmp_version 3"),
        ("mcast_mld_version 2", "mcast_mld_version 2"), ("mcast_router 2", "mcast_router 2"),
        ("group_fwd_mask 8", "group_fwd_mask 0x8"), ("vlan_stats_enabled 0", "vlan_filtering 0"),
        ("vlan_protocol 802.1ad", "vlan_filtering 0"), ("vlan_default_pvid 5", "vlan_filtering 0"),
        ("nf_call_iptables 1", "nf_call_iptables 1"),
    ],
)  # fmt: skip
def test_what_a_bridge_takes_is_shown(option: str, shown: str) -> None:
    lab = bridged(1)
    typed(lab, f"ip link set br0 type bridge {option}")
    assert f" {shown} " in lab.run("ip -d link show br0").stdout


@pytest.mark.parametrize("option", ["group_fwd_mask 7", "group_fwd_mask 2", "mcast_router 4"])
def test_what_a_port_does_not_take_changes_nothing(option: str) -> None:
    lab = settled(1)
    before = details(lab, "p1")
    result = lab.run(f"ip link set p1 type bridge_slave {option}")
    assert (result.exit_code, result.stderr) == (2, INVALID)
    assert details(lab, "p1") == before


@pytest.mark.parametrize(
    ("option", "shown"),
    [
        ("group_fwd_mask 8", "group_fwd_mask 0x8"), ("mcast_router 0", "mcast_router 0"),
        ("mcast_router 2", "mcast_router 2"), ("mcast_router 3", "mcast_router 3"), ("hairpin on", "hairpin on"),
        ("isolated on", "isolated on"), ("hairpin off", "hairpin off"), ("neigh_suppress off", "neigh_suppress off"),
        ("priority 5", "priority 5"), ("cost 7", "cost 7"),
    ],
)  # fmt: skip
def test_what_a_port_takes_is_shown(option: str, shown: str) -> None:
    lab = bridged(1)
    typed(lab, f"ip link set p1 type bridge_slave {option}")
    assert f" {shown} " in lab.run("ip -d link show p1").stdout


@pytest.mark.parametrize(
    "line",
    [
        "ip link set br0 type bridge vlan_stats_enabled 1",
        "ip link set br0 type bridge vlan_stats_per_port 1",
        "ip link set p1 type bridge_slave neigh_suppress on",
        "ip link set p1 type bridge_slave proxy_arp on",
        "ip link set p1 type bridge_slave vlan_tunnel on",
        "ip link set p1 type bridge_slave backup_port p2",
        "bridge link set dev p1 neigh_suppress on",
    ],
)
def test_what_would_change_where_frames_go_and_is_not_modelled_is_refused(line: str) -> None:
    lab = settled(2)
    before = details(lab)
    result = lab.run(line)
    assert result.exit_code == 2
    assert result.stderr.startswith("vnetsim: not modelled: ")
    assert details(lab) == before


@pytest.mark.parametrize(
    ("line", "stay"),
    [("ip link set p1 type bridge_slave fdb_flush", {"p2"}), ("ip link set br0 type bridge fdb_flush", set())],
)
def test_flushing_forgets_the_stations_of_the_port_or_of_the_bridge(line: str, stay: set[str]) -> None:
    lab = bridged(2)
    typed(
        lab,
        f"""
        ip netns exec h1 ping -c 1 10.0.0.2
        {line}
    """,
    )
    learned = [each for each in lab.run("bridge fdb show").stdout.splitlines() if "permanent" not in each]
    assert {each.split()[2] for each in learned if "master br0" in each} == stay


def test_the_snooping_of_groups_is_switched_once() -> None:
    """Switching it to what it is already sends no report of groups; its other way does."""
    lab = bridged(1)
    for value in (1, 0, 0, 1):
        typed(lab, f"ip link set br0 type bridge mcast_snooping {value}")
        assert f" mcast_snooping {value} " in lab.run("ip -d link show br0").stdout


def test_a_new_bridge_shows_the_defaults_of_linux() -> None:
    """Captured with iproute2 6.1 on Linux 6.18."""
    assert (
        " mcast_snooping 1 no_linklocal_learn 0 mcast_vlan_snooping 0 mcast_router 1 mcast_query_use_ifaddr 0 "
        "mcast_querier 0 mcast_hash_elasticity 16 mcast_hash_max 4096 mcast_last_member_count 2 "
        "mcast_startup_query_count 2 mcast_last_member_interval 100 mcast_membership_interval 26000 "
        "mcast_querier_interval 25500 mcast_query_interval 12500 mcast_query_response_interval 1000 "
        "mcast_startup_query_interval 3124 mcast_stats_enabled 0 mcast_igmp_version 2 mcast_mld_version 1 "
        "nf_call_iptables 0 nf_call_ip6tables 0 nf_call_arptables 0 "
    ) in details(bridged(1), "br0")
