"""Work that is given to several processes comes back in its order, and is ended when nobody wants it any more."""

from __future__ import annotations

import os
import time

import pytest

from vnetsim.lab import Lab
from vnetsim.reach.forks.copies import on_copy
from vnetsim.reach.forks.workers import can_fork, in_order

pytestmark = pytest.mark.skipif(not can_fork(), reason="there is no fork here, or there are threads")


@pytest.mark.parametrize("jobs", range(1, 5))
def test_results_come_in_the_order_of_the_items(jobs: int) -> None:
    for size in range(7):
        assert list(in_order(lambda item: item * 2, range(size), jobs)) == [item * 2 for item in range(size)]


def test_what_is_not_wanted_any_more_is_ended() -> None:
    def slept(seconds: int) -> int:
        time.sleep(seconds)
        return os.getpid()

    results = in_order(slept, [0, 600], 2)
    assert next(results) != os.getpid()
    results.close()


def test_an_error_is_raised_here() -> None:
    with pytest.raises(ZeroDivisionError):
        list(in_order(lambda item: 1 // item, [1, 0], 2))


def test_a_lab_that_is_used_aside_stays_as_it_was() -> None:
    lab = Lab()
    assert on_copy(lambda other: other.run("ip netns add a; ip netns list").stdout, lab) == "a\n"
    assert lab.run("ip netns list").stdout == ""
