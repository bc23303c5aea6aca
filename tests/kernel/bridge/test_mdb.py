"""The groups of a bridge: learned from reports, added by people (brvlan_mdb_static, mdb_snooping, Linux 6.18)."""

from __future__ import annotations

from tests.kernel.wires import device, put, watched
from tests.machines import typed
from vnetsim import Lab
from vnetsim.kernel.bridge.bridge import Bridge
from vnetsim.wire.igmp import LEAVE, PROTOCOL, TO_EXCLUDE, TO_INCLUDE, Igmp, IgmpGroupRecord
from vnetsim.wire.inet import IPv4
from vnetsim.wire.ipv4 import Packet
from vnetsim.wire.mac import Mac

GROUP = IPv4.parse("239.1.1.1")


def bridged(*, more: str = "") -> Lab:
    """br0 with the ports pa, pb and pc, to the namespaces a, b and c."""
    lab = Lab(docker=False)
    typed(lab, f"sysctl -qw net.ipv6.conf.default.disable_ipv6=1\nip link add br0 type bridge {more}")
    typed(lab, "ip link set br0 up")
    for name in "abc":
        typed(
            lab,
            f"""
            ip netns add {name}
            ip netns exec {name} sysctl -qw net.ipv6.conf.default.disable_ipv6=1
            ip link add eth0 netns {name} type veth peer name p{name}
            ip -n {name} link set eth0 up
            ip link set p{name} up master br0
        """,
        )
    lab.sleep(1)
    return lab


def reported(lab: Lab, message: Igmp, name: str = "a") -> None:
    packet = Packet.build(IPv4(0), IPv4.parse("224.0.0.22"), PROTOCOL, message, ttl=1)
    put(lab, name, "eth0", packet, Mac.parse("01:00:5e:00:00:16"))
    lab.sleep(0.1)


def shown(lab: Lab, options: str = "") -> str:
    return lab.run(f"bridge {options} mdb show").stdout


def test_a_report_is_remembered_for_260_seconds_and_a_leave_for_two() -> None:
    lab = bridged()
    reported(lab, Igmp.report((IgmpGroupRecord(TO_EXCLUDE, GROUP),)))
    assert shown(lab, "-d") == "dev br0 port pa grp 239.1.1.1 temp proto kernel \n"
    reported(lab, Igmp.report((IgmpGroupRecord(TO_EXCLUDE, GROUP),)), "b")
    reported(lab, Igmp.build(LEAVE, GROUP), "b")
    assert "port pb" in shown(lab)
    lab.sleep(3)
    assert shown(lab) == "dev br0 port pa grp 239.1.1.1 temp\n"
    lab.sleep(260)
    assert shown(lab) == ""


def test_a_record_without_sources_leaves_and_local_groups_are_not_remembered() -> None:
    lab = bridged()
    reported(lab, Igmp.report((IgmpGroupRecord(TO_EXCLUDE, IPv4.parse("224.0.0.251")),)))
    assert shown(lab) == ""
    reported(lab, Igmp.report((IgmpGroupRecord(TO_EXCLUDE, GROUP),)))
    reported(lab, Igmp.report((IgmpGroupRecord(TO_INCLUDE, GROUP),)))
    lab.sleep(3)
    assert shown(lab) == ""


def test_without_snooping_nothing_is_learned_or_added() -> None:
    lab = bridged(more="mcast_snooping 0")
    reported(lab, Igmp.report((IgmpGroupRecord(TO_EXCLUDE, GROUP),)))
    assert shown(lab) == ""
    answer = lab.run("bridge mdb add dev br0 port pa grp 239.1.1.1 permanent")
    assert answer.stderr == "Error: bridge: Bridge's multicast processing is disabled.\n"


def test_a_port_that_goes_down_keeps_permanent_entries_and_one_that_leaves_none() -> None:
    lab = bridged()
    typed(lab, "bridge mdb add dev br0 port pa grp 239.1.1.1 permanent\nbridge mdb add dev br0 port pa grp 239.1.1.2")
    typed(lab, "ip link set pa down")
    assert shown(lab) == "dev br0 port pa grp 239.1.1.1 permanent\n"
    typed(lab, "ip link set pa nomaster")
    assert shown(lab) == ""


def test_a_group_of_the_link_layer_holds_back_what_is_no_ip_and_groups_of_ip_are_flooded() -> None:
    lab = bridged()
    typed(lab, "bridge mdb add dev br0 port pb grp 01:02:03:04:05:06 permanent")
    typed(lab, "bridge mdb add dev br0 port pb grp 239.1.1.1 permanent")
    seen = {name: watched(lab, name, "eth0") for name in "bc"}
    put(lab, "a", "eth0", b"x" * 46, Mac.parse("01:02:03:04:05:06"))
    lab.sleep(0.1)
    assert [len(seen[name]) for name in "bc"] == [1, 0]
    packet = Packet.build(IPv4.parse("10.0.0.1"), GROUP, 17, b"x" * 8)
    put(lab, "a", "eth0", packet, Mac.parse("01:00:5e:01:01:01"))
    lab.sleep(0.1)
    assert [len(seen[name]) for name in "bc"] == [2, 1]


def test_with_vlan_filtering_an_entry_is_in_each_vlan_of_its_port() -> None:
    lab = bridged(more="vlan_filtering 1")
    typed(lab, "bridge vlan add dev pb vid 10\nbridge mdb add dev br0 port pb grp 239.1.1.1 permanent")
    lines = "dev br0 port pb grp 239.1.1.1 permanent vid 10\ndev br0 port pb grp 239.1.1.1 permanent vid 1\n"
    assert shown(lab) == lines
    assert lab.run("bridge mdb show vid 1").stdout == lines.splitlines(keepends=True)[1]
    typed(lab, "bridge mdb del dev br0 port pb grp 239.1.1.1")
    assert shown(lab) == ""


def test_what_would_need_a_querier_or_sources_is_refused() -> None:
    lab = bridged()
    for option in ("mcast_querier 1", "mcast_vlan_snooping 1"):
        answer = lab.run(f"ip link set br0 type bridge {option}")
        assert (answer.exit_code, "not modelled: the bridge option" in answer.output) == (2, True)
    typed(lab, "bridge mdb add dev br0 port pa grp 239.1.1.1\nip link set br0 type bridge mcast_igmp_version 3")
    assert lab.run("bridge mdb show").exit_code == 2


def test_the_database_is_the_bridges() -> None:
    bridge = device(bridged(), None, "br0")
    assert isinstance(bridge, Bridge)
    assert bridge.mdb.members(0) == []
