"""Bridge ports: their cost, and the device that is one (net/bridge/br_if.c)."""

from __future__ import annotations

import pytest

from tests.kernel.wires import device
from tests.machines import bridged, typed
from vnetsim.kernel.bridge.port import br_port_get, path_cost
from vnetsim.kernel.bridge.stp import BLOCKING


@pytest.mark.parametrize(("speed", "cost"), [(10_000, 2), (1_000, 4), (100, 19), (10, 100), (2_500, 100), (None, 100)])
def test_the_cost_of_a_port_follows_its_speed(speed: int | None, cost: int) -> None:
    assert path_cost(speed) == cost


def test_a_device_is_a_port_as_long_as_the_bridge_is_its_master() -> None:
    lab = bridged(2)
    port = br_port_get(device(lab, None, "p1"))
    assert port is not None
    assert port.bridge is device(lab, None, "br0")
    assert br_port_get(device(lab, None, "br0")) is None
    typed(lab, "ip link set p1 nomaster")
    assert br_port_get(device(lab, None, "p1")) is None


def test_what_was_recorded_of_frames_is_stale_when_the_state_of_a_port_changes() -> None:
    """The spanning tree changes it without a request."""
    lab = bridged(2)
    port = br_port_get(device(lab, None, "p1"))
    assert port is not None
    softirq = lab.machine.engine.softirq
    before = softirq.generation
    port.state = BLOCKING
    assert softirq.generation != before
