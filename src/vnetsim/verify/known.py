"""Differences that are known, with their reasons: what a real machine does at times that nobody decides."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import combinations_with_replacement
from typing import Final

_SOCKETS: Final = re.compile(r"\b(ss|netstat)\b|/proc/net/(tcp|udp)")
_FDB_COUNT: Final = re.compile(r"\bbridge (-\S+ )*fdb\b.*\bwc -l")

_IDENTIFIER: Final = re.compile(r"\bid \d+")

TENTATIVE: Final = "an IPv6 address is tentative for a random time (RFC 4862, 5.4.2)"
ORDER: Final = "frames that cross each other within microseconds: an answer may overtake what is still being sent"
LEARNED: Final = "whom a bridge has learned by then depends on when IPv6 speaks by itself"
HASHED: Final = "sockets are listed in the order of hash tables with a random key (net_hash_mix)"
CARRIERS: Final = (
    "carriers, and the routes that come with them, come at times of the whole machine (net/core/link_watch.c)"
)
COUNTED: Final = "devices count what IPv6 says by itself, at random times (RFC 4861, 6.3.7; RFC 3810)"
HANDLE: Final = "queueing disciplines get handles in the order of the whole machine (net/sched/sch_api.c)"

#: All reasons, for docs/fidelity.md.
REASONS: Final = (TENTATIVE, ORDER, LEARNED, HASHED, CARRIERS, COUNTED, HANDLE)

#: The first two of the six or seven numbers that `ip -s link` prints below RX and TX.
_COUNTERS: Final = re.compile(r"\s*(\d+)\s+(\d+)((?:\s+\d+){4,5})\s*$")
#: Bytes of what IPv6 says by itself: router solicitation, neighbour solicitation for itself, MLDv2 reports.
_SPOKEN_BYTES: Final = (70, 86, 90, 110)
#: More than that may be said between two looks only in what takes long.
_SPOKEN_MOST: Final = 6
#: qdisc_alloc_handle() begins at 8001:.
_HANDLE: Final = re.compile(r"\b8[0-9a-f]{3}:")


def reason(command: str, diff: Sequence[str], *, quiet: bool = False) -> str | None:
    """Why this difference (lines with `-` and `+` before them) is none of the simulator's; None if it is one.

    `quiet`: nothing speaks that was not asked to, so that all counters must agree.
    """
    missing = Counter(line[1:] for line in diff if line[0] == "-")
    added = Counter(line[1:] for line in diff if line[0] == "+")
    if not missing and not added:
        return None
    if command.startswith("@capture") and _anonymous(missing) == _anonymous(added):
        return ORDER
    if missing == added and all(line.startswith("multicast ff00::/8 dev ") for line in missing):
        return CARRIERS
    if missing == added:
        return HASHED if _SOCKETS.search(command) else None
    if _settled(missing) == _settled(added):
        return TENTATIVE
    if _FDB_COUNT.search(command):
        return LEARNED
    if _without_handles(missing) == _without_handles(added):
        return HANDLE
    if not quiet and _spoken(list(missing.elements()), list(added.elements())):
        return COUNTED
    return None


def _without_handles(lines: Counter[str]) -> list[str]:
    return sorted(_HANDLE.sub("8000:", line) for line in lines.elements())


def _spoken(real: list[str], simulated: list[str]) -> bool:
    """Whether counters are apart by nothing but a few packets that IPv6 sends by itself."""
    return len(real) == len(simulated) and all(map(_apart_by_words, real, simulated))


def _apart_by_words(real: str, simulated: str) -> bool:
    theirs, ours = _COUNTERS.match(real), _COUNTERS.match(simulated)
    if theirs is None or ours is None or theirs[3].split()[:4] != ours[3].split()[:4]:
        return False
    size, packets = (int(theirs[group]) - int(ours[group]) for group in (1, 2))
    if size < 0:
        size, packets = -size, -packets
    return 0 < packets <= _SPOKEN_MOST and any(
        sum(said) == size for said in combinations_with_replacement(_SPOKEN_BYTES, packets)
    )


def _anonymous(frames: Counter[str]) -> Counter[str]:
    """Frames without the numbers that ping chooses (the judge has seen to those that stay in their place)."""
    found: Counter[str] = Counter()
    for frame, count in frames.items():
        found[_IDENTIFIER.sub("", frame)] += count
    return found


def _settled(lines: Counter[str]) -> Counter[str]:
    found: Counter[str] = Counter()
    for line, count in lines.items():
        found[line.replace(" tentative", "").rstrip()] += count
    return found
