"""Generic Routing Encapsulation (RFC 2784, with the key and the sequence number of RFC 2890).

Not modelled: versions other than 0, source routes (RFC 1701).
"""

from __future__ import annotations

import struct
from typing import Final

from vnetsim.errors import DecodeError
from vnetsim.values import define
from vnetsim.wire import ipv6
from vnetsim.wire.checksum import checksum
from vnetsim.wire.ethernet import IPV4, IPV6, Frame, describe_payload, ethertype_text
from vnetsim.wire.ipv4 import IPV6 as IPV6_IN_IPV4
from vnetsim.wire.ipv4 import Packet
from vnetsim.wire.printer import PacketPrinter, dump

PROTOCOL: Final = 47
HEADER_LENGTH: Final = 4
#: Transparent Ethernet bridging: an Ethernet frame is inside.
BRIDGED: Final = 0x6558

_CHECKSUM: Final = 0x8000
_KEY: Final = 0x2000
_SEQUENCE: Final = 0x1000
_SUPPORTED: Final = _CHECKSUM | _KEY | _SEQUENCE
_LAYOUT: Final = struct.Struct("!HH")
_FLAG_NAMES: Final = {_CHECKSUM: "checksum present", _KEY: "key present", _SEQUENCE: "sequence# present"}


@define
class Gre:
    """`protocol` is the ethertype of `payload`; without a key or a number those are None."""

    protocol: int
    payload: bytes
    key: int | None = None
    sequence: int | None = None
    checksummed: bool = False

    @classmethod
    def decode(cls, data: bytes) -> Gre:
        """A wrong checksum, and what is not modelled, are a DecodeError."""
        if len(data) < HEADER_LENGTH:
            raise DecodeError(f"GRE needs {HEADER_LENGTH} bytes, got {len(data)}")
        flags, protocol = _LAYOUT.unpack_from(data)
        if flags & ~_SUPPORTED:
            raise DecodeError(f"GRE with flags 0x{flags:04x}")
        if flags & _CHECKSUM and checksum(data):
            raise DecodeError("wrong GRE checksum")
        at = HEADER_LENGTH + 4 * bool(flags & _CHECKSUM)
        fields: list[int | None] = []
        for flag in (_KEY, _SEQUENCE):
            fields.append(int.from_bytes(data[at : at + 4], "big") if flags & flag else None)
            at += 4 * bool(flags & flag)
        if at > len(data):
            raise DecodeError(f"GRE needs {at} bytes, got {len(data)}")
        key, sequence = fields
        return cls(protocol, data[at:], key, sequence, bool(flags & _CHECKSUM))

    def encode(self) -> bytes:
        flags = _CHECKSUM * self.checksummed | _KEY * (self.key is not None) | _SEQUENCE * (self.sequence is not None)
        fields = b"".join(value.to_bytes(4, "big") for value in (self.key, self.sequence) if value is not None)
        head = _LAYOUT.pack(flags, self.protocol)
        if not self.checksummed:
            return head + fields + self.payload
        total = checksum(head + bytes(4) + fields + self.payload)
        return head + total.to_bytes(2, "big") + bytes(2) + fields + self.payload

    def describe(self, printer: PacketPrinter) -> str:
        """`GREv0, key=0x2a, proto IPv4 (0x0800), length 92: IP ...` (print-gre.c)."""
        data = self.encode()
        text = "GREv0"
        if printer.verbosity:
            flags = int.from_bytes(data[:2], "big")
            names = ", ".join(name for flag, name in _FLAG_NAMES.items() if flags & flag) or "none"
            text += f", Flags [{names}]"
            if self.checksummed:
                text += f", sum 0x{int.from_bytes(data[4:6], 'big'):x}, off 0x0"
        if self.key is not None:
            text += f", key=0x{self.key:x}"
        if self.sequence is not None:
            text += f", seq {self.sequence}"
        if printer.link:
            text += f", proto {ethertype_text(self.protocol)}"
        between = "\n\t" if printer.verbosity else ": "
        return f"{text}, length {len(data)}{between}{self._payload_text(printer)}"

    def _payload_text(self, printer: PacketPrinter) -> str:
        if self.protocol == BRIDGED:
            return describe_frame(self.payload, printer)
        if self.protocol in (IPV4, IPV6):
            return describe_inner(self.protocol, self.payload, printer)
        return f"gre-proto-0x{self.protocol:x}"


def describe_frame(data: bytes, printer: PacketPrinter) -> str:
    try:
        return Frame.decode(data).describe(printer)
    except DecodeError:
        return dump(data)


def describe_inner(ethertype: int, data: bytes, printer: PacketPrinter) -> str:
    """A packet inside another one, with `IP ` before it where -e does not print the ethertype."""
    from_bytes = Packet.decode if ethertype == IPV4 else ipv6.Packet.decode
    try:
        return describe_payload(printer, ethertype, from_bytes(data))
    except DecodeError:
        return describe_payload(printer, ethertype, data)


def describe_encapsulated(protocol: int, printer: PacketPrinter, data: bytes) -> str:
    """What tcpdump prints of the payload of a packet of IP protocol 4, 41 or 47."""
    if protocol != PROTOCOL:
        return describe_inner(IPV6 if protocol == IPV6_IN_IPV4 else IPV4, data, printer)
    try:
        return Gre.decode(data).describe(printer)
    except DecodeError:
        return f" [|gre] {len(data)}"
