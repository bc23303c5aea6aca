"""Making a list smaller as long as something stays true of it: delta debugging (Zeller and Hildebrandt, 2002).

    smallest = shrunk(lines, lambda some: is_broken(some))

What comes out is 1-minimal: without any one of its members it is no longer true.  It never asks twice about the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def shrunk(items: Sequence[T], still: Callable[[tuple[T, ...]], bool]) -> tuple[T, ...]:
    """The smallest that is found by leaving out, in chunks of half, a quarter ... one; `items` itself must be true."""
    known: dict[tuple[int, ...], bool] = {}

    def holds(places: tuple[int, ...]) -> bool:
        if places not in known:
            known[places] = still(tuple(items[place] for place in places))
        return known[places]

    left = tuple(range(len(items)))
    size = max(1, len(left) // 2)
    while True:
        smaller = _without_a_chunk(left, size, holds)
        if smaller is not None:
            left = smaller
            size = min(size, max(1, len(left) // 2))
        elif size == 1:
            return tuple(items[place] for place in left)
        else:
            size //= 2


def _without_a_chunk(
    left: tuple[int, ...], size: int, holds: Callable[[tuple[int, ...]], bool]
) -> tuple[int, ...] | None:
    """Later ones first: what came last is least often needed by the others."""
    for first in reversed(range(0, len(left), size)):
        rest = left[:first] + left[first + size :]
        if len(rest) < len(left) and holds(rest):
            return rest
    return None
