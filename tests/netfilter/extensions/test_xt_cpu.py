"""-m cpu: its text as iptables 1.8.9 prints it; the machine has one processor (recorded on Linux 6.18: nfx_matches)."""

from __future__ import annotations

import pytest

from tests.netfilter.extensions.test_matches import fits
from tests.netfilter.packets_for_rules import at
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.parse import parse_rule


@pytest.mark.parametrize(
    ("words", "listed", "fitting"),
    [
        ("--cpu 0", "cpu 0", True),
        ("! --cpu 0", "cpu ! 0", False),
        ("--cpu 1", "cpu 1", False),
        ("! --cpu 4294967295", "cpu ! 4294967295", True),
    ],
)
def test_texts_and_packets(words: str, listed: str, fitting: bool) -> None:
    rule = parse_rule(f"-m cpu {words}")
    assert str(rule) == f"-m cpu {words}"
    assert rule.matches[0].listing(True) == listed
    assert fits(f"-m cpu {words}", at()) == fitting


@pytest.mark.parametrize(
    ("words", "said"),
    [("--cpu 4294967296", 'bad value for option "--cpu"'), ("", 'option "--cpu" must be specified')],
)
def test_what_is_refused(words: str, said: str) -> None:
    with pytest.raises(ArgumentError, match=said):
        parse_rule(f"-m cpu {words}")
