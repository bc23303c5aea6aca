"""Identities that the engine draws: ids, names of devices, MAC addresses, names of containers.

Shapes are moby's (pkg/stringid, libnetwork/netutils, pkg/namesgenerator); the words of container names are our own
and few.  All randomness is the machine's.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final

from vnetsim.digits import is_digits
from vnetsim.wire.mac import Mac

SHORT: Final = 12

_ADJECTIVES: Final = (
    "brave", "calm", "clever", "eager", "fair", "gentle", "happy", "jolly", "keen", "kind", "lucid", "merry", "modest",
    "nimble", "patient", "quiet", "sharp", "sunny", "swift", "tidy", "upbeat", "vivid", "warm", "wise", "witty",
)  # fmt: skip
_SURNAMES: Final = (
    "boole", "cerf", "clark", "cray", "dijkstra", "euler", "floyd", "gauss", "hamming", "hopper", "knuth", "lamport",
    "liskov", "lovelace", "metcalfe", "mills", "perlman", "postel", "ritchie", "shannon", "stallman", "tanenbaum",
    "torvalds", "turing", "wirth",
)  # fmt: skip


def short(full_id: str) -> str:
    """The 12 digits that `docker ps` shows."""
    return full_id[:SHORT]


def new_id(random: Random) -> str:
    """64 hexadecimal digits of which the first twelve are no number (a host name must not be all digits)."""
    while True:
        drawn = f"{random.getrandbits(256):064x}"
        if not is_digits(short(drawn)):
            return drawn


def interface_name(random: Random, taken: Callable[[str], bool]) -> str:
    """`veth` and seven hexadecimal digits; not one that is `taken`."""
    while True:
        name = f"veth{random.getrandbits(28):07x}"
        if not taken(name):
            return name


def mac_address(random: Random) -> Mac:
    """Random, locally administered, unicast."""
    return Mac(random.getrandbits(48) & ~(1 << 40) | 1 << 41)


def container_name(random: Random, taken: Callable[[str], bool]) -> str:
    """`adjective_surname`, with a digit behind it when the words are used up."""
    name = ""
    for attempt in range(6):
        name = f"{random.choice(_ADJECTIVES)}_{random.choice(_SURNAMES)}"
        name += str(random.randrange(10)) if attempt else ""
        if not taken(name):
            return name
    return f"{name}{random.getrandbits(32):x}"
