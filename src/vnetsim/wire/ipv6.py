"""Internet Protocol, version 6 (RFC 8200), with its hop-by-hop and fragment headers.

Not modelled: routing and destination options headers, which are carried as payload bytes.
"""

from __future__ import annotations

import struct
from typing import Final, TypeAlias

from vnetsim.errors import DecodeError
from vnetsim.values import define
from vnetsim.wire import icmpv6, tcp, udp  # a cycle with icmpv6, which quotes packets
from vnetsim.wire.inet import IPv6
from vnetsim.wire.printer import PacketPrinter

HOP_BY_HOP: Final = 0
TCP: Final = 6
UDP: Final = 17
FRAGMENT: Final = 44
ICMPV6: Final = 58
NO_NEXT_HEADER: Final = 59

HEADER_LENGTH: Final = 40
FRAGMENT_LENGTH: Final = 8
DEFAULT_HOP_LIMIT: Final = 64
#: What every link carries without fragmenting.
MINIMUM_MTU: Final = 1280
_LAYOUT: Final = struct.Struct("!IHBB16s16s")
_FRAGMENT: Final = struct.Struct("!BBHI")

Payload: TypeAlias = "icmpv6.Icmpv6 | udp.Udp | tcp.Tcp | bytes"


@define
class Fragment:
    """The fragment header: `offset` counts bytes of what was cut."""

    offset: int
    more: bool
    identification: int


