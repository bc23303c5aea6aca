"""-m rpfilter."""

from __future__ import annotations

import pytest

from tests.netfilter.extensions.test_matches import fits
from tests.netfilter.packets_for_rules import at
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
