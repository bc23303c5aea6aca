"""When a carrier is told: at once where it is urgent, else at most once a second, or when a device is asked for.

Recordings: linkwatch, link_legacy_tools, link_json_details, tun_tap.
"""

from __future__ import annotations

import pytest

from tests.machines import typed
from vnetsim import Lab


def state(lab: Lab, device: str) -> str:
    """As a listing of all devices has it, which settles nothing."""
    line = next(line for line in lab.run("ip -br link").stdout.splitlines() if line.split("@")[0].split()[0] == device)
    return line.split()[1]


@pytest.fixture
def lab() -> Lab:
    """Both ends have the number 2, and the news of their creation was told long ago."""
    lab = Lab(docker=False)
    typed(lab, "ip netns add a\nip link add v0 type veth peer name v1 netns a")
    lab.sleep(2)
    return lab


def test_a_device_opened_for_the_first_time_waits_for_the_next_run(lab: Lab) -> None:
    typed(lab, "ip -n a link set v1 up\nip link set v0 up")
    assert state(lab, "v0") == "UP", "nothing was told within the last second"
    lab = Lab(docker=False)
    typed(
        lab, "ip netns add a\nip link add v0 type veth peer name v1 netns a\nip -n a link set v1 up\nip link set v0 up"
    )
    assert state(lab, "v0") == "DOWN"
    lab.sleep(1)
    assert state(lab, "v0") == "UP"


def test_a_device_that_is_asked_for_is_told_then(lab: Lab) -> None:
    typed(lab, "ip -n a link set v1 up\nip link set v0 up\nip -n a link set v1 down")
    assert state(lab, "v0") == "UP"
    assert "NO-CARRIER" in lab.run("ip link show v0").stdout
    assert state(lab, "v0") == "DOWN"


def test_files_tell_what_was_told_but_the_carrier_is_looked_at(lab: Lab) -> None:
    typed(lab, "ip -n a link set v1 up\nip link set v0 up\nip -n a link set v1 down")
    assert lab.run("cat /sys/class/net/v0/operstate").stdout == "up\n"
    assert lab.run("cat /sys/class/net/v0/carrier").stdout == "0\n"
    assert lab.run("cat /sys/class/net/v0/operstate").stdout == "down\n"


def test_routes_follow_when_it_is_told(lab: Lab) -> None:
    typed(lab, "ip -n a link set v1 up\nip link set v0 up\nip addr add 10.0.0.1/24 dev v0\nip -n a link set v1 down")
    assert "linkdown" not in lab.run("ip route").stdout
    lab.sleep(1)
    assert "linkdown" in lab.run("ip route").stdout


def test_ends_with_different_numbers_are_told_at_once() -> None:
    lab = Lab(docker=False)
    typed(lab, "ip link add v0 type veth peer name v1\nip link set v0 up\nip link set v1 up")
    assert state(lab, "v0") == state(lab, "v1") == "UP"
    typed(lab, "ip link set v1 down")
    assert state(lab, "v0") == "LOWERLAYERDOWN"


def test_a_bridge_is_told_late_that_its_last_port_lost_its_carrier(lab: Lab) -> None:
    typed(lab, "ip -n a link set v1 up\nip link add br0 up type bridge\nip link set v0 up master br0")
    lab.sleep(2)
    assert state(lab, "br0") == "UP"
    typed(lab, "ip link show v0\nip -n a link set v1 down\nip link show v0")
    assert (state(lab, "v0"), state(lab, "br0")) == ("DOWN", "UP")
    lab.sleep(1)
    assert state(lab, "br0") == "DOWN"


def test_a_tap_without_a_program_loses_its_carrier_when_somebody_looks() -> None:
    lab = Lab(docker=False)
    typed(lab, "ip link add v0 type veth peer name v1\nip tuntap add dev tap0 mode tap\nip link set tap0 up")
    assert "NO-CARRIER" in lab.run("ip link show tap0").stdout
