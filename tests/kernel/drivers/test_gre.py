"""GRE devices: their IPv6 addresses, and which of several a packet is for (Linux 6.18)."""

from __future__ import annotations

import pytest

from tests.machines import ping, typed
from vnetsim import Lab


def ends() -> Lab:
    lab = Lab(docker=False)
    typed(
        lab,
        """
        ip netns add b
        ip link add eth0 type veth peer name eth0 netns b
        ip addr add 10.0.0.1/24 dev eth0
        ip -n b addr add 10.0.0.2/24 dev eth0
        ip link set eth0 up
        ip -n b link set eth0 up
    """,
    )
    return lab


@pytest.mark.parametrize(
    ("local", "address"),
    [("10.0.0.1", "fe80::5efe:a00:1"), ("8.8.8.8", "fe80::200:5efe:808:808"), ("any", "fe80::a00:1")],
)
def test_its_link_local_address_comes_from_its_own_one(local: str, address: str) -> None:
    """addrconf_gre_config; without one of its own, from those of the namespace (recorded for 10.0.0.1)."""
    lab = ends()
    typed(lab, f"ip link add t0 type gre local {local} remote 10.0.0.2\nip link set t0 up")
    assert f"inet6 {address}/64 scope link" in lab.run("ip addr show t0").stdout


def test_keys_tell_tunnels_between_the_same_ends_apart() -> None:
    lab = ends()
    for key in (1, 2):
        typed(
            lab,
            f"""
            ip link add t{key} type gre local 10.0.0.1 remote 10.0.0.2 key {key}
            ip -n b link add t{key} type gre local 10.0.0.2 remote 10.0.0.1 key {key}
            ip addr add 10.{key}.0.1/24 dev t{key}
            ip -n b addr add 10.{key}.0.2/24 dev t{key}
            ip link set t{key} up
            ip -n b link set t{key} up
        """,
        )
    assert lab.run("ping -c 1 -W 1 10.2.0.2")
    assert ping(lab, "b", "10.1.0.1")
    counted = [lab.run(f"ip -n b -s link show t{key}").stdout.split("mcast")[1].split()[:2] for key in (1, 2)]
    assert counted == [["84", "1"], ["84", "1"]]


def test_it_carries_tcp_in_segments_that_fit() -> None:
    lab = ends()
    for name, number in (("", 1), ("-n b", 2)):
        typed(
            lab,
            f"""
            ip {name} link add t0 type gre local 10.0.0.{number} remote 10.0.0.{3 - number}
            ip {name} addr add 10.1.0.{number}/24 dev t0
            ip {name} link set t0 up
        """,
        )
    lab.start("ip netns exec b nc -l -p 80 > /tmp/got")
    assert lab.run("head -c 100000 /dev/zero | nc -N 10.1.0.2 80")
    assert lab.run("wc -c < /tmp/got").stdout.strip() == "100000"
