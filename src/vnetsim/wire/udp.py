"""User Datagram Protocol (RFC 768).

Not modelled: what tcpdump prints of the content of a datagram, apart from DNS, VXLAN and Geneve.
"""

from __future__ import annotations

import struct
from typing import Final

from vnetsim.errors import DecodeError
from vnetsim.values import define
from vnetsim.wire import applications
from vnetsim.wire.checksum import checksum, ones_complement_sum, pseudo_header
from vnetsim.wire.inet import Address
from vnetsim.wire.printer import PacketPrinter

PROTOCOL: Final = 17
HEADER_LENGTH: Final = 8
_LAYOUT: Final = struct.Struct("!HHHH")


@define
class Udp:
    """A datagram.  `length` counts the header and all data, also where `data` was cut short (see `decode_start`)."""

    source_port: int
    destination_port: int
    data: bytes
    length: int

    @classmethod
    def build(cls, source_port: int, destination_port: int, data: bytes) -> Udp:
        return cls(source_port, destination_port, data, HEADER_LENGTH + len(data))

    @classmethod
    def decode(cls, data: bytes, source: Address, destination: Address) -> Udp:
        """Bytes behind the datagram are ignored; a wrong checksum is a DecodeError, none at all is not."""
        datagram = cls.decode_start(data)
        if datagram.length > len(data):
            raise DecodeError(f"a UDP datagram of {datagram.length} bytes, got {len(data)}")
        covered = data[: datagram.length]
        absent = data[6:8] == b"\0\0"
        if not absent and checksum(pseudo_header(source, destination, PROTOCOL, datagram.length) + covered):
            raise DecodeError("wrong UDP checksum")
        return datagram

    @classmethod
    def decode_start(cls, data: bytes) -> Udp:
        """A datagram of which only the start is there, as quoted by an ICMP error or in a first fragment."""
        if len(data) < HEADER_LENGTH:
            raise DecodeError(f"UDP needs {HEADER_LENGTH} bytes, got {len(data)}")
        source_port, destination_port, length, total = _LAYOUT.unpack_from(data)
        if length < HEADER_LENGTH:
            raise DecodeError(f"a UDP datagram of {length} bytes")
        return (cls if total else UncheckedUdp)(
            source_port, destination_port, bytes(data[HEADER_LENGTH:length]), length
        )

    def encode(self, source: Address, destination: Address) -> bytes:
        """With the checksum over what is there; where it is zero, ones are sent instead (zero means none)."""
        header = _LAYOUT.pack(self.source_port, self.destination_port, self.length, 0)
        total = checksum(pseudo_header(source, destination, PROTOCOL, self.length) + header + self.data) or 0xFFFF
        return header[:6] + total.to_bytes(2, "big") + self.data

    def describe(self, printer: PacketPrinter, source: Address, destination: Address, *, checked: bool = True) -> str:
        """What follows the addresses: `UDP, length 32`, or what is in it for the ports that are modelled.

        `checked` unless only a fragment is there.
        """
        if printer.quiet:
            return f"UDP, length {self.length - HEADER_LENGTH}"
        enough = printer.verbosity > (source.version == 4)
        if not enough or not checked or HEADER_LENGTH + len(self.data) < self.length:
            return self._content(printer)
        right = self.encode(source, destination)[6:8].hex()
        if not printer.offload:
            return f"[udp sum ok] {self._content(printer)}"
        partial = ones_complement_sum(pseudo_header(source, destination, PROTOCOL, self.length))
        return f"[bad udp cksum 0x{partial:04x} -> 0x{right}!] {self._content(printer)}"

    def _content(self, printer: PacketPrinter) -> str:
        text = applications.describe_datagram(printer, self.source_port, self.destination_port, self.data)
        return text or f"UDP, length {self.length - HEADER_LENGTH}"


class UncheckedUdp(Udp):
    """A datagram over IPv4 without a checksum, as tunnels send it."""

    __slots__ = ()

    def encode(self, source: Address, destination: Address) -> bytes:
        return super().encode(source, destination)[:6] + bytes(2) + self.data

    def describe(self, printer: PacketPrinter, source: Address, destination: Address, *, checked: bool = True) -> str:
        if printer.quiet or printer.verbosity <= (source.version == 4) or not checked:
            return super().describe(printer, source, destination, checked=checked)
        return f"[no cksum] {self._content(printer)}"
