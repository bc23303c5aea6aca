"""Ids of containers, networks and endpoints (pkg/stringid of moby).  The randomness is the machine's."""

from __future__ import annotations

from random import Random
from typing import Final

from vnetsim.digits import is_digits

SHORT: Final = 12


def short(full_id: str) -> str:
    """The 12 digits that `docker ps` shows."""
    return full_id[:SHORT]


def new_id(random: Random) -> str:
    """64 hexadecimal digits of which the first twelve are no number (a host name must not be all digits)."""
    while True:
        drawn = f"{random.getrandbits(256):064x}"
        if not is_digits(short(drawn)):
            return drawn
