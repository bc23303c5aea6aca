"""COBALT: when it drops, and when it stops."""

from __future__ import annotations

from itertools import pairwise

from vnetsim.clock import MILLISECOND
from vnetsim.kernel.qdisc.cobalt import Cobalt, CobaltParameters

PARAMETERS = CobaltParameters(5 * MILLISECOND, 100 * MILLISECOND, MILLISECOND)


def judged(cobalt: Cobalt, now: int, waited: int, *, marks: bool = False, bulk: int = 0) -> tuple[bool, bool]:
    return cobalt.judge(PARAMETERS, now * MILLISECOND, waited * MILLISECOND, bulk, lambda: marks, lambda: 1 << 31)


def test_it_drops_an_interval_after_frames_began_to_be_late_and_then_more_often() -> None:
    cobalt = Cobalt()
    assert not judged(cobalt, 999, 1)[0]
    dropped = [now for now in range(1000, 1500) if judged(cobalt, now, 20)[0]]
    assert dropped[0] == 1100
    gaps = [later - earlier for earlier, later in pairwise(dropped)]
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[0] < 100
    assert [judged(cobalt, now, 1)[0] for now in range(1500, 1600)] == [False] * 100
    cobalt.empty(PARAMETERS, 5000 * MILLISECOND)
    assert not cobalt.dropping


def test_it_marks_in_place_of_dropping() -> None:
    cobalt = Cobalt()
    found = [judged(cobalt, now, 20, marks=True) for now in range(1000, 1400)]
    assert any(marked for _, marked in found)
    assert not any(dropped for dropped, _ in found)


def test_frames_are_late_by_the_target_by_four_full_frames_and_by_two_of_each_bulk_flow() -> None:
    assert not any(judged(Cobalt(), now, 5)[0] for now in range(1000, 1400))
    cobalt = Cobalt()
    assert not any(judged(cobalt, now, 19, bulk=10)[0] for now in range(1000, 1400))


def test_overflows_raise_a_probability_that_an_empty_queue_lowers() -> None:
    cobalt, now = Cobalt(), 1000 * MILLISECOND
    assert cobalt.full(PARAMETERS, now)
    assert not cobalt.full(PARAMETERS, now + 10 * MILLISECOND)
    assert cobalt.probability == 2 << 24
    assert not cobalt.rests(now)
    ended = [cobalt.empty(PARAMETERS, now + turn * 10 * MILLISECOND) for turn in range(2, 60)]
    assert ended.count(True) == 1
    assert cobalt.probability == 0
    assert cobalt.rests(now + 5000 * MILLISECOND)
