"""The random models of netem by themselves: shares, states, distributions."""

from __future__ import annotations

import random
import statistics

import pytest

from vnetsim.kernel.qdisc.netem_models import Dice, GilbertElliott, LossStates, Slots, drawn

WHOLE = 0xFFFF_FFFF


@pytest.mark.parametrize("distribution", [1, 2, 3])
def test_distributions_have_the_mean_0_and_about_the_deviation_1(distribution: int) -> None:
    source = random.Random(1)
    numbers = [drawn(distribution, source) for _ in range(4000)]
    assert abs(statistics.fmean(numbers)) < 0.1
    assert 0.5 < statistics.pstdev(numbers) < 1.2


def test_a_pareto_delay_is_early_often_and_very_late_seldom() -> None:
    source = random.Random(1)
    numbers = sorted(drawn(2, source) for _ in range(1000))
    assert numbers[0] > -1
    assert numbers[-1] == 4


def test_a_full_correlation_repeats_the_last_number() -> None:
    dice = Dice(random.Random(1))
    assert len({dice.throw(WHOLE) for _ in range(5)}) == 1


def test_the_states_follow_each_other_as_the_shares_say() -> None:
    always = LossStates((WHOLE, WHOLE, 0, WHOLE, 0), random.Random(1))
    assert [always.loses() for _ in range(4)] == [True, False, True, False]
    single = LossStates((0, 0, 0, 0, WHOLE), random.Random(1))
    assert [single.loses() for _ in range(4)] == [True, False, True, False]
    good = GilbertElliott((0, 0, 0, 0), random.Random(1))
    assert not any(good.loses() for _ in range(50))


def test_a_slot_takes_so_many_bytes() -> None:
    slots = Slots({"slot_min": 10, "slot_max": 10, "slot_bytes": 100}, random.Random(1))
    assert slots.opens(0, 0) == 10
    slots.took(60, 10)
    assert slots.opens(10, 10) == 10
    slots.took(60, 10)
    assert slots.opens(10, 10) == 20
