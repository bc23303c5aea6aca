"""Bob Jenkins' hash of few integers of 32 bits, as the kernel has it (include/linux/jhash.h)."""

from __future__ import annotations

from typing import Final

_MASK: Final = 0xFFFF_FFFF
_INITIAL: Final = 0xDEAD_BEEF
#: By how many bits the integers are rotated in the end.
_ROTATIONS: Final = (14, 11, 25, 16, 4, 14, 24)


def _rotated(value: int, bits: int) -> int:
    return (value << bits | value >> 32 - bits) & _MASK


def jhash_1word(word: int, initial: int) -> int:
    """__jhash_nwords of one integer."""
    start = _INITIAL + (1 << 2) + initial
    return _final([word + start & _MASK, start & _MASK, start & _MASK])


def jhash_3words(first: int, second: int, third: int, initial: int) -> int:
    """__jhash_nwords of three integers."""
    start = _INITIAL + (3 << 2) + initial
    return _final([first + start & _MASK, second + start & _MASK, third + start & _MASK])


def _final(words: list[int]) -> int:
    """__jhash_final: each is changed by the one before it in turn."""
    at = 2
    for bits in _ROTATIONS:
        before = words[(at + 2) % 3]
        words[at] = ((words[at] ^ before) - _rotated(before, bits)) & _MASK
        at = (at + 1) % 3
    return words[2]
