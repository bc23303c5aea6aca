"""Bonds in the mode 802.3ad by packets, as recorded on Linux 6.18 (bond_8023ad_*)."""

from __future__ import annotations

import pytest

from tests.kernel.drivers.bonding.test_bond import bonded
from tests.kernel.wires import device, watched
from tests.machines import typed
from vnetsim import Lab
from vnetsim.kernel.drivers.bonding.bond import Bond
from vnetsim.wire.lacp import Lacpdu

LACP = "bond mode 802.3ad miimon 100 lacp_rate fast"


@pytest.fixture(scope="module")
def lab() -> Lab:
    lab = bonded("mode 802.3ad miimon 100 lacp_rate fast", other=LACP, watch=True)
    lab.sleep(4)
    return lab


def bond(lab: Lab, namespace: str | None = None, name: str = "bond0") -> Bond:
    found = device(lab, namespace, name)
    assert isinstance(found, Bond)
    return found


def test_two_hosts_use_both_cables(lab: Lab) -> None:
    shown = lab.run("ip -d link show bond0").stdout
    assert "ad_aggregator 1 ad_num_ports 2 ad_actor_key 15 ad_partner_key 15 ad_partner_mac 02:00:00:00:00:a1" in shown
    assert "state ACTIVE mii_status UP" in lab.run("ip -d link show e2").stdout
    assert bond(lab).speed == 20_000
    typed(lab, "ping -c 1 -W 1 10.0.0.9")


def test_lacpdus_leave_by_each_cable_from_its_own_address(lab: Lab) -> None:
    seen = {name: watched(lab, None, name) for name in ("e1", "e2")}
    lab.sleep(2)
    for number, name in enumerate(("e1", "e2"), start=1):
        sources = {str(each.frame.source) for each in seen[name] if each.outgoing}
        assert sources == {f"02:00:00:00:00:0{number}"}
        assert all(isinstance(each.frame.payload, Lacpdu) for each in seen[name])
    assert "LACP of bond0" in {event.to for event in lab.events if hasattr(event, "to")}


def test_a_cable_without_a_carrier_leaves_the_aggregation_and_comes_back(lab: Lab) -> None:
    typed(lab, "ip -n s link set p1 down")
    lab.sleep(1)
    assert "ad_num_ports 1 " in lab.run("ip -d link show bond0").stdout
    typed(lab, "ping -c 1 -W 1 10.0.0.9\nip link set bond0 type bond min_links 2")
    assert not bond(lab).carrier
    typed(lab, "ip -n s link set p1 up")
    lab.sleep(6)
    assert bond(lab).carrier
    typed(lab, "ip link set bond0 type bond min_links 0\nping -c 1 -W 1 10.0.0.9")


def test_a_partner_that_is_down_is_forgotten_and_a_slave_leaves(lab: Lab) -> None:
    typed(lab, "ip -n s link set x down")
    lab.sleep(7)
    assert "ad_partner_mac 00:00:00:00:00:00" in lab.run("ip -d link show bond0").stdout
    typed(lab, "ip -n s link set x up\nip link set e2 nomaster")
    lab.sleep(5)
    assert [slave.name for slave in bond(lab).usable()] == ["e1"]
    typed(lab, "ping -c 1 -W 1 10.0.0.9")


def test_what_a_bond_that_is_down_gets_is_not_read() -> None:
    lab = bonded("mode 802.3ad miimon 100 lacp_rate fast", other=LACP)
    typed(lab, "ip link set bond0 down")
    lab.sleep(7)
    assert not any(port.state & 0x30 for port in bond(lab, "s", "x").ad.ports.values())  # type: ignore[union-attr]


def test_options_reach_the_ports() -> None:
    lab = bonded("mode 802.3ad miimon 100")
    typed(lab, "ip link set bond0 down")
    typed(lab, "ip link set bond0 type bond lacp_rate fast lacp_active off ad_actor_system 02:00:00:00:00:99")
    typed(lab, "ip link set bond0 type bond ad_actor_sys_prio 100")
    ad = bond(lab).ad
    assert ad is not None
    assert {(port.state & 3, str(port.system), port.system_priority) for port in ad.ports.values()} == {
        (2, "02:00:00:00:00:99", 100)
    }
    refusal = lab.run("ip link set bond0 type bond ad_actor_system 01:00:00:00:00:99").stderr
    assert refusal == "Error: invalid option value.\n"


@pytest.mark.parametrize("mode", ["balance-tlb", "balance-alb"])
def test_modes_that_are_not_modelled(mode: str) -> None:
    lab = Lab(docker=False)
    assert lab.run(f"ip link add bond0 type bond mode {mode}").stderr == f"vnetsim: not modelled: bond mode {mode}\n"
    assert "bond0" not in lab.run("ip link").stdout


def test_a_loop_is_reported() -> None:
    lab = Lab(docker=False)
    typed(
        lab,
        """
        ip link add v1 type veth peer name v2
        ip link add bond0 type bond mode 802.3ad lacp_rate fast
        ip link set v1 master bond0
        ip link set v2 master bond0
        ip link set bond0 up
    """,
    )
    lab.sleep(5)
    assert "An illegal loopback occurred on adapter (v1)" in lab.run("dmesg").stdout


def test_a_bridge_forwards_lacpdus_where_its_port_says_so() -> None:
    lab = Lab(docker=False)
    typed(lab, "ip link add br0 type bridge\nip link add v0 type veth peer name v1\nip link set v0 master br0")
    typed(lab, "ip link set v0 type bridge_slave group_fwd_mask 0x4")
    assert "group_fwd_mask_str lacp" in lab.run("ip -d link show v0").stdout
    for command in ("v0 type bridge_slave group_fwd_mask 2", "br0 type bridge group_fwd_mask 4"):
        assert lab.run(f"ip link set {command}").stderr == "RTNETLINK answers: Invalid argument\n"
