"""How many examples of a law are tried.

    @given(...)
    @settings(max_examples=examples(60))

The numbers are those of the profile `thorough` (CONTRIBUTING.md); elsewhere a law is tried with a part of them.
"""

from __future__ import annotations

from typing import Final

from hypothesis import settings

#: As many as a law gets that asks for no number.
THOROUGH: Final = 100


def examples(number: int) -> int:
    """The profile's part of so many."""
    tried: int = settings().max_examples
    return -(-number * tried // THOROUGH)
