"""What is left is needed, whoever is asked about it and in which order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from hypothesis import given
from hypothesis import strategies as st

from vnetsim.ddmin import shrunk

LISTS = st.lists(st.integers(0, 9), max_size=12)


def eagerly(still: Callable[[tuple[int, ...]], bool], lists: Iterable[tuple[int, ...]]) -> Iterator[bool]:
    """As processes do that ask about all at the same time."""
    every = list(lists)
    answers = [still(each) for each in reversed(every)]
    return iter(answers[::-1])


@given(LISTS, st.sets(st.integers(0, 9), max_size=3))
def test_shrinking_leaves_what_is_needed_and_nothing_else(items: list[int], needed: set[int]) -> None:
    wanted = needed & set(items)
    assert sorted(shrunk(items, lambda some: wanted <= set(some))) == sorted(wanted)


@given(LISTS, st.integers(0, 30))
def test_whoever_asks_the_same_is_left(items: list[int], least: int) -> None:
    def is_enough(some: tuple[int, ...]) -> bool:
        return sum(some) >= min(least, sum(items))

    left = shrunk(items, is_enough)
    assert left == shrunk(items, is_enough, eagerly)
    assert not any(is_enough(left[:place] + left[place + 1 :]) for place in range(len(left)))


def test_few_questions_are_asked_and_no_more_than_so_many() -> None:
    asked: list[int] = []

    def shows(items: tuple[int, ...]) -> bool:
        asked.append(1)
        return {3, 17} <= set(items)

    assert shrunk(range(40), shows) == (3, 17)
    assert len(asked) < 200
    asked.clear()
    assert {3, 17} < set(shrunk(range(40), shows, most=3))
    assert len(asked) < 10
