"""When a bond finds out that a link came or went (bond_mii_monitor); delays and messages as in bond_failover."""

from __future__ import annotations

from tests.kernel.drivers.bonding.test_bond import bonded
from vnetsim import Lab


def states(lab: Lab) -> list[str]:
    """The links of e1 and e2, as the bond sees them."""
    return lab.run(
        "cat /sys/class/net/e1/bonding_slave/mii_status /sys/class/net/e2/bonding_slave/mii_status"
    ).stdout.split("\n")[:2]


def test_a_link_is_down_and_up_again_after_its_delays() -> None:
    lab = bonded("mode active-backup miimon 100 updelay 600 downdelay 300")
    lab.sleep(1)
    seen = []
    for command in ("down", "up"):
        lab.run(f"ip -n s link set p1 {command}")
        for _ in range(8):
            lab.sleep(0.1)
            seen.append(states(lab)[0])
    assert seen == ["going down"] * 3 + ["down"] * 5 + ["going back"] * 6 + ["up"] * 2


def test_a_link_that_recovers_in_time_is_not_lost() -> None:
    lab = bonded("mode active-backup miimon 100 downdelay 500")
    for command in ("down", "up"):
        lab.run(f"ip -n s link set p1 {command}")
        lab.sleep(0.25)
    assert lab.run("cat /sys/class/net/bond0/bonding/active_slave").stdout == "e1\n"
    log = lab.run("dmesg").stdout
    assert "bond0: (slave e1): link status down for active interface, disabling it in 500 ms" in log
    assert "bond0: (slave e1): link status up again after" in log
    assert "definitely down" not in log


def test_a_link_that_is_lost_again_while_it_comes_back_stays_down() -> None:
    lab = bonded("mode active-backup miimon 100 updelay 500")
    lab.sleep(1)
    for command in ("down", "up", "down"):
        lab.run(f"ip -n s link set p1 {command}")
        lab.sleep(0.25)
    assert states(lab) == ["down", "up"]
    assert "link status down again after" in lab.run("dmesg").stdout


def test_the_only_link_does_not_wait() -> None:
    lab = bonded("mode active-backup miimon 100 updelay 2000")
    lab.sleep(3)
    lab.run("ip -n s link set p1 down; ip -n s link set p2 down")
    lab.sleep(0.2)
    assert states(lab) == ["down", "down"]
    lab.run("ip -n s link set p2 up")
    lab.sleep(0.2)
    assert states(lab) == ["down", "up"]


def test_without_miimon_nobody_looks() -> None:
    lab = bonded("mode active-backup")
    lab.run("ip -n s link set p1 down")
    lab.sleep(2)
    assert states(lab) == ["up", "up"]
    assert lab.run("cat /sys/class/net/bond0/bonding/active_slave").stdout == "e1\n"
