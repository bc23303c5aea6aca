"""Capture files in the newer format, with several interfaces and comments: draft-ietf-opsawg-pcapng.

    data = pcapng(["host:eth0"], [CapturedFrame(0, at, frame.encode(), outbound=True, comment="...")], "vnetsim")

Written are a Section Header Block, an Interface Description Block for each interface, and Enhanced Packet Blocks,
little-endian, with times in nanoseconds.  Not modelled: reading, other blocks (names, statistics, decryption secrets).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from typing import Final

from vnetsim.values import frozen
from vnetsim.wire.pcap import ETHERNET, SNAPSHOT

_SECTION: Final = 0x0A0D0D0A
_INTERFACE: Final = 1
_PACKET: Final = 6
_BYTE_ORDER: Final = 0x1A2B3C4D
#: The length of a section is not given.
_UNKNOWN: Final = -1
# Options.
_END_OF_OPTIONS: Final = 0
_COMMENT: Final = 1
_USER_APPLICATION: Final = 4
_NAME: Final = 2
_RESOLUTION: Final = 9
_FLAGS: Final = 2
#: Powers of ten of a second: nanoseconds.
_NANOSECONDS: Final = bytes((9,))
_INBOUND, _OUTBOUND = 1, 2


@frozen
class CapturedFrame:
    """A frame that was seen at an interface, by its index; `at` in nanoseconds since 1970."""

    interface: int
    at: int
    data: bytes
    outbound: bool
    comment: str = ""


def pcapng(interfaces: Sequence[str], frames: Iterable[CapturedFrame], application: str) -> bytes:
    """The whole file; `interfaces` are their names."""
    return b"".join((_section(application), *map(_interface, interfaces), *map(_packet, frames)))


def _section(application: str) -> bytes:
    body = struct.pack("<IHHq", _BYTE_ORDER, 1, 0, _UNKNOWN)
    return _block(_SECTION, body + _options([(_USER_APPLICATION, application.encode())]))


def _interface(name: str) -> bytes:
    options = _options([(_NAME, name.encode()), (_RESOLUTION, _NANOSECONDS)])
    return _block(_INTERFACE, struct.pack("<HHI", ETHERNET, 0, SNAPSHOT) + options)


def _packet(frame: CapturedFrame) -> bytes:
    length = len(frame.data)
    head = struct.pack("<IIIII", frame.interface, frame.at >> 32, frame.at & 0xFFFFFFFF, length, length)
    flags = struct.pack("<I", _OUTBOUND if frame.outbound else _INBOUND)
    options = [(_FLAGS, flags)]
    if frame.comment:
        options.append((_COMMENT, frame.comment.encode()))
    return _block(_PACKET, head + _padded(frame.data) + _options(options))


def _options(options: Iterable[tuple[int, bytes]]) -> bytes:
    encoded = [struct.pack("<HH", code, len(value)) + _padded(value) for code, value in options]
    return b"".join((*encoded, struct.pack("<HH", _END_OF_OPTIONS, 0)))


def _block(kind: int, body: bytes) -> bytes:
    length = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + length + body + length


def _padded(data: bytes) -> bytes:
    """Filled up to a multiple of four bytes."""
    return data + bytes(-len(data) % 4)
