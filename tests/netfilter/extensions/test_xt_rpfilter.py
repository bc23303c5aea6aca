"""-m rpfilter."""

from __future__ import annotations

import attrs
import pytest

from tests.netfilter.extensions.test_matches import fits
from tests.netfilter.packets_for_rules import at, ping6
from vnetsim.netfilter.parse import parse_rule
from vnetsim.wire.inet import IPv6


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


@pytest.mark.parametrize(("source", "passes"), [("fe80::1", True), ("fd00::1", False)])
def test_a_link_local_source_is_looked_up_on_its_own_device(source: str, passes: bool) -> None:
    """Linux 6.18 lets neighbour solicitations from fe80:: pass on each of two devices (ip6t_rpfilter.c)."""
    packet = at(
        attrs.evolve(ping6(), source=IPv6.parse(source)), in_device="eth1",
        address_type=lambda _address, _device: "UNICAST", route_device=lambda _address, _mark: "eth0",
    )  # fmt: skip
    assert fits("-m rpfilter", packet, 6) is passes
