"""Rules and targets of ebtables as values."""

from __future__ import annotations

import pytest

from tests.netfilter.ebtables import bridged_frames as frames
from vnetsim.netfilter.ebtables import rules
from vnetsim.netfilter.ebtables.rules import (
    EbArpReply,
    EbCondition,
    EbDnat,
    EbEntry,
    EbRedirect,
    EbRule,
    EbSetMark,
    EbSnat,
    EbVerdict,
)
from vnetsim.wire.mac import Mac

MAC, BRIDGE = Mac.parse("02:00:00:00:00:99"), Mac.parse("02:00:00:00:00:bb")


@pytest.mark.parametrize(("action", "mark"), [("set", 6), ("or", 7), ("and", 2), ("xor", 5)])
def test_a_mark_is_set_from_what_it_was(action: str, mark: int) -> None:
    frame = frames.ping()
    frame.mark = 3
    assert EbSetMark(action, 6).act(frame, print, BRIDGE) == "ACCEPT"
    assert frame.mark == mark


def test_addresses_are_rewritten() -> None:
    frame = frames.ping()
    assert EbDnat(MAC).act(frame, print, BRIDGE) == "ACCEPT"
    assert EbSnat(BRIDGE, "CONTINUE").act(frame, print, BRIDGE) == "CONTINUE"
    assert (frame.frame.destination, frame.frame.source) == (MAC, BRIDGE)
    EbRedirect().act(frame, print, BRIDGE)
    assert frame.frame.destination == BRIDGE


def test_only_requests_are_answered() -> None:
    answered: list[Mac] = []
    assert EbArpReply(MAC).act(frames.request(), answered.append, BRIDGE) == "DROP"
    assert EbArpReply(MAC).act(frames.ping(), answered.append, BRIDGE) == "CONTINUE"
    assert answered == [MAC]


def test_a_rule_is_its_text() -> None:
    condition = EbCondition("-i", "eth0", lambda: lambda _frame: True, negated=True)
    rule = EbRule((condition,), EbVerdict(rules.DROP))
    assert str(rule) == "-i ! eth0 -j DROP"
    assert rule == EbRule((EbCondition("-i", "eth0", lambda: lambda _frame: False, negated=True),), EbVerdict("DROP"))
    entry = EbEntry.of(rule)
    assert str(entry.text) == str(rule)
    assert [test(frames.ping()) for test in entry.tests] == [False]
