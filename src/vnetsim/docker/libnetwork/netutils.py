"""Names and MAC addresses of new devices (libnetwork/netutils of moby)."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from vnetsim.wire.mac import Mac


def interface_name(random: Random, taken: Callable[[str], bool]) -> str:
    """`veth` and seven hexadecimal digits; not one that is `taken`."""
    while True:
        name = f"veth{random.getrandbits(28):07x}"
        if not taken(name):
            return name


def mac_address(random: Random) -> Mac:
    """Random, locally administered, unicast."""
    return Mac(random.getrandbits(48) & ~(1 << 40) | 1 << 41)
