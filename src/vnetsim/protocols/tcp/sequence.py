"""Sequence numbers: on the wire 32 bits that wrap around (RFC 9293, 3.4), inside the machine integers that do not."""

from __future__ import annotations

from typing import Final

MASK: Final = 0xFFFF_FFFF
_HALF: Final = 0x8000_0000


def unwrap(number: int, near: int) -> int:
    """The 64-bit sequence number of `number` from the wire, at most 2**31 away from `near`."""
    return near + ((number - near + _HALF & MASK) - _HALF)


def before(one: int, other: int) -> bool:
    """Whether a 32-bit number comes before another (before() in include/net/tcp.h)."""
    return (one - other & MASK) >= _HALF
