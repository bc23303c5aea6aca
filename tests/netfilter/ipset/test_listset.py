"""Lists of sets."""

from __future__ import annotations

import pytest

from tests.netfilter.ipset.sets import Sets
from tests.netfilter.packets_for_rules import at
from vnetsim.clock import SECOND
from vnetsim.netfilter.ipset.entry import SetLookup


@pytest.fixture
def sets() -> Sets:
    found = Sets()
    for name, kind in (("a", "hash:ip"), ("b", "hash:net"), ("c", "hash:ip,port"), ("l", "list:set")):
        found.create(name, kind, counters=kind != "hash:ip,port")
    found.add("l", "a")
    found.add("l", "b")
    return found


def test_members_have_places(sets: Sets) -> None:
    sets.add("l", "c,before,b")
    assert sets.members("l") == ["a", "c", "b"]
    assert (sets.has("l", "c,after,a"), sets.has("l", "c,before,a"), sets.has("l", "nosuch")) == (True, False, False)
    assert sets.refusal("delete", "l", "c,before,a") == "REF_EXIST"
    sets.delete("l", "c,before,b")
    assert sets.members("l") == ["a", "b"]


@pytest.mark.parametrize(
    ("element", "code"),
    [("a", "EXIST"), ("nosuch", "NAME"), ("l", "LOOP"), ("c,before,nosuch", "NAMEREF"), ("c,after,c", "REF_EXIST")],
)
def test_a_member_is_refused(sets: Sets, element: str, code: str) -> None:
    assert sets.refusal("add", "l", element) == code


def test_a_packet_is_looked_for_in_each_and_counted_in_both(sets: Sets) -> None:
    lookup = SetLookup(sides=("src",), size=84)
    assert not sets.sets.matches("l", at(), lookup)
    sets.add("b", "10.0.0.0/8")
    assert sets.sets.matches("l", at(), lookup)
    assert sets.sets.matches("l", at(), SetLookup(sides=("src",), size=84, subcounts=False))
    counted = {name: [entry.packets for _, entry in sets.sets.members(name)] for name in "lb"}
    assert counted == {"l": [0, 2], "b": [1]}


def test_packets_are_added_to_the_first_that_takes_them(sets: Sets) -> None:
    sets.sets.add_packet("l", at(), ("src",), exist=False)
    assert (sets.members("a"), sets.members("b")) == (["10.0.0.1"], [])
    assert sets.sets.entry_of("l", at(), ("src",)) is not None
    sets.sets.delete_packet("l", at(), ("src",))
    assert sets.members("a") == []


def test_a_member_is_in_use_until_its_time_is_over(sets: Sets) -> None:
    sets.create("t", "list:set", timeout=5)
    sets.add("t", "c")
    assert sets.sets.references("c") == 1
    sets.time = 5 * SECOND
    assert sets.sets.references("c") == 0
    assert sets.members("t") == []
