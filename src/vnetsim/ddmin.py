"""Making a list smaller as long as something stays true of it: delta debugging (Zeller and Hildebrandt, 2002).

    smallest = shrunk(lines, lambda some: is_broken(some))

What comes out is 1-minimal: without any one of its members it is no longer true.  No list is tested twice.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

_Positions = tuple[int, ...]
#: Tests lists, and yields the answers in their order: map(still, lists), or several at the same time.
EvaluateAll = Callable[[Callable[[tuple[T, ...]], bool], Iterable[tuple[T, ...]]], Iterator[bool]]


def shrunk(
    items: Sequence[T], still: Callable[[tuple[T, ...]], bool], evaluate: EvaluateAll[T] = map, most: int | None = None
) -> tuple[T, ...]:
    """The smallest that is found by leaving out, in chunks of half, a quarter ... one; `items` itself must be true.

    Whatever is tested at the same time, the first list of which it is true is taken.  After `most` answers of no
    the search is over, and the list may not be 1-minimal.
    """
    false: set[_Positions] = set()
    left = tuple(range(len(items)))
    size = max(1, len(left) // 2)
    while True:
        candidates = [rest for rest in _without_a_chunk(left, size) if rest not in false]
        if most is not None:
            candidates = candidates[: most - len(false)]
        lists = (tuple(items[index] for index in rest) for rest in candidates)
        smaller = _first(candidates, evaluate(still, lists), false)
        if smaller is not None:
            left = smaller
            size = min(size, max(1, len(left) // 2))
        elif size == 1 or (most is not None and len(false) >= most):
            return tuple(items[index] for index in left)
        else:
            size //= 2


def _first(candidates: Sequence[_Positions], answers: Iterator[bool], false: set[_Positions]) -> _Positions | None:
    for rest, answer in zip(candidates, answers, strict=False):
        if answer:
            if isinstance(answers, Generator):
                answers.close()
            return rest
        false.add(rest)
    return None


def _without_a_chunk(left: _Positions, size: int) -> Iterator[_Positions]:
    """Later ones first: what came last is least often needed by the others."""
    for first in reversed(range(0, len(left), size)):
        rest = left[:first] + left[first + size :]
        if len(rest) < len(left):
            yield rest
