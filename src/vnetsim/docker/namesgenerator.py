"""Names for containers without one (pkg/namesgenerator of moby), from short lists."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final

_ADJECTIVES: Final = (
    "brave", "calm", "clever", "eager", "fair", "gentle", "happy", "jolly", "keen", "kind", "lucid", "merry", "modest",
    "nimble", "patient", "quiet", "sharp", "sunny", "swift", "tidy", "upbeat", "vivid", "warm", "wise", "witty",
)  # fmt: skip
_SURNAMES: Final = (
    "boole", "cerf", "clark", "cray", "dijkstra", "euler", "floyd", "gauss", "hamming", "hopper", "knuth", "lamport",
    "liskov", "lovelace", "metcalfe", "mills", "perlman", "postel", "ritchie", "shannon", "stallman", "tanenbaum",
    "torvalds", "turing", "wirth",
)  # fmt: skip


def container_name(random: Random, taken: Callable[[str], bool]) -> str:
    """`adjective_surname`, followed by a digit after a collision."""
    name = ""
    for attempt in range(6):
        name = f"{random.choice(_ADJECTIVES)}_{random.choice(_SURNAMES)}"
        name += str(random.randrange(10)) if attempt else ""
        if not taken(name):
            return name
    return f"{name}{random.getrandbits(32):x}"