@define
class Packet:
    """A packet.  `next_header` is the payload's protocol, behind all headers that have fields of their own here.

    `hop_by_hop` are the options of that header without its first two bytes (6 more than a multiple of 8), empty if
    there is none.  `length` counts everything from the first header on, in bytes.
    """

    source: IPv6
    destination: IPv6
    next_header: int
    payload: Payload
    hop_limit: int
    traffic_class: int
    flow_label: int
    hop_by_hop: bytes
    fragment: Fragment | None
    length: int

    @classmethod
    def build(
        cls, source: IPv6, destination: IPv6, next_header: int, payload: Payload, *, hop_limit: int = DEFAULT_HOP_LIMIT,
        traffic_class: int = 0, flow_label: int = 0, hop_by_hop: bytes = b"", fragment: Fragment | None = None,
    ) -> Packet:  # fmt: skip
        """Hop-by-hop options are padded (Pad1) to their size."""
        if hop_by_hop:
            hop_by_hop = hop_by_hop.ljust((len(hop_by_hop) + 2 + 7 & ~7) - 2, b"\0")
        extensions = (2 + len(hop_by_hop) if hop_by_hop else 0) + FRAGMENT_LENGTH * (fragment is not None)
        length = HEADER_LENGTH + extensions + (len(payload) if isinstance(payload, bytes) else payload.length)
        return cls(
            source, destination, next_header, payload, hop_limit, traffic_class, flow_label, hop_by_hop, fragment,
            length,
        )  # fmt: skip

    def forwarded(self) -> Packet:
        """The same packet one hop later."""
        return Packet(
            self.source, self.destination, self.next_header, self.payload, self.hop_limit - 1, self.traffic_class,
            self.flow_label, self.hop_by_hop, self.fragment, self.length,
        )  # fmt: skip

    def fragments(self, mtu: int, identification: int) -> list[Packet]:
        """This packet in pieces of at most `mtu` bytes; only its source cuts a packet (RFC 8200, 4.5).

        A packet that fits is its own only piece.  ValueError if `mtu` is too small for a payload.
        """
        if self.length <= mtu:
            return [self]
        data = self.encode_payload()
        step = (mtu - (self.length - len(data)) - FRAGMENT_LENGTH) & ~7
        if step <= 0:
            raise ValueError(f"an MTU of {mtu} leaves no room for a fragment")
        return [
            self._piece(data[at : at + step], Fragment(at, at + step < len(data), identification))
            for at in range(0, len(data), step)
        ]

    def _piece(self, data: bytes, fragment: Fragment) -> Packet:
        return Packet.build(
            self.source, self.destination, self.next_header, data, hop_limit=self.hop_limit,
            traffic_class=self.traffic_class, flow_label=self.flow_label, hop_by_hop=self.hop_by_hop, fragment=fragment,
        )  # fmt: skip

    # --- bytes -------------------------------------------------------------------------------------------------------

    def encode_payload(self) -> bytes:
        payload = self.payload
        return payload if isinstance(payload, bytes) else payload.encode(self.source, self.destination)

    def encode(self) -> bytes:
        following = self.next_header
        extensions = b""
        if self.fragment is not None:
            where = self.fragment.offset | self.fragment.more
            extensions = _FRAGMENT.pack(following, 0, where, self.fragment.identification)
            following = FRAGMENT
        if self.hop_by_hop:
            extensions = bytes((following, (len(self.hop_by_hop) + 2 >> 3) - 1)) + self.hop_by_hop + extensions
            following = HOP_BY_HOP
        first = 6 << 28 | self.traffic_class << 20 | self.flow_label
        header = _LAYOUT.pack(
            first,
            self.length - HEADER_LENGTH,
            following,
            self.hop_limit,
            self.source.to_bytes(16, "big"),
            self.destination.to_bytes(16, "big"),
        )
        return header + extensions + self.encode_payload()

    @classmethod
    def decode(cls, data: bytes) -> Packet:
        """Bytes behind the packet are padding; a missing end is a DecodeError."""
        packet, start = _decode_headers(data)
        if packet.length > len(data):
            raise DecodeError(f"an IPv6 packet of {packet.length} bytes, got {len(data)}")
        packet.payload = bytes(data[start : packet.length])
        if packet.fragment is None:
            packet.payload = _decode_payload(packet, packet.payload)
        return packet

    @classmethod
    def decode_start(cls, data: bytes) -> Packet:
        """A packet of which only the start is there, as an ICMPv6 error quotes it; `length` is that of the whole.

        No checksum is looked at.
        """
        packet, start = _decode_headers(data)
        rest = bytes(data[start : packet.length])
        packet.payload = packet.start_of_payload(rest, packet.length - start)
        return packet

    def start_of_payload(self, data: bytes, length: int) -> Payload:
        """`data`, the start of a payload of `length` bytes, as a value where its header is all there."""
        if self.fragment is not None and self.fragment.offset:
            return data
        try:
            if self.next_header == ICMPV6:
                return icmpv6.Icmpv6.decode_start(data, length)
            if self.next_header == UDP:
                return udp.Udp.decode_start(data)
            if self.next_header == TCP:
                return tcp.Tcp.decode_start(data, length)
        except DecodeError:
            pass
        return data

    # --- text --------------------------------------------------------------------------------------------------------

    def describe(self, printer: PacketPrinter) -> str:
        """What follows `IP6 `: `fd60::3 > fd60::2: ICMP6, ...`."""
        text = self._header_text() if printer.verbosity else ""
        payload = self.payload
        if isinstance(payload, bytes):
            payload = self.start_of_payload(payload, len(payload))
        before = self._hop_by_hop_text(printer)
        if self.fragment is not None:
            before += _fragment_text(printer, self.fragment, self.length - self._headers_length())
            if self.fragment.offset:
                return f"{text}{printer.address(self.source)} > {printer.address(self.destination)}: {before}"
            before += " "
        source, destination = printer.address(self.source), printer.address(self.destination)
        addresses = f"{source} > {destination}"
        ports = _ports(printer, payload)
        if ports and not before:
            addresses = f"{source}.{ports[0]} > {destination}.{ports[1]}"
        elif ports:
            before += f"{ports[0]} > {ports[1]}: "
        return f"{text}{addresses}: {before}{self._payload_text(printer, payload)}"

    def _hop_by_hop_text(self, printer: PacketPrinter) -> str:
        if not self.hop_by_hop:
            return ""
        known = printer.verbosity and self.hop_by_hop == icmpv6.ROUTER_ALERT
        return "HBH (rtalert: 0x0000) (padn) " if known else "HBH "

    def _headers_length(self) -> int:
        extensions = 2 + len(self.hop_by_hop) if self.hop_by_hop else 0
        return HEADER_LENGTH + extensions + FRAGMENT_LENGTH * (self.fragment is not None)

    def _payload_text(self, printer: PacketPrinter, payload: Payload) -> str:
        if not isinstance(payload, bytes):
            return payload.describe(printer, self.source, self.destination, checked=self.fragment is None)
        if self.next_header == NO_NEXT_HEADER:
            return "no next header"
        if self.next_header == ICMPV6:
            return " [|icmp6]" if payload else "ICMP6, length 0 (invalid)"
        if self.next_header == TCP:
            return " [|tcp]"
        if self.next_header == UDP:
            return f"truncated-udp {len(payload)}"
        return f" ip-proto-{self.next_header} {len(payload)}"

    def _header_text(self) -> str:
        traffic_class = f"class 0x{self.traffic_class:02x}, " if self.traffic_class else ""
        label = f"flowlabel 0x{self.flow_label:05x}, " if self.flow_label else ""
        following = HOP_BY_HOP if self.hop_by_hop else FRAGMENT if self.fragment else self.next_header
        name = _PROTOCOL_NAMES.get(following, "unknown")
        numbers = f"next-header {name} ({following}) payload length: {self.length - HEADER_LENGTH}"
        return f"({traffic_class}{label}hlim {self.hop_limit}, {numbers}) "


