"""What somebody may have meant (src/misspell.c of nftables 1.0.6).

The distance is the one of R. A. Wagner's string-to-string correction (1974), in a table whose rows overlap by one
column, as they do in nft: what it suggests must be the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

T = TypeVar("T")


def _distance(a: str, b: str) -> int:
    width = len(b)
    cells = [0] * ((len(a) + 1) * (width + 1))
    for i in range(len(a) + 1):
        cells[i * width] = i
    for j in range(width + 1):
        cells[j] = j
    characters = f"{a}\0", f"{b}\0"
    for i in range(1, len(a) + 1):
        for j in range(1, width + 1):
            differ = characters[0][i] != characters[1][j]
            best = min(
                cells[(i - 1) * width + j] + 1, cells[i * width + j - 1] + 1, cells[(i - 1) * width + j - 1] + differ
            )  # fmt: skip
            crossed = characters[0][i] == characters[1][j - 1] and characters[0][i - 1] == characters[1][j]
            if i > 1 and j > 1 and crossed:
                best = min(best, cells[(i - 2) * width + j - 2] + differ)
            cells[i * width + j] = best
    return cells[len(a) * width + width]


def nearest_of(word: str, candidates: Iterable[tuple[str, T]]) -> T | None:
    """What belongs to the name that is least different from `word`; None where all are too different."""
    found: T | None = None
    least: int | None = None
    for name, what in candidates:
        longer, shorter = max(len(name), len(word)), min(len(name), len(word))
        if longer <= 1:
            continue
        threshold = max(-(-longer // 3), 1) if longer - shorter <= 1 else -(-(longer + 2) // 3)
        distance = _distance(name, word)
        if distance <= threshold and (least is None or distance < least):
            least, found = distance, what
    return found


def nearest(word: str, names: Iterable[str]) -> str | None:
    return nearest_of(word, ((name, name) for name in names))
