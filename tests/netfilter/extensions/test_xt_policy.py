"""-m policy; what iptables prints and refuses is in captured_rules.json."""

from __future__ import annotations

import pytest

from tests.netfilter.extensions.test_matches import fits
from tests.netfilter.packets_for_rules import at
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.parse import parse_rule


def test_no_packet_here_has_been_through_ipsec() -> None:
    assert fits("-m policy --dir in --pol none", at(in_device="eth0"))
    assert not fits("-m policy --dir in --pol ipsec", at(in_device="eth0"))
    assert not fits("-m policy --dir out --pol ipsec --strict --proto esp", at(out_device="eth0"))


@pytest.mark.parametrize(
    ("rule", "saved"),
    [
        ("--dir in", "--dir in --pol ipsec"),
        ("--dir out --pol none --mode tunnel", "--dir out --pol none"),
        ("--strict --dir in --mode tunnel --tunnel-src 10.0.0.0/255.0.0.0 --next ! --spi 7",
         "--dir in --pol ipsec --strict --mode tunnel --tunnel-src 10.0.0.0/8 --next ! --spi 0x7"),
    ],
)  # fmt: skip
def test_it_is_saved_in_its_order(rule: str, saved: str) -> None:
    assert str(parse_rule(f"-m policy {rule}")) == f"-m policy {saved}"


@pytest.mark.parametrize("rule", ["--pol none", "--dir up", "--dir in --reqid 1 --next --reqid 2", "--dir in --spi x"])
def test_what_makes_no_sense_is_refused(rule: str) -> None:
    with pytest.raises(ArgumentError):
        parse_rule(f"-m policy {rule}")
