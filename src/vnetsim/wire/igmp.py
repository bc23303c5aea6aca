"""Internet Group Management Protocol, versions 1 to 3 (RFC 1112, RFC 2236, RFC 3376)."""

from __future__ import annotations

import struct
from typing import Final

from vnetsim.errors import DecodeError
from vnetsim.values import define
from vnetsim.wire.checksum import checksum
from vnetsim.wire.inet import ANY4, IPv4
from vnetsim.wire.printer import PacketPrinter

PROTOCOL: Final = 2
HEADER_LENGTH: Final = 8
_LAYOUT: Final = struct.Struct("!BBHI")
_RECORD: Final = struct.Struct("!BBHI")

# Types.
QUERY: Final = 0x11
V1_REPORT: Final = 0x12
V2_REPORT: Final = 0x16
LEAVE: Final = 0x17
V3_REPORT: Final = 0x22

#: The maximum response that tcpdump does not mention: ten seconds.
_USUAL_RESPONSE: Final = 100

#: The IPv4 option that every IGMP message travels with (RFC 2113).
ROUTER_ALERT: Final = bytes((0x94, 4, 0, 0))

# Types of group records.
IS_INCLUDE: Final = 1
IS_EXCLUDE: Final = 2
TO_INCLUDE: Final = 3
TO_EXCLUDE: Final = 4
ALLOW_NEW: Final = 5
BLOCK_OLD: Final = 6
_NAMES: Final = {V1_REPORT: "v1 report", V2_REPORT: "v2 report", LEAVE: "leave"}
RECORD_NAMES: Final = {
    IS_INCLUDE: "is_in",
    IS_EXCLUDE: "is_ex",
    TO_INCLUDE: "to_in",
    TO_EXCLUDE: "to_ex",
    ALLOW_NEW: "allow",
    BLOCK_OLD: "block",
}


@define
class IgmpGroupRecord:
    """A group record: the `sources` that a host includes or excludes for one group."""

    type: int
    group: IPv4
    sources: tuple[IPv4, ...] = ()

    def encode(self) -> bytes:
        sources = b"".join(source.to_bytes(4, "big") for source in self.sources)
        return _RECORD.pack(self.type, 0, len(self.sources), self.group) + sources


@define
class Igmp:
    """A message.  `maximum_response` is the code of a query; `records` are those of a version 3 report.

    `rest` is what follows the group in a query of version 3.
    """

    type: int
    maximum_response: int
    group: IPv4
    records: tuple[IgmpGroupRecord, ...]
    rest: bytes
    length: int

    @classmethod
    def build(cls, type: int, group: IPv4 = ANY4, maximum_response: int = 0, rest: bytes = b"") -> Igmp:  # noqa: A002
        """A query, a report of version 1 or 2, or a leave."""
        return cls(type, maximum_response, group, (), rest, HEADER_LENGTH + len(rest))

    @classmethod
    def report(cls, records: tuple[IgmpGroupRecord, ...]) -> Igmp:
        """A version 3 membership report."""
        length = HEADER_LENGTH + sum(_RECORD.size + 4 * len(record.sources) for record in records)
        return cls(V3_REPORT, 0, ANY4, records, b"", length)

    @classmethod
    def decode(cls, data: bytes) -> Igmp:
        """All of `data` is the message; a wrong checksum is a DecodeError."""
        if len(data) < HEADER_LENGTH:
            raise DecodeError(f"IGMP needs {HEADER_LENGTH} bytes, got {len(data)}")
        if checksum(data):
            raise DecodeError("wrong IGMP checksum")
        kind, maximum_response, _, count_or_group = _LAYOUT.unpack_from(data)
        if kind == V3_REPORT:
            records = _decode_records(data, count_or_group & 0xFFFF)
            return cls(kind, maximum_response, ANY4, records, b"", len(data))
        return cls(kind, maximum_response, IPv4(count_or_group), (), bytes(data[HEADER_LENGTH:]), len(data))

    def encode(self) -> bytes:
        count_or_group = len(self.records) if self.type == V3_REPORT else int(self.group)
        rest = b"".join(record.encode() for record in self.records) + self.rest
        total = checksum(_LAYOUT.pack(self.type, self.maximum_response, 0, count_or_group) + rest)
        return _LAYOUT.pack(self.type, self.maximum_response, total, count_or_group) + rest

    def describe(self, printer: PacketPrinter) -> str:
        """What follows the addresses: `igmp v3 report, 1 group record(s)`."""
        text = self._text(printer)
        return f"igmp {text}" if text else f"igmp-{self.type}"

    def _text(self, printer: PacketPrinter) -> str:
        if self.type == QUERY:
            return self._query_text(printer)
        if self.type == V3_REPORT:
            details = "".join(_record_text(printer, record) for record in self.records)
            return f"v3 report, {len(self.records)} group record(s){details}"
        return f"{_NAMES[self.type]} {self.group}" if self.type in _NAMES else ""

    def _query_text(self, printer: PacketPrinter) -> str:
        group = f" [gaddr {self.group}]" if self.group else ""
        if self.length < HEADER_LENGTH + 4:
            version = "query v2" if self.maximum_response else "query v1"
            limit = self.maximum_response
            tenths = f" [max resp time {limit}]" if limit not in (0, _USUAL_RESPONSE) else ""
            return version + tenths + group
        text = "query v3"
        if self.maximum_response != _USUAL_RESPONSE:
            text += f" [max resp time {_duration_text(self.maximum_response)}]"
        return text + (f" [gaddr {self.group}{self._source_text(printer)}]" if self.group else "")

    def _source_text(self, printer: PacketPrinter) -> str:
        count = int.from_bytes(self.rest[2:4], "big")
        if not count:
            return ""
        if printer.verbosity < 2:
            return f", {count} source(s)"
        sources = (str(IPv4.from_bytes(self.rest[at : at + 4], "big")) for at in range(4, 4 + 4 * count, 4))
        return f" {{ {' '.join(sources)} }}"


def _duration_text(code: int) -> str:
    """A maximum response code of version 3: tenths of a second, from 128 on as a floating point number (RFC 3376)."""
    tenths = code if code < 128 else (code & 15 | 16) << (code >> 4 & 7) + 3
    seconds = tenths // 10
    if seconds < 60:
        return f"{seconds}.{tenths % 10}s"
    return f"{seconds // 60}m{seconds % 60}s"


def _record_text(printer: PacketPrinter, record: IgmpGroupRecord) -> str:
    if not printer.verbosity:
        return ""
    count_or_group = RECORD_NAMES.get(record.type, f" [v3-report-#{record.type}]")
    sources = f", {len(record.sources)} source(s)"
    if printer.verbosity > 1:
        sources = f" {{ {''.join(f'{source} ' for source in record.sources)}}}"
    return f" [gaddr {record.group} {count_or_group}{sources}]"


def _decode_records(data: bytes, count: int) -> tuple[IgmpGroupRecord, ...]:
    records = []
    at = HEADER_LENGTH
    for _ in range(count):
        if len(data) < at + _RECORD.size:
            raise DecodeError("an IGMP group record is cut short")
        kind, auxiliary, sources, group = _RECORD.unpack_from(data, at)
        at += _RECORD.size
        end = at + 4 * sources
        if auxiliary or len(data) < end:
            raise DecodeError("an IGMP group record makes no sense")
        addresses = tuple(IPv4.from_bytes(data[here : here + 4], "big") for here in range(at, end, 4))
        records.append(IgmpGroupRecord(kind, IPv4(group), addresses))
        at = end
    if at != len(data):
        raise DecodeError("bytes behind the last IGMP group record")
    return tuple(records)
