"""-m connbytes."""

from __future__ import annotations

import pytest

from tests.netfilter.extensions.test_matches import fits
from tests.netfilter.packets_for_rules import Connection, at, segment
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.parse import parse_rule


class Counted(Connection):
    packets = (4, 2)
    bytes = (400, 3000)


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ("--connbytes 4 --connbytes-mode packets --connbytes-dir original", True),
        ("--connbytes 0:1 --connbytes-mode packets --connbytes-dir reply", False),
        ("! --connbytes 0:1 --connbytes-mode packets --connbytes-dir reply", True),
        ("--connbytes 6:6 --connbytes-mode packets --connbytes-dir both", True),
        ("--connbytes 3400:3400 --connbytes-mode bytes --connbytes-dir both", True),
        ("--connbytes 1500:1500 --connbytes-mode avgpkt --connbytes-dir reply", True),
    ],
)
def test_a_connection_is_measured(options: str, found: bool) -> None:
    packet = at(segment(), connection=Counted(), ctstate="ESTABLISHED")
    assert fits(f"-m connbytes {options}", packet) is found
    assert not fits(f"-m connbytes {options}", at(segment()))


def test_it_is_printed() -> None:
    rule = parse_rule("-m connbytes --connbytes 1: --connbytes-dir both --connbytes-mode packets")
    assert str(rule) == "-m connbytes --connbytes 1 --connbytes-mode packets --connbytes-dir both"
    assert rule.matches[0].listing(True) == "connbytes 1 connbytes mode packets connbytes direction both"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--connbytes 5:4 --connbytes-mode bytes --connbytes-dir both", "5 should be less than 4"),
        ("--connbytes 5 --connbytes-mode x --connbytes-dir both", "Unknown --connbytes-mode `x'"),
        ("--connbytes 5 --connbytes-mode bytes", 'connbytes: option "--connbytes-dir" must be specified\n'),
    ],
)
def test_it_is_refused(options: str, message: str) -> None:
    with pytest.raises(ArgumentError) as refused:
        parse_rule(f"-m connbytes {options}")
    assert refused.value.message == message
