"""-m rpfilter."""

from __future__ import annotations

import pytest

from tests.netfilter.extensions.test_matches import fits
from tests.netfilter.packets_for_rules import at, ping6
from vnetsim.netfilter.parse import parse_rule


@pytest.mark.parametrize(
    ("kind", "device", "plain", "loose", "local"),
    [
        ("unicast", "eth0", True, True, True),
        ("unicast", "eth1", False, True, False),
        ("", "", False, False, False),
        ("local", "eth0", False, False, True),
        ("local", "eth1", False, False, False),
        ("broadcast", "eth0", False, False, False),
    ],
)
def test_the_way_back_is_looked_up(kind: str, device: str, plain: bool, loose: bool, local: bool) -> None:
    packet = at(in_device="eth0", route=lambda _address, _mark, _in_device: (kind, (device,)))
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
    packet = at(
        in_device="eth1", mark=7, route=lambda _address, mark, _: ("unicast", ("eth1" if mark == 7 else "eth0",))
    )
    assert fits("-m rpfilter --validmark", packet)
    assert not fits("-m rpfilter", packet)


@pytest.mark.parametrize(("kind", "passes"), [("unicast", False), ("local", True), ("anycast", False)])
def test_an_own_source_of_ipv6_is_accepted_on_every_device(kind: str, passes: bool) -> None:
    """Where accept-local is given (ip6t_rpfilter.c)."""
    packet = at(ping6(), in_device="eth1", route=lambda *_: (kind, ("eth0",)))
    assert fits("-m rpfilter --accept-local", packet, 6) is passes
