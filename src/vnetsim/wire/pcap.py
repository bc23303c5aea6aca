"""Capture files as libpcap writes and reads them: https://www.tcpdump.org/manpages/pcap-savefile.5.html

    data = header(ETHERNET) + record(Packet(at, frame.encode()))
    capture = Capture.decode(data)

Not modelled: pcapng, versions before 2.4, and writing what a big-endian machine writes.
"""

from __future__ import annotations

import struct
from typing import Final

from vnetsim.errors import DecodeError
from vnetsim.values import frozen

# Link-layer header types.
ETHERNET: Final = 1
COOKED: Final = 276
COOKED1: Final = 113
RAW: Final = 101
#: Bytes of a packet that are kept, at most.
SNAPSHOT: Final = 262144

_MAGIC: Final = 0xA1B2C3D4
_NANOSECONDS: Final = 0xA1B23C4D
_VERSION: Final = (2, 4)
_HEADER: Final = "IHHiIII"
_RECORD: Final = "IIII"
HEADER_LENGTH: Final = struct.calcsize("<" + _HEADER)
_RECORD_LENGTH: Final = struct.calcsize("<" + _RECORD)
_MAGIC_LENGTH: Final = 4


@frozen
class PcapRecord:
    """`at` in nanoseconds since 1970; `length` is that of the whole packet, of which `data` is the beginning."""

    at: int
    data: bytes
    length: int


def header(link_type: int, snapshot: int = SNAPSHOT) -> bytes:
    return struct.pack("<" + _HEADER, _MAGIC, *_VERSION, 0, 0, snapshot, link_type)


def record(packet: PcapRecord) -> bytes:
    microseconds = packet.at // 1000
    return (
        struct.pack("<" + _RECORD, microseconds // 1_000_000, microseconds % 1_000_000, len(packet.data), packet.length)
        + packet.data
    )


@frozen
class PcapCapture:
    """A whole file; `error` is the defect at its end, if there is one."""

    link_type: int
    snapshot: int
    packets: tuple[PcapRecord, ...]
    error: str | None = None

    @classmethod
    def decode(cls, data: bytes) -> PcapCapture:
        """DecodeError with libpcap's message if the file is not a capture."""
        if len(data) < _MAGIC_LENGTH:
            raise DecodeError(
                f"truncated dump file; tried to read {_MAGIC_LENGTH} file header bytes, only got {len(data)}"
            )
        order, nanoseconds = _order(data[:_MAGIC_LENGTH])
        if len(data) < HEADER_LENGTH:
            got = len(data) - _MAGIC_LENGTH
            raise DecodeError(f"truncated dump file; tried to read {HEADER_LENGTH} file header bytes, only got {got}")
        _, major, minor, _, _, snapshot, link_type = struct.unpack_from(order + _HEADER, data)
        if (major, minor) != _VERSION:
            raise DecodeError(f"unsupported pcap savefile version {major}.{minor}")
        packets, error = _records(data, order, 1 if nanoseconds else 1000)
        return cls(link_type & 0xFFFF, snapshot, tuple(packets), error)

    def encode(self) -> bytes:
        return header(self.link_type, self.snapshot) + b"".join(map(record, self.packets))


def _order(magic: bytes) -> tuple[str, bool]:
    for order in "<>":
        (number,) = struct.unpack(order + "I", magic)
        if number in (_MAGIC, _NANOSECONDS):
            return order, number == _NANOSECONDS
    raise DecodeError("unknown file format")


def _records(data: bytes, order: str, unit: int) -> tuple[list[PcapRecord], str | None]:
    packets: list[PcapRecord] = []
    at = HEADER_LENGTH
    while at < len(data):
        left = len(data) - at
        if left < _RECORD_LENGTH:
            return packets, f"truncated dump file; tried to read {_RECORD_LENGTH} header bytes, only got {left}"
        seconds, fraction, captured, length = struct.unpack_from(order + _RECORD, data, at)
        at += _RECORD_LENGTH
        if len(data) - at < captured:
            return packets, f"truncated dump file; tried to read {captured} captured bytes, only got {len(data) - at}"
        packets.append(PcapRecord(seconds * 1_000_000_000 + fraction * unit, data[at : at + captured], length))
        at += captured
    return packets, None
