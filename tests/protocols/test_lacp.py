"""Which ports are one aggregation, and which of them is used."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.protocols.lacp_cables import CablePort, Host, hosts, pass_seconds, used
from vnetsim.wire.lacp import AGGREGATION


def test_all_cables_to_one_partner_are_one_aggregation() -> None:
    one, other = hosts(3)
    pass_seconds(6, one, other)
    assert used(one) == used(other) == {1, 2, 3}
    assert one.active is not None
    assert (one.active.active_ports, one.active.bandwidth) == (3, 30_000)


def test_without_a_partner_one_port_is_used() -> None:
    lone = Host("02:00:00:00:00:01", 3)
    pass_seconds(10, lone)
    assert used(lone) == {1}


def test_a_cable_with_a_partner_replaces_one_without() -> None:
    """bond_8023ad_lone, recorded."""
    one, other = hosts(2)
    one.ports[0].peer = other.ports[0].peer = None
    pass_seconds(8, one, other)
    assert used(one) == used(other) == {2}


def test_cables_to_different_partners_are_different_aggregations() -> None:
    one, other, third = Host("02:00:00:00:00:01", 2), Host("02:00:00:00:00:b1", 1), Host("02:00:00:00:00:c1", 1)
    for here, there in zip(one.ports, (*other.ports, *third.ports), strict=True):
        here.peer, there.peer = there, here
    pass_seconds(8, one, other, third)
    assert used(one) == {1}
    assert len({id(port.aggregator) for port in one.ports}) == 2


@pytest.mark.parametrize(("policy", "chosen"), [("stable", {1}), ("bandwidth", {2, 3}), ("count", {2, 3})])
def test_policies(policy: str, chosen: set[int]) -> None:
    """One cable to one partner, two to another: stable stays with the one that it had."""
    one, other, third = Host("02:00:00:00:00:01", 3), Host("02:00:00:00:00:b1", 1), Host("02:00:00:00:00:c1", 2)
    one.policy = policy
    for port in one.ports[1:]:
        port.plug(False)
    one.ports[0].peer, other.ports[0].peer = other.ports[0], one.ports[0]
    pass_seconds(6, one, other)
    for here, there in zip(one.ports[1:], third.ports, strict=True):
        here.peer, there.peer = there, here
        here.plug(True)
    pass_seconds(8, one, other, third)
    assert used(one) == chosen


def test_a_port_that_leaves_says_so_and_the_others_stay() -> None:
    one, other = hosts(2)
    pass_seconds(6, one, other)
    leaving = one.ports.pop(0)
    one.unbind(leaving)
    assert not leaving.sent[-1].actor.state & AGGREGATION
    assert used(one) == {2}, "the aggregator was that of the port that left"
    pass_seconds(10, one, other)
    assert used(one) == used(other) == {2}
    one.unbind(one.ports.pop())
    assert one.active is None


@settings(max_examples=12, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.booleans(), st.integers(0, 80)), max_size=6))
def test_both_sides_come_to_use_the_cables_that_are_plugged_in(events: list[tuple[int, bool, int]]) -> None:
    """A law: whatever was plugged and unplugged when, and at no instant are two aggregations used."""
    one, other = hosts(3)
    for cable, plugged, ticks in events:
        port: CablePort = one.ports[cable]
        port.plug(plugged)
        one.select()
        other.select()
        for _ in range(ticks):
            pass_seconds(0.1, one, other)
            for host in (one, other):
                assert sum(each.active for each in host.own.values()) <= 1
    pass_seconds(20, one, other)
    plugged_in = {port.number for port in one.ports if port.plugged}
    assert used(one) == used(other) == plugged_in
