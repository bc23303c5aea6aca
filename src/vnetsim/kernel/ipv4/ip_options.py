"""The one IP option that hosts act on here: record route (RFC 791, 3.1; net/ipv4/ip_options.c)."""

from __future__ import annotations

from typing import Final

from vnetsim.wire.inet import IPv4
from vnetsim.wire.ipv4 import Packet

_END: Final = 0
_NOP: Final = 1
_RECORD_ROUTE: Final = 7


def recorded(packet: Packet, address: IPv4) -> Packet:
    """The packet with `address` in the next free slot of its record route option, or as it is if there is none."""
    options = _record(packet.options, address)
    if options is None:
        return packet
    return Packet(
        packet.source, packet.destination, packet.protocol, packet.payload, packet.ttl, packet.identification,
        packet.dont_fragment, packet.more_fragments, packet.fragment_offset, packet.tos, options, packet.length,
    )  # fmt: skip


def _record(options: bytes, address: IPv4) -> bytes | None:
    at = 0
    while at + 2 < len(options) and options[at] != _END:
        if options[at] == _NOP:
            at += 1
            continue
        length = options[at + 1]
        if options[at] == _RECORD_ROUTE:
            pointer = options[at + 2]
            if pointer + 3 > length or at + length > len(options):
                return None
            slot = at + pointer - 1
            filled = options[:slot] + address.to_bytes(4, "big") + options[slot + 4 :]
            return filled[: at + 2] + bytes((pointer + 4,)) + filled[at + 3 :]
        at += max(2, length)
    return None
