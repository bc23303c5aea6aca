"""The tins of cake: who is in which, how long bytes take, and what hosts get of a turn."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vnetsim.clock import MICROSECOND, SECOND
from vnetsim.kernel.qdisc.cake_tin import PLANS, TimePerByte, Tin, TinFlow, ewma


def test_each_plan_has_a_tin_for_each_of_64_dscp() -> None:
    for plan in PLANS:
        assert len(plan.by_dscp) == 64
        assert {int(tin) for tin in plan.by_dscp} <= set(range(len(plan.shares)))
        assert sorted(plan.order) == list(range(len(plan.shares)))


@given(st.integers(64, 2**34), st.integers(0, 2**16))
def test_bytes_take_as_long_as_at_the_rate(rate: int, length: int) -> None:
    exact = length * SECOND / rate
    assert exact * 0.999 - 2 <= TimePerByte(rate).duration(length) <= exact


def test_without_a_rate_bytes_take_no_time() -> None:
    assert TimePerByte(0).duration(1500) == 0


def test_targets_follow_the_time_of_a_frame() -> None:
    tin = Tin()
    tin.configure(78_125, 1514, 5000 * MICROSECOND, 100_000 * MICROSECOND)
    assert tin.statistics()["target"] == 29_068
    assert tin.statistics()["interval"] == 124_068
    assert tin.flow_quantum == 300
    tin.configure(0, 1514, 5000 * MICROSECOND, 100_000 * MICROSECOND)
    assert tin.flow_quantum == 1514


def test_bulk_flows_of_a_host_share_its_turn() -> None:
    tin, flow = Tin(), TinFlow(("a", "b"))
    assert tin.turn(flow) == 1514
    for hosts in (("a", "c"), ("a", "d"), ("e", "b")):
        tin.becomes_bulk(TinFlow(hosts), 1)
    assert tin.turn(flow) == 1514 // 2
    assert tin.turn(TinFlow((None, None))) == 1514
    tin.becomes_bulk(TinFlow(("a", "c")), -1)
    assert tin.turn(flow) == 1514


def test_averages_follow_slowly() -> None:
    assert ewma(0, 256, 8) == 1
    assert ewma(256, 0, 8) == 255
    tin = Tin()
    tin.waited(4000)
    assert tin.delays == {"pk_delay": 1000, "av_delay": 15, "sp_delay": 15}
