"""Bytes that wait, as they were written: what is long is not copied before it is taken."""

from __future__ import annotations

import bisect
from typing import Final

#: So many pieces at the front may be dead before the lists are made anew.
_DEAD: Final = 64


class ByteQueue:
    """A queue of bytes; positions count from the first byte that is still there."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._ends: list[int] = []  #: of each piece, counted from the first byte that ever was
        self._first = 0  #: the first piece that is still there
        self._begin = 0  #: how much was dropped
        self._end = 0

    def __len__(self) -> int:
        return self._end - self._begin

    def append(self, data: bytes) -> None:
        if data:
            self._end += len(data)
            self._pieces.append(data)
            self._ends.append(self._end)

    def part(self, start: int, end: int) -> bytes:
        """The bytes from `start` to `end`, or as many of them as there are."""
        start, end = start + self._begin, min(end + self._begin, self._end)
        if start >= end:
            return b""
        index = bisect.bisect_right(self._ends, start, self._first)
        at = start - self._ends[index] + len(self._pieces[index])
        taken = [self._pieces[index][at : at + end - start]]
        got = len(taken[0])
        while got < end - start:
            index += 1
            taken.append(self._pieces[index][: end - start - got])
            got += len(taken[-1])
        return taken[0] if len(taken) == 1 else b"".join(taken)

    def drop(self, count: int) -> None:
        """The first `count` bytes are needed no more."""
        self._begin = min(self._begin + count, self._end)
        first, ends = self._first, self._ends
        while first < len(ends) and ends[first] <= self._begin:
            self._pieces[first] = b""
            first += 1
        if first > _DEAD and 2 * first > len(ends):
            del self._pieces[:first], ends[:first]
            first = 0
        self._first = first

    def take(self, count: int) -> bytes:
        """The first `count` bytes, which are gone then."""
        taken = self.part(0, count)
        self.drop(len(taken))
        return taken