_PROTOCOL_NAMES: Final = {
    HOP_BY_HOP: "Options",
    TCP: "TCP",
    UDP: "UDP",
    FRAGMENT: "Fragment",
    ICMPV6: "ICMPv6",
}


def _ports(printer: PacketPrinter, payload: Payload) -> tuple[str, str] | None:
    if not isinstance(payload, (udp.Udp, tcp.Tcp)):
        return None
    protocol = "tcp" if isinstance(payload, tcp.Tcp) else "udp"
    return printer.port(payload.source_port, protocol), printer.port(payload.destination_port, protocol)


def _fragment_text(printer: PacketPrinter, fragment: Fragment, size: int) -> str:
    identification = f"0x{fragment.identification:08x}:" if printer.verbosity else ""
    return f"frag ({identification}{fragment.offset}|{size})"


def _decode_headers(data: bytes) -> tuple[Packet, int]:
    """The packet without its payload, and where that begins."""
    if len(data) < HEADER_LENGTH:
        raise DecodeError(f"IPv6 needs {HEADER_LENGTH} bytes, got {len(data)}")
    first, length, following, hop_limit, source, destination = _LAYOUT.unpack_from(data)
    if first >> 28 != 6:
        raise DecodeError("not an IPv6 header")
    packet = Packet(
        IPv6.from_bytes(source, "big"), IPv6.from_bytes(destination, "big"), following, b"", hop_limit,
        first >> 20 & 0xFF, first & 0xFFFFF, b"", None, HEADER_LENGTH + length,
    )  # fmt: skip
    at = HEADER_LENGTH
    if packet.next_header == HOP_BY_HOP:
        packet.next_header, packet.hop_by_hop = _decode_hop_by_hop(data[at : packet.length])
        at += 2 + len(packet.hop_by_hop)
    if packet.next_header == FRAGMENT:
        if min(len(data), packet.length) < at + FRAGMENT_LENGTH:
            raise DecodeError("an IPv6 fragment header is cut short")
        packet.next_header, _, where, identification = _FRAGMENT.unpack_from(data, at)
        packet.fragment = Fragment(where & ~7, bool(where & 1), identification)
        at += FRAGMENT_LENGTH
    return packet, at


def _decode_hop_by_hop(data: bytes) -> tuple[int, bytes]:
    """The next header's number, and the options."""
    size = (data[1] + 1) * 8 if len(data) > 1 else 8
    if len(data) < size:
        raise DecodeError("an IPv6 hop-by-hop header is cut short")
    return data[0], bytes(data[2:size])


def _decode_payload(packet: Packet, data: bytes) -> Payload:
    try:
        if packet.next_header == ICMPV6:
            return icmpv6.Icmpv6.decode(data, packet.source, packet.destination)
        if packet.next_header == UDP:
            return udp.Udp.decode(data, packet.source, packet.destination)
        if packet.next_header == TCP:
            return tcp.Tcp.decode(data, packet.source, packet.destination)
    except DecodeError:
        pass
    return data
