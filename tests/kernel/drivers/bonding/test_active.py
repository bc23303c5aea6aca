"""Which slave is the active one: primary, primary_reselect, prio, as with Linux 6.18 (bond_failover)."""

from __future__ import annotations

import pytest

from tests.kernel.drivers.bonding.test_bond import bonded
from vnetsim import Lab


def active(lab: Lab) -> str:
    return lab.run("cat /sys/class/net/bond0/bonding/active_slave").stdout.strip()


def lose_and_regain(lab: Lab, peer: str) -> None:
    for command in ("down", "up"):
        lab.run(f"ip -n s link set {peer} {command}")
        lab.sleep(0.3)


@pytest.mark.parametrize(("reselect", "after"), [("always", "e1"), ("better", "e2"), ("failure", "e2")])
def test_a_primary_takes_over_when_it_is_back_if_it_may(reselect: str, after: str) -> None:
    lab = bonded(f"mode active-backup miimon 100 primary e1 primary_reselect {reselect}")
    assert active(lab) == "e1"
    lose_and_regain(lab, "p1")
    assert active(lab) == after


def test_without_a_primary_the_active_one_stays() -> None:
    lab = bonded("mode active-backup miimon 100")
    lose_and_regain(lab, "p1")
    assert active(lab) == "e2"


def test_a_slave_of_a_higher_priority_is_preferred() -> None:
    lab = bonded("mode active-backup miimon 100")
    lab.run("ip link set e2 type bond_slave prio 5")
    assert active(lab) == "e2"
    lose_and_regain(lab, "p2")
    assert active(lab) == "e2"


def test_the_active_slave_is_set_by_hand_and_left_to_the_bond() -> None:
    lab = bonded("mode active-backup miimon 100")
    assert lab.run("ip link set bond0 type bond active_slave e2")
    assert active(lab) == "e2"
    lab.run("ip -n s link set p1 down")
    lab.sleep(0.3)
    assert lab.run("ip link set bond0 type bond active_slave e1").stderr == "Error: invalid option value.\n"
    assert lab.run("ip link set bond0 type bond active_slave lo").stderr == "Error: invalid option value.\n"
    assert lab.run("ip link set bond0 type bond clear_active_slave")
    assert active(lab) == "e2"


def test_fail_over_mac_active_gives_the_bond_the_address_of_its_active_slave() -> None:
    lab = bonded("mode active-backup miimon 100 fail_over_mac active")
    macs = "cat /sys/class/net/bond0/address /sys/class/net/e1/address /sys/class/net/e2/address"
    assert lab.run(macs).stdout.split() == ["02:00:00:00:00:01", "02:00:00:00:00:01", "02:00:00:00:00:02"]
    lose_and_regain(lab, "p1")
    assert lab.run(macs).stdout.split() == ["02:00:00:00:00:02", "02:00:00:00:00:01", "02:00:00:00:00:02"]
