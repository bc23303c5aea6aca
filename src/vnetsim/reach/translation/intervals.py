"""Sets of integers (ports, addresses) as ascending, disjoint intervals, both ends included.

intersect(((0, 9), (20, 29)), ((5, 24),))     # ((5, 9), (20, 24))
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeAlias

Interval: TypeAlias = tuple[int, int]
Intervals: TypeAlias = tuple[Interval, ...]

PORTS: Final[Intervals] = ((1, 65535),)


def union(parts: Iterable[Interval]) -> Intervals:
    """In any order, overlapping or not; intervals that end before they begin are empty."""
    found: list[Interval] = []
    for first, last in sorted(part for part in parts if part[0] <= part[1]):
        if found and first <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(last, found[-1][1])
        else:
            found.append((first, last))
    return tuple(found)


def intersect(one: Intervals, other: Intervals) -> Intervals:
    return union((max(a, c), min(b, d)) for a, b in one for c, d in other)


def complement(of: Intervals, within: Intervals) -> Intervals:
    """What of `within` is not in `of`."""
    return tuple(part for interval in within for part in _without(interval, of))


def _without(interval: Interval, taken: Intervals) -> Iterator[Interval]:
    first, last = interval
    for start, end in taken:
        if end < first or start > last:
            continue
        if start > first:
            yield first, start - 1
        first = end + 1
    if first <= last:
        yield first, last


def contains(intervals: Intervals, number: int) -> bool:
    return any(first <= number <= last for first, last in intervals)


def cut(intervals: Intervals, starts: Sequence[int]) -> Iterator[Interval]:
    """The elementary intervals: `intervals` cut before each of the ascending `starts`."""
    for first, last in intervals:
        at = bisect_right(starts, first)
        while at < len(starts) and starts[at] <= last:
            yield first, starts[at] - 1
            first = starts[at]
            at += 1
        yield first, last
