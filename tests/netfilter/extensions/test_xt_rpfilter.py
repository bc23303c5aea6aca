"""-m rpfilter."""

from __future__ import annotations

import pytest

from tests.netfilter.extensions.test_matches import fits
from tests.netfilter.packets_for_rules import at
from vnetsim import Lab
from vnetsim.netfilter.parse import parse_rule


@pytest.mark.parametrize(
    ("kind", "device", "plain", "loose", "local"),
    [
        ("UNICAST", "eth0", True, True, True),
        ("UNICAST", "eth1", False, True, False),
        ("UNICAST", "", False, False, False),
        ("LOCAL", "lo", False, False, True),
        ("BROADCAST", "eth0", False, False, False),
    ],
)
def test_the_way_back_is_looked_up(kind: str, device: str, plain: bool, loose: bool, local: bool) -> None:
    packet = at(
        in_device="eth0", address_type=lambda _address, _device: kind, route_device=lambda _address, _mark: device
    )
    assert fits("-m rpfilter", packet) is plain
    assert fits("-m rpfilter --invert", packet) is not plain
    assert fits("-m rpfilter --loose", packet) is loose
    assert fits("-m rpfilter --accept-local", packet) is local


def test_it_is_printed_and_has_its_place() -> None:
    rule = parse_rule("-m rpfilter --invert --loose")
    assert str(rule) == "-m rpfilter --loose --invert"
    assert rule.matches[0].listing(True) == "rpfilter loose invert"
    assert rule.matches[0].tables == frozenset({"raw", "mangle"})
    assert rule.matches[0].hooks == frozenset({"PREROUTING"})
    assert fits("-m rpfilter", at(in_device="lo"))


def test_the_mark_chooses_the_way_back_only_where_it_is_asked_for() -> None:
    packet = at(in_device="eth1", mark=7, route_device=lambda _address, mark: "eth1" if mark == 7 else "eth0")
    assert fits("-m rpfilter --validmark", packet)
    assert not fits("-m rpfilter", packet)


def test_a_link_local_source_passes_on_any_device() -> None:
    """Linux 6.18: a neighbour solicitation from fe80:: met `-m rpfilter --invert -j DROP` and was answered."""
    lab = Lab(docker=False)
    for line in (
        "ip netns add blue",
        "ip link add to-blue type veth peer name eth0 netns blue",
        "ip address add fd00::1/64 dev to-blue nodad",
        "ip -n blue address add fd00::2/64 dev eth0 nodad",
        "ip link set to-blue up",
        "ip -n blue link set eth0 up",
        "ip -n blue link add other type dummy",
        "ip -n blue link set other up",
        "ip netns exec blue ip6tables -t raw -A PREROUTING -m rpfilter --invert -j DROP",
    ):
        assert lab.run(line), line
    lab.sleep(3)
    assert lab.run("ip route add fd09::/64 via fd00::2")
    assert lab.run("ping -c 1 -W 1 fd00::2")
