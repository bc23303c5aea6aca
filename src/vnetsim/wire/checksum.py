"""The Internet checksum (RFC 1071) and the pseudo headers it covers in UDP, TCP and ICMPv6 (RFC 768, RFC 8200)."""

from __future__ import annotations

import struct
from typing import Final

from vnetsim.wire.inet import Address

_PSEUDO4: Final = struct.Struct("!4s4sBBH")
_PSEUDO6: Final = struct.Struct("!16s16sII")


def ones_complement_sum(data: bytes) -> int:
    """The 16-bit words of `data` (an odd last byte is the upper half of one), added with end-around carry."""
    number = int.from_bytes(data, "big") << 8 * (len(data) & 1)
    # 2**16 is 1 modulo 65535, so the remainder is that sum; only zero has two spellings.
    remainder = number % 0xFFFF
    return 0xFFFF if number and not remainder else remainder


def checksum(data: bytes) -> int:
    """What goes into a header's checksum field, which has to be zero in `data`; 0 if `data` has its right checksum."""
    return 0xFFFF - ones_complement_sum(data)


def pseudo_header(source: Address, destination: Address, protocol: int, length: int) -> bytes:
    """What precedes a segment of `length` bytes in its checksum, for the family of `source`."""
    if source.version == 4:
        return _PSEUDO4.pack(source.to_bytes(4, "big"), destination.to_bytes(4, "big"), 0, protocol, length)
    return _PSEUDO6.pack(source.to_bytes(16, "big"), destination.to_bytes(16, "big"), length, protocol)
