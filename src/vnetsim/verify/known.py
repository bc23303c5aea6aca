"""Differences that are known, with their reasons: what a real machine does at times that nobody decides."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

_FDB_COUNT: Final = re.compile(r"\bbridge (-\S+ )*fdb\b.*\bwc -l")

TENTATIVE: Final = "an IPv6 address is tentative for a random time (RFC 4862, 5.4.2)"
ORDER: Final = "frames that cross each other within microseconds: an answer may overtake what is still being sent"
LEARNED: Final = "whom a bridge has learned by then depends on when IPv6 speaks by itself"

#: All reasons, for docs/fidelity.md.
REASONS: Final = (TENTATIVE, ORDER, LEARNED)


def reason(command: str, diff: Sequence[str]) -> str | None:
    """Why this difference (lines with `-` and `+` before them) is none of the simulator's; None if it is one."""
    missing = Counter(line[1:] for line in diff if line[0] == "-")
    added = Counter(line[1:] for line in diff if line[0] == "+")
    if not missing and not added:
        return None
    if command.startswith("@capture") and missing == added:
        return ORDER
    if _settled(missing) == _settled(added):
        return TENTATIVE
    if _FDB_COUNT.search(command):
        return LEARNED
    return None


def _settled(lines: Counter[str]) -> Counter[str]:
    found: Counter[str] = Counter()
    for line, count in lines.items():
        found[line.replace(" tentative", "").rstrip()] += count
    return found
