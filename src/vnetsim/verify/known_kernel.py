"""Known differences of real kernels: what a machine does at random times."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations_with_replacement
from typing import Final

from vnetsim.verify.known import Difference, KnownDifference, first_reason

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

#: The first two of the six or seven numbers that `ip -s link` prints below RX and TX.
_COUNTERS: Final = re.compile(r"\s*(\d+)\s+(\d+)((?:\s+\d+){4,5})\s*$")
#: Bytes of IPv6's unsolicited traffic: router solicitation, neighbour solicitation for itself, MLDv2 reports.
_UNASKED_BYTES: Final = (70, 86, 90, 110)
#: More than that may be sent between two looks only in what takes long.
_UNASKED_MOST: Final = 6
#: qdisc_alloc_handle() begins at 8001:.
_HANDLE: Final = re.compile(r"\b8[0-9a-f]{3}:")


def _sent_by_ipv6(difference: Difference) -> bool:
    """Whether counters are apart by nothing but a few packets that IPv6 sends by itself."""
    real, simulated = difference.real, difference.simulated
    return len(real) == len(simulated) and all(map(_apart_by_packets, real, simulated))


def _apart_by_packets(real: str, simulated: str) -> bool:
    theirs, ours = _COUNTERS.match(real), _COUNTERS.match(simulated)
    if theirs is None or ours is None or theirs[3].split()[:4] != ours[3].split()[:4]:
        return False
    size, packets = (int(theirs[group]) - int(ours[group]) for group in (1, 2))
    if size < 0:
        size, packets = -size, -packets
    return 0 < packets <= _UNASKED_MOST and any(
        sum(sizes) == size for sizes in combinations_with_replacement(_UNASKED_BYTES, packets)
    )


#: In the order in which they are tried, and listed in docs/fidelity.md.
KERNEL: Final = (
    KnownDifference(TENTATIVE, lambda d: d.agrees(lambda line: line.replace(" tentative", "").rstrip())),
    # Without the numbers that ping chooses (the judge compares those that keep their position).
    KnownDifference(ORDER, lambda d: d.command.startswith("@capture") and (
        d.is_order or d.agrees(lambda frame: _IDENTIFIER.sub("", frame)))),
    KnownDifference(LEARNED, lambda d: not d.is_order and _FDB_COUNT.search(d.command) is not None),
    KnownDifference(HASHED, lambda d: d.is_order and _SOCKETS.search(d.command) is not None),
    KnownDifference(CARRIERS, lambda d: d.is_order and all(
        line.startswith("multicast ff00::/8 dev ") for line in d.real)),
    KnownDifference(COUNTED, _sent_by_ipv6),
    KnownDifference(HANDLE, lambda d: d.agrees(lambda line: _HANDLE.sub("8000:", line))),
)  # fmt: skip


def reason(command: str, diff: Sequence[str], *, quiet: bool = False) -> str | None:
    """Why this difference (lines with `-` and `+` before them) is none of the simulator's; None if it is one.

    `quiet`: there is no unsolicited traffic, so that all counters must agree.
    """
    known = (each for each in KERNEL if not (quiet and each.reason == COUNTED))
    return first_reason(known, Difference.of(command, diff))
