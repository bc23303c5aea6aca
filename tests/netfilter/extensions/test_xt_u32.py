"""-m u32: its text as iptables 1.8.9 prints it, and the packets that fit."""

from __future__ import annotations

import pytest

from tests.netfilter.extensions.test_matches import fits
from tests.netfilter.packets_for_rules import at, segment
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.parse import parse_rule


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("6&0xFF=1", "0x6&0xff=0x1"),
        ("0>>22&0x3C@ 12>>26&0x3C@ 0=0:0xFF,7", "0x0>>0x16&0x3c@0xc>>0x1a&0x3c@0x0=0x0:0xff,0x7"),
        ("0x0=0x0&&0x0=0x1", "0x0=0x0&&0x0=0x1"),
    ],
)
def test_tests_are_printed(given: str, text: str) -> None:
    rule = parse_rule(f'-m u32 ! --u32 "{given}"')
    assert str(rule) == f'-m u32 ! --u32 "{text}"'
    assert rule.matches[0].listing(True) == f'u32 ! "{text}"'


@pytest.mark.parametrize(
    ("given", "fitting"),
    [
        ("6&0xFF=1", (True, False)),
        ("6&0xFF=6", (False, True)),
        ("0>>22&0x3C@0>>24=8", (True, False)),
        ("0>>22&0x3C@0&0xFFFF=80", (False, True)),
        ("12=0x0A000001&&16=0x0A000002", (True, True)),
        ("12=0x0A000001&&16=0", (False, False)),
        ("3000=0:0xFFFFFFFF", (False, False)),
        ("0<<4>>28=5", (True, True)),
    ],
)
def test_integers_of_a_ping_and_of_a_syn(given: str, fitting: tuple[bool, bool]) -> None:
    packets = (at(), at(segment()))
    assert tuple(fits(f'-m u32 --u32 "{given}"', packet) for packet in packets) == fitting
    assert tuple(fits(f'-m u32 ! --u32 "{given}"', packet) for packet in packets) == tuple(not fit for fit in fitting)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("=1", "u32: at char 0: location spec missing"),
        ("6&0xFF", "u32: abrupt end of input after location specifier"),
        ("6=", "u32: test ended with no value specified"),
        ("6<1=1", "u32: at char 2: a second '<' was expected"),
        ("6+1=1", "u32: at char 1: operator expected"),
        ("6=1;2", 'u32: at char 3: expected "," or "&&"'),
    ],
)
def test_what_is_no_test_is_refused(given: str, message: str) -> None:
    with pytest.raises(ArgumentError) as refused:
        parse_rule(f'-m u32 --u32 "{given}"')
    assert refused.value.message == message
