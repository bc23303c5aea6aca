"""A class of hfsc: its levels, its periods, and its turn among others."""

from __future__ import annotations

from typing import Any

from tests.kernel.qdisc.test_hfsc import Slow
from vnetsim.kernel.qdisc.fifo import Pfifo
from vnetsim.kernel.qdisc.hfsc_class import HfscClass


def leaf() -> Pfifo:
    slow: Any = Slow()
    return Pfifo(slow, 0)


def tree() -> tuple[HfscClass, HfscClass, HfscClass]:
    """A root, and two classes below it that share alike."""
    root = HfscClass(0, None, leaf())
    one, other = HfscClass(1, root, leaf()), HfscClass(2, root, leaf())
    for each in (one, other):
        each.configure({"ls_m2": 1000}, 0)
        root.below.append(each)
    root.adjust_levels()
    return root, one, other


def test_levels_count_from_the_leaves() -> None:
    root, one, _ = tree()
    assert [root.level, one.level] == [1, 0]
    one.below.append(HfscClass(3, one, leaf()))
    one.adjust_levels()
    assert [root.level, one.level] == [2, 1]
    one.below.clear()
    one.adjust_levels()
    assert [root.level, one.level] == [1, 0]


def test_the_class_that_sent_less_is_next() -> None:
    root, one, other = tree()
    for each in (one, other):
        each.leaf.length = 5
        each.joins(0)
    assert root.next_to_share(0) is one
    one.account(1000)
    assert root.next_to_share(0) is other
    other.account(1500)
    assert root.next_to_share(0) is one
    assert root.work == 0


def test_a_class_in_which_nothing_waits_leaves_and_a_period_begins_when_it_is_back() -> None:
    root, one, other = tree()
    for each in (one, other):
        each.leaf.length = 1
        each.joins(0)
    one.leaf.length = 0
    one.account(5000)
    assert root.waiting == [other]
    assert (one.active, one.period) == (0, 1)
    one.leaf.length = 1
    one.joins(10**6)
    assert one.period == 2
    assert one.virtual >= other.virtual


def test_a_limit_is_the_time_at_which_it_fits() -> None:
    root, one, _ = tree()
    one.configure({"ul_m2": 1000}, 0)
    one.leaf.length = 5
    one.joins(0)
    one.account(1000)
    second = 15_625_000
    assert root.next_to_share(second // 2) is None
    assert root.earliest == one.fits_at
    assert abs(one.fits_at - second) < second // 100
    assert root.next_to_share(2 * second) is one


def test_a_reset_class_is_as_new() -> None:
    _, one, _ = tree()
    one.configure({"rt_m2": 1000}, 0)
    one.starts(50, 1000)
    one.served = 500
    one.reset()
    assert (one.served, one.eligible_at, one.deadline, one.period) == (0, 0, 0, 0)
