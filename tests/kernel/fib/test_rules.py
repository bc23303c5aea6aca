"""The routing policy database: order, matching, errors, as recorded with `ip rule` on Linux 6.18; then a law."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.kernel.fib.info import FibEntry, FibNexthop, Flowi
from vnetsim.kernel.fib.rules import RuleTable
from vnetsim.kernel.fib.tables import Fib
from vnetsim.operations.route import AddPolicyRule, DeletePolicyRule
from vnetsim.operations.verb import Verb
from vnetsim.wire.inet import IPv4, IPv6, Prefix

V0, W0 = 2, 3
INDEXES = {"v0": V0, "w0": W0}


@pytest.fixture
def rules() -> RuleTable:
    return RuleTable(4, INDEXES.get)


def priorities(rules: RuleTable) -> list[int]:
    return [rule.priority for rule in rules.dump()]


def ours(rules: RuleTable, flow: Flowi) -> list[int | None]:
    """The tables asked for a flow before main."""
    tables = [rule.table for rule in rules.matching(flow)]
    return tables[1 : tables.index(254)]


def test_a_namespace_begins_with_local_main_and_default(rules: RuleTable) -> None:
    assert [(rule.priority, rule.table) for rule in rules.dump()] == [(0, 255), (32766, 254), (32767, 253)]
    assert [rule.table for rule in RuleTable(6, INDEXES.get).dump()] == [255, 254]
    assert not rules.custom


def test_a_new_rule_goes_before_the_ones_that_were_there(rules: RuleTable) -> None:
    rules.add(AddPolicyRule(source=Prefix.parse("10.0.0.1/32"), table=100))
    rules.add(AddPolicyRule(source=Prefix.parse("10.0.0.1/32"), table=100))
    assert priorities(rules) == [0, 32764, 32765, 32766, 32767]
    rules.add(AddPolicyRule(priority=10, table=100))
    rules.add(AddPolicyRule(table=101))
    assert priorities(rules)[:3] == [0, 9, 10]


def test_rules_of_one_priority_keep_their_order(rules: RuleTable) -> None:
    rules.add(AddPolicyRule(priority=10, table=101))
    rules.add(AddPolicyRule(priority=10, table=102))
    assert [rule.table for rule in rules.dump()][1:3] == [101, 102]


def test_the_same_rule_again_is_refused_if_its_priority_was_said(rules: RuleTable) -> None:
    rule = AddPolicyRule(priority=10, source=Prefix.parse("10.0.0.1/32"), table=100)
    rules.add(rule)
    with pytest.raises(KernelError) as refused:
        rules.add(rule)
    assert refused.value.errno is Errno.EEXIST


def test_what_is_not_modelled_is_said() -> None:
    with pytest.raises(NotModelled):
        RuleTable(4, INDEXES.get).add(AddPolicyRule(action="nat", priority=40000))


def test_goto_skips_rules_as_long_as_its_target_is_there(rules: RuleTable) -> None:
    """rule_goto, recorded on Linux 6.18."""
    flow = Flowi(IPv4.parse("192.0.2.1"), None)
    rules.add(AddPolicyRule(priority=50, table=20))
    rules.add(AddPolicyRule(priority=40, action="goto", target=60, destination=Prefix.parse("192.0.2.1/32")))
    assert ours(rules, flow) == [20], "its target is not there"
    rules.add(AddPolicyRule(priority=60, action="nop"))
    assert ours(rules, flow) == []
    assert ours(rules, Flowi(IPv4.parse("192.0.2.2"), None)) == [20]
    rules.add(AddPolicyRule(priority=10, action="goto", target=50))
    assert ours(rules, flow) == [20]
    rules.delete(DeletePolicyRule(priority=10, action="goto"))
    rules.delete(DeletePolicyRule(priority=60, action="nop"))
    assert ours(rules, flow) == [20]


@pytest.mark.parametrize(("target", "errno"), [(30, Errno.EINVAL), (45, Errno.EINVAL), (61, Errno.EEXIST)])
def test_goto_leads_on_only_and_its_target_does_not_tell_rules_apart(
    rules: RuleTable, target: int, errno: Errno
) -> None:
    rules.add(AddPolicyRule(priority=45, action="goto", target=60))
    with pytest.raises(KernelError) as refused:
        rules.add(AddPolicyRule(priority=45, action="goto", target=target))
    assert refused.value.errno is errno


@pytest.mark.parametrize(
    ("version", "tos", "words"),
    [
        (4, 0x01, "Invalid dsfield (tos): ECN bits must be 0"),
        (4, 0x13, "Invalid dsfield (tos): ECN bits must be 0"),
        (6, 0xFF, "Invalid dsfield (tos): ECN bits must be 0"),
        (4, 0x20, "Invalid tos"),
    ],
)
def test_bits_that_no_rule_may_match_are_refused(version: int, tos: int, words: str) -> None:
    """Recorded on Linux 6.18."""
    table = RuleTable(version, INDEXES.get)
    with pytest.raises(KernelError) as refused:
        table.add(AddPolicyRule(version=version, tos=tos, table=100))
    assert (refused.value.errno, refused.value.explanation) == (Errno.EINVAL, words)
    assert not table.custom


def test_ipv6_matches_the_whole_dscp_and_no_ecn_bits() -> None:
    """Recorded on Linux 6.18."""
    table = RuleTable(6, INDEXES.get)
    table.add(AddPolicyRule(version=6, tos=0x20, table=100))
    asked = {tos: ours(table, Flowi(IPv6.parse("fd00::1"), tos=tos)) for tos in (0x20, 0x23, 0x24, 0x3C, 0)}
    assert asked == {0x20: [100], 0x23: [100], 0x24: [], 0x3C: [], 0: []}


FLOW = Flowi(
    IPv4.parse("10.4.0.1"), IPv4.parse("10.0.0.1"), iif=V0, oif=W0, mark=0x13, tos=0x10, protocol=6, sport=7, dport=85
)

MATCHING: list[tuple[dict[str, Any], bool]] = [
    ({}, True),
    ({"source": Prefix.parse("0.0.0.0/0")}, True),
    ({"source": Prefix.parse("10.0.0.0/24")}, True),
    ({"source": Prefix.parse("10.0.1.0/24")}, False),
    ({"source": Prefix.parse("10.0.1.0/24"), "negated": True}, True),
    ({"source": Prefix.parse("10.0.0.0/24"), "negated": True}, False),
    ({"destination": Prefix.parse("10.4.0.0/16")}, True),
    ({"destination": Prefix.parse("10.5.0.0/16")}, False),
    ({"in_device": "v0"}, True),
    ({"in_device": "w0"}, False),
    ({"in_device": "nosuch"}, False),
    ({"out_device": "w0"}, True),
    ({"out_device": "v0"}, False),
    ({"mark": 0x13}, True),
    ({"mark": 0x10}, False),
    ({"mark": 0x10, "mask": 0xF0}, True),
    ({"tos": 0x10}, True),
    ({"tos": 0x08}, False),
    ({"protocol": "tcp"}, True),
    ({"protocol": "udp"}, False),
    ({"protocol": "6", "dport": (80, 90), "sport": (7, 7)}, True),
    ({"dport": (86, 90)}, False),
    ({"sport": (1, 6)}, False),
]


@pytest.mark.parametrize(("said", "matches"), MATCHING, ids=[str(said) for said, _ in MATCHING])
def test_a_rule_is_for_the_packets_of_which_all_it_says_is_true(
    rules: RuleTable, said: dict[str, Any], matches: bool
) -> None:
    rules.add(AddPolicyRule(table=100, **said))
    assert ours(rules, FLOW) == ([100] if matches else [])


def test_packets_of_this_host_have_come_by_lo() -> None:
    rules = RuleTable(4, {"lo": 1}.get)
    rules.add(AddPolicyRule(table=100, in_device="lo"))
    assert ours(rules, Flowi(IPv4(1))) == [100]
    assert ours(rules, Flowi(IPv4(1), iif=V0)) == []


DELETING: list[tuple[dict[str, Any], int | None]] = [
    ({"priority": 10}, 10),
    ({"table": 100}, 10),
    ({"table": 101}, 20),
    ({"mark": 5}, 30),
    ({"action": "prohibit"}, 30),
    ({"source": Prefix.parse("10.0.0.1/32")}, 10),
    ({"source": Prefix.parse("1.2.3.4/32")}, None),
    ({"priority": 10, "table": 101}, None),
    ({}, 0),
]


@pytest.mark.parametrize(("said", "gone"), DELETING, ids=[str(said) for said, _ in DELETING])
def test_the_first_rule_goes_of_which_all_that_is_said_is_true(
    rules: RuleTable, said: dict[str, Any], gone: int | None
) -> None:
    rules.add(AddPolicyRule(priority=10, source=Prefix.parse("10.0.0.1/32"), table=100))
    rules.add(AddPolicyRule(priority=20, table=101))
    rules.add(AddPolicyRule(priority=30, mark=5, action="prohibit"))
    before = priorities(rules)
    if gone is None:
        with pytest.raises(KernelError) as refused:
            rules.delete(DeletePolicyRule(**said))
        assert refused.value.errno is Errno.ENOENT
    else:
        rules.delete(DeletePolicyRule(**said))
    assert priorities(rules) == [priority for priority in before if priority != gone]


# --- with tables -----------------------------------------------------------------------------------------------------


def fib_with(*rules: AddPolicyRule) -> Fib:
    """A default route by v0 in main and one by w0 in table 100."""
    fib = Fib(4, INDEXES.get)
    everything = Prefix.parse("0.0.0.0/0")
    fib.insert(FibEntry(destination=everything, hops=(FibNexthop(index=V0),)), Verb.ADD)
    fib.insert(FibEntry(destination=everything, hops=(FibNexthop(index=W0),), table=100), Verb.ADD)
    for rule in rules:
        fib.rules.add(rule)
    fib.touch()
    return fib


def way(fib: Fib) -> int | str:
    match = fib.lookup(Flowi(IPv4.parse("8.8.8.8")))
    return match.hop.index if match.hop is not None else match.error.name if match.error is not None else "?"


ACTIONS = [
    (AddPolicyRule(table=100), W0),
    (AddPolicyRule(table=77), V0),
    (AddPolicyRule(action="unreachable"), "ENETUNREACH"),
    (AddPolicyRule(action="prohibit"), "EACCES"),
    (AddPolicyRule(action="blackhole"), "EINVAL"),
    (AddPolicyRule(table=100, suppress_prefix_length=0), V0),
    (AddPolicyRule(table=100, negated=True), V0),
]


@pytest.mark.parametrize(("rule", "then"), ACTIONS, ids=[rule.command() for rule, _ in ACTIONS])
def test_a_rule_decides_or_leaves_it_to_the_next(rule: AddPolicyRule, then: int | str) -> None:
    assert way(fib_with(rule)) == then


def test_throw_leaves_the_decision_to_the_next_rule() -> None:
    fib = fib_with(AddPolicyRule(table=101))
    fib.insert(FibEntry(destination=Prefix.parse("8.0.0.0/8"), kind="throw", table=101), Verb.ADD)
    assert way(fib) == V0


def test_without_the_rule_for_main_there_is_no_way() -> None:
    fib = fib_with()
    fib.rules.delete(DeletePolicyRule(priority=32766))
    fib.touch()
    assert way(fib) == "ENETUNREACH"


@given(st.lists(st.integers(0, 40000), max_size=8))
def test_rules_are_always_in_the_order_of_their_priorities(added: list[int]) -> None:
    rules = RuleTable(4, INDEXES.get)
    for number, priority in enumerate(added):
        rules.add(AddPolicyRule(priority=priority, table=1000 + number))
    assert priorities(rules) == sorted([0, 32766, 32767, *added])
