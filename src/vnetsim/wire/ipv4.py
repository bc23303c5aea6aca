"""Internet Protocol, version 4 (RFC 791); fragments as net/ipv4/ip_output.c cuts them.

Not modelled: the meaning of options, which are carried as bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Final, TypeAlias

from vnetsim.errors import DecodeError
from vnetsim.values import define
from vnetsim.wire import icmp, igmp, tcp, udp  # a cycle with icmp, which quotes packets
from vnetsim.wire.checksum import checksum
from vnetsim.wire.inet import IPv4
from vnetsim.wire.printer import PacketPrinter

ICMP: Final = 1
IGMP: Final = 2
IPIP: Final = 4
TCP: Final = 6
UDP: Final = 17
IPV6: Final = 41
GRE: Final = 47

HEADER_LENGTH: Final = 20
DEFAULT_TTL: Final = 64
_LAYOUT: Final = struct.Struct("!BBHHHBBH4s4s")
_DONT_FRAGMENT: Final = 0x4000
_MORE_FRAGMENTS: Final = 0x2000

Payload: TypeAlias = "icmp.Icmp | igmp.Igmp | udp.Udp | tcp.Tcp | bytes"


@define
class Packet:
    """A packet.  `fragment_offset` and `length` (of header and payload) count bytes.

    `payload` is bytes in a fragment, for a protocol that has no module here, and where it makes no sense.
    """

    source: IPv4
    destination: IPv4
    protocol: int
    payload: Payload
    ttl: int
    identification: int
    dont_fragment: bool
    more_fragments: bool
    fragment_offset: int
    tos: int
    options: bytes
    length: int

    @classmethod
    def build(
        cls, source: IPv4, destination: IPv4, protocol: int, payload: Payload, *, ttl: int = DEFAULT_TTL,
        identification: int = 0, dont_fragment: bool = False, more_fragments: bool = False, fragment_offset: int = 0,
        tos: int = 0, options: bytes = b"",
    ) -> Packet:  # fmt: skip
        """Options are padded to a multiple of four bytes."""
        options = options.ljust(len(options) + 3 & ~3, b"\0")
        length = HEADER_LENGTH + len(options) + (len(payload) if isinstance(payload, bytes) else payload.length)
        return cls(
            source, destination, protocol, payload, ttl, identification, dont_fragment, more_fragments,
            fragment_offset, tos, options, length,
        )  # fmt: skip

    def forwarded(self) -> Packet:
        """The same packet one hop later."""
        return Packet(
            self.source, self.destination, self.protocol, self.payload, self.ttl - 1, self.identification,
            self.dont_fragment, self.more_fragments, self.fragment_offset, self.tos, self.options, self.length,
        )  # fmt: skip

    @property
    def is_fragment(self) -> bool:
        return self.more_fragments or self.fragment_offset > 0

    def fragments(self, mtu: int) -> list[Packet]:
        """This packet in pieces of at most `mtu` bytes, all but the last one with a multiple of 8 bytes of payload.

        A packet that fits is its own only piece.  ValueError if `mtu` is too small for a payload.
        """
        if self.length <= mtu:
            return [self]
        data = self.encode_payload()
        step = (mtu - HEADER_LENGTH - len(self.options)) & ~7
        if step <= 0:
            raise ValueError(f"an MTU of {mtu} leaves no room for a fragment")
        return [self._fragment(data[at : at + step], at, at + step < len(data)) for at in range(0, len(data), step)]

    def _fragment(self, data: bytes, at: int, more: bool) -> Packet:
        return Packet.build(
            self.source, self.destination, self.protocol, data, ttl=self.ttl, identification=self.identification,
            dont_fragment=self.dont_fragment, more_fragments=more or self.more_fragments,
            fragment_offset=self.fragment_offset + at, tos=self.tos, options=self.options,
        )  # fmt: skip

    # --- bytes -------------------------------------------------------------------------------------------------------

    def header(self) -> bytes:
        """The header with its options and checksum."""
        flags = _DONT_FRAGMENT * self.dont_fragment | _MORE_FRAGMENTS * self.more_fragments | self.fragment_offset >> 3
        size = HEADER_LENGTH + len(self.options)
        bare = _LAYOUT.pack(
            0x40 | size >> 2, self.tos, self.length, self.identification, flags, self.ttl, self.protocol, 0,
            self.source.to_bytes(4, "big"), self.destination.to_bytes(4, "big"),
        )  # fmt: skip
        return bare[:10] + checksum(bare + self.options).to_bytes(2, "big") + bare[12:] + self.options

    def encode_payload(self) -> bytes:
        payload = self.payload
        if isinstance(payload, bytes):
            return payload
        if isinstance(payload, (icmp.Icmp, igmp.Igmp)):
            return payload.encode()
        return payload.encode(self.source, self.destination)

    def encode(self) -> bytes:
        return self.header() + self.encode_payload()

    @classmethod
    def decode(cls, data: bytes) -> Packet:
        """Bytes behind the packet are padding; a wrong checksum or a missing end are a DecodeError."""
        packet, size = _decode_header(data)
        if packet.length > len(data):
            raise DecodeError(f"an IPv4 packet of {packet.length} bytes, got {len(data)}")
        if checksum(data[:size]):
            raise DecodeError("wrong IPv4 header checksum")
        packet.payload = bytes(data[size : packet.length])
        if not packet.is_fragment:
            packet.payload = _decode_payload(packet, packet.payload)
        return packet

    @classmethod
    def decode_start(cls, data: bytes) -> Packet:
        """A packet of which only the start is there, as an ICMP error quotes it; `length` is that of the whole.

        No checksum is looked at.
        """
        packet, size = _decode_header(data)
        packet.payload = packet.start_of_payload(bytes(data[size : packet.length]), packet.length - size)
        return packet

    def start_of_payload(self, data: bytes, length: int) -> Payload:
        """`data`, the start of a payload of `length` bytes, as a value where its header is all there."""
        if self.fragment_offset:
            return data
        try:
            if self.protocol == ICMP:
                return icmp.Icmp.decode_start(data, length)
            if self.protocol == TCP:
                return tcp.Tcp.decode_start(data, length)
            if self.protocol == UDP:
                return udp.Udp.decode_start(data)
        except DecodeError:
            pass
        return data

    # --- text --------------------------------------------------------------------------------------------------------

    def describe(self, printer: PacketPrinter) -> str:
        """What follows `IP `: `10.0.0.2 > 10.0.0.1: ICMP echo reply, ...`."""
        text = self._header_text() if printer.verbosity else ""
        source, destination = printer.address(self.source), printer.address(self.destination)
        if self.fragment_offset:
            return f"{text}{source} > {destination}: ip-proto-{self.protocol}"
        payload = self.payload
        if isinstance(payload, bytes):
            payload = self.start_of_payload(payload, len(payload))
        match payload:
            case bytes():
                return text + self._odd_text(printer, payload, source, destination)
            case icmp.Icmp() | igmp.Igmp():
                return f"{text}{source} > {destination}: {payload.describe(printer)}"
        protocol = "tcp" if self.protocol == TCP else "udp"
        ports = f"{source}.{printer.port(payload.source_port, protocol)} > {destination}"
        ports += f".{printer.port(payload.destination_port, protocol)}"
        content = payload.describe(printer, self.source, self.destination, checked=not self.more_fragments)
        return f"{text}{ports}: {content}"

    def _odd_text(self, printer: PacketPrinter, data: bytes, source: str, destination: str) -> str:
        """For a payload that has no module, or that makes no sense to its module."""
        if self.protocol in (TCP, UDP) and len(data) >= 4:
            ports = f"{source}.{data[0] << 8 | data[1]} > {destination}.{data[2] << 8 | data[3]}"
            return f"{ports}:  [|tcp]" if self.protocol == TCP else f"{ports}: truncated-udp {len(data)}"
        addresses = f"{source} > {destination}:"
        if self.protocol == ICMP:
            return f"{addresses} {icmp.TRUNCATED}"
        if self.protocol == IGMP and data:
            return f"{addresses} igmp-{data[0]}"
        if self.protocol in ENCAPSULATED:
            return f"{addresses} {ENCAPSULATED[self.protocol](printer, data)}"
        return f"{addresses}  ip-proto-{self.protocol} {len(data)}"

    def _header_text(self) -> str:
        flags = ", ".join(["+"] * self.more_fragments + ["DF"] * self.dont_fragment) or "none"
        name = _PROTOCOL_NAMES.get(self.protocol, "unknown")
        ttl = f"ttl {self.ttl}, " if self.ttl else ""
        options = f", options ({_option_text(self.options)})" if self.options else ""
        return (
            f"(tos 0x{self.tos:x}{_ECN_NAMES[self.tos & 3]}, {ttl}id {self.identification}, "
            f"offset {self.fragment_offset}, flags [{flags}], proto {name} ({self.protocol}), "
            f"length {self.length}{options})\n    "
        )

    def __str__(self) -> str:
        return f"IP {self.describe(PacketPrinter())}"


_PROTOCOL_NAMES: Final = {
    ICMP: "ICMP", IGMP: "IGMP", IPIP: "IPIP", TCP: "TCP", UDP: "UDP", IPV6: "IPv6", GRE: "GRE",
}  # fmt: skip
#: What is printed of the packets inside others, by protocol; the modules of those fill it in.
ENCAPSULATED: Final[dict[int, Callable[[PacketPrinter, bytes], str]]] = {}
_ECN_NAMES: Final = ("", ",ECT(1)", ",ECT(0)", ",CE")
_OPTION_NAMES: Final = {
    0: "EOL",
    1: "NOP",
    7: "RR",
    68: "timestamp",
    130: "SECURITY",
    131: "LSRR",
    137: "SSRR",
    148: "RA",
}


def _option_text(options: bytes) -> str:
    """The kinds of the options; their contents are not printed."""
    names = []
    at = 0
    while at < len(options):
        kind = options[at]
        names.append(_OPTION_NAMES.get(kind, f"unknown {kind}"))
        if kind == 0:
            break
        size = 1 if kind == 1 else options[at + 1] if at + 1 < len(options) else 0
        if not size:
            break
        at += size
    return ",".join(names)


def _decode_header(data: bytes) -> tuple[Packet, int]:
    """The packet without its payload, and where that begins."""
    if len(data) < HEADER_LENGTH:
        raise DecodeError(f"IPv4 needs {HEADER_LENGTH} bytes, got {len(data)}")
    first, tos, length, identification, flags, ttl, protocol, _, source, destination = _LAYOUT.unpack_from(data)
    size = (first & 15) * 4
    if first >> 4 != 4 or not HEADER_LENGTH <= size <= min(length, len(data)):
        raise DecodeError("not an IPv4 header")
    packet = Packet(
        IPv4.from_bytes(source, "big"), IPv4.from_bytes(destination, "big"), protocol, b"", ttl, identification,
        bool(flags & _DONT_FRAGMENT), bool(flags & _MORE_FRAGMENTS), (flags & 0x1FFF) << 3, tos,
        bytes(data[HEADER_LENGTH:size]), length,
    )  # fmt: skip
    return packet, size


def _decode_payload(packet: Packet, data: bytes) -> Payload:
    try:
        if packet.protocol == ICMP:
            return icmp.Icmp.decode(data)
        if packet.protocol == IGMP:
            return igmp.Igmp.decode(data)
        if packet.protocol == TCP:
            return tcp.Tcp.decode(data, packet.source, packet.destination)
        if packet.protocol == UDP:
            return udp.Udp.decode(data, packet.source, packet.destination)
    except DecodeError:
        pass
    return data
