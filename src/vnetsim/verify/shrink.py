"""The smallest list of commands that still shows a difference: delta debugging (Zeller and Hildebrandt, 2002)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

_T = TypeVar("_T")


def shrunk(items: Sequence[_T], shows: Callable[[Sequence[_T]], bool], most: int = 200) -> tuple[_T, ...]:
    """`items` without all that can be left out, one by one at the end; `shows` is asked at most `most` times."""
    kept = list(items)
    asked = 0
    size = max(1, len(kept) // 2)
    while size:
        start = len(kept)
        changed = False
        while start > 0 and asked < most:
            first = max(0, start - size)
            without = kept[:first] + kept[start:]
            asked += 1
            if without and shows(without):
                kept, changed = without, True
            start = first
        if asked >= most:
            break
        size = size // 2 if size > 1 else int(changed)
    return tuple(kept)
