"""What a bond tells others of itself: its speed, its segmentation limit, its counters."""

from __future__ import annotations

import pytest

from tests.kernel.drivers.bonding.test_bond import bonded
from tests.kernel.wires import device
from vnetsim import Lab


@pytest.mark.parametrize(("mode", "speed"), [("balance-rr", 20_000), ("active-backup", 10_000), ("broadcast", 10_000)])
def test_the_speed_is_that_of_the_slaves_that_send(mode: str, speed: int) -> None:
    assert device(bonded(f"mode {mode} miimon 100"), None, "bond0").speed == speed


def test_a_bond_without_slaves_has_no_speed_and_the_usual_limit() -> None:
    lab = Lab(docker=False)
    lab.run("ip link add bond0 type bond")
    bond = device(lab, None, "bond0")
    assert (bond.speed, bond.tso_max_size, bond.carrier) == (None, 65536, False)


def test_counters_are_those_of_slaves_also_after_they_left() -> None:
    lab = bonded("mode active-backup miimon 100")
    lab.run("ping -c 3 -i 0.1 10.0.0.9")
    before = device(lab, None, "bond0").get_stats()
    assert before.tx_packets >= 4
    lab.run("ip link set e1 nomaster")
    assert device(lab, None, "bond0").get_stats().tx_packets >= before.tx_packets
