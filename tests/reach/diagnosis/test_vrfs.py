"""Servers outside of the VRF by which a packet came in."""

from __future__ import annotations

import pytest

from tests.machines import QUIET, typed
from vnetsim import Lab


@pytest.fixture(scope="module")
def lab() -> Lab:
    """r is 10.0.0.1 in the VRF red, for h (10.0.0.2); servers listen in none, in red and in blue."""
    lab = Lab(docker=False)
    typed(
        lab,
        f"""
        ip netns add h
        ip netns add r
        ip netns exec h {QUIET}
        ip netns exec r {QUIET}
        ip link add v0 netns r type veth peer name e0 netns h
        ip -n h addr add 10.0.0.2/24 dev e0
        ip -n h link set e0 up
        ip -n r link add red type vrf table 10
        ip -n r link add blue type vrf table 20
        ip -n r link set red up
        ip -n r link set blue up
        ip -n r link set v0 master red
        ip -n r link set v0 up
        ip -n r addr add 10.0.0.1/24 dev v0
        ip netns exec r sh -c 'nc -lk -p 8080 &'
        ip netns exec r sh -c 'nc -lku -p 5353 &'
        ip netns exec r ip vrf exec red sh -c 'nc -lk -p 8081 &'
        ip netns exec r ip vrf exec blue sh -c 'nc -lk -p 8082 &'
    """,
    )
    return lab


@pytest.mark.parametrize(("port", "protocol"), [(8080, "tcp"), (5353, "udp")])
def test_the_sysctl_is_named_and_tried(lab: Lab, port: int, protocol: str) -> None:
    text = str(lab.why("netns:h", f"10.0.0.1:{port}", protocol))
    where = f"it came in by the VRF red, and nc listens on {protocol} 0.0.0.0:{port} outside of it"
    assert f"{where} (net.ipv4.{protocol}_l3mdev_accept = 0)" in text
    assert f"$ ip netns exec r sysctl -w net.ipv4.{protocol}_l3mdev_accept=1" in text
    assert "(tried: then it arrives)" in text


def test_a_server_in_the_vrf_is_reached(lab: Lab) -> None:
    assert "arrives\n" in str(lab.why("netns:h", "10.0.0.1:8081", "tcp"))


def test_one_in_another_vrf_is_named_with_it(lab: Lab) -> None:
    text = str(lab.why("netns:h", "10.0.0.1:8082", "tcp"))
    assert "nc listens on tcp 0.0.0.0%blue:8082 only" in text
    assert "l3mdev_accept" not in text
