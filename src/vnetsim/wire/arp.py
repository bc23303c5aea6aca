"""Address Resolution Protocol for IPv4 over Ethernet (RFC 826).

Not modelled: RARP, InARP and other hardware.
"""

from __future__ import annotations

import enum
import struct
from typing import ClassVar, Final

from vnetsim.errors import DecodeError
from vnetsim.values import define
from vnetsim.wire.inet import ANY4, IPv4
from vnetsim.wire.mac import UNKNOWN, Mac
from vnetsim.wire.printer import PacketPrinter

#: Length of an IPv4-over-Ethernet ARP packet, in bytes.
LENGTH: Final = 28

# hardware type, protocol type, hardware length, protocol length
_PREFIX: Final = (1, 0x0800, 6, 4)
_LAYOUT: Final = struct.Struct("!HHBBH6s4s6s4s")


class ArpOperation(enum.IntEnum):
    REQUEST = 1
    REPLY = 2


@define
class Arp:
    """An ARP packet.  `length` is the same for all."""

    operation: ArpOperation
    sender_mac: Mac
    sender_ip: IPv4
    target_mac: Mac
    target_ip: IPv4

    length: ClassVar[int] = LENGTH

    @classmethod
    def request(cls, sender_mac: Mac, sender_ip: IPv4, target_ip: IPv4, target_mac: Mac = UNKNOWN) -> Arp:
        """Who has `target_ip`?  Tell `sender_ip`.  The kernel leaves `target_mac` zero, arping fills it with ones."""
        return cls(ArpOperation.REQUEST, sender_mac, sender_ip, target_mac, target_ip)

    @classmethod
    def reply(cls, sender_mac: Mac, sender_ip: IPv4, target_mac: Mac, target_ip: IPv4) -> Arp:
        """`sender_ip` is at `sender_mac`, sent to `target_mac`."""
        return cls(ArpOperation.REPLY, sender_mac, sender_ip, target_mac, target_ip)

    def answer(self, mac: Mac) -> Arp:
        """The reply to this request: `target_ip` is at `mac`."""
        return Arp(ArpOperation.REPLY, mac, self.target_ip, self.sender_mac, self.sender_ip)

    @classmethod
    def decode(cls, data: bytes) -> Arp:
        """Bytes behind the packet are padding."""
        if len(data) < LENGTH:
            raise DecodeError(f"ARP needs {LENGTH} bytes, got {len(data)}")
        *prefix, operation, sender_mac, sender_ip, target_mac, target_ip = _LAYOUT.unpack_from(data)
        if tuple(prefix) != _PREFIX:
            raise DecodeError("not IPv4 over Ethernet")
        if operation not in (ArpOperation.REQUEST, ArpOperation.REPLY):
            raise DecodeError(f"unknown ARP operation {operation}")
        return cls(ArpOperation(operation), _mac(sender_mac), _ip(sender_ip), _mac(target_mac), _ip(target_ip))

    def encode(self) -> bytes:
        return _LAYOUT.pack(
            *_PREFIX,
            self.operation,
            self.sender_mac.to_bytes(6, "big"),
            self.sender_ip.to_bytes(4, "big"),
            self.target_mac.to_bytes(6, "big"),
            self.target_ip.to_bytes(4, "big"),
        )

    def describe(self, printer: PacketPrinter) -> str:
        """What follows `ARP, `."""
        ethernet = "Ethernet (len 6), IPv4 (len 4), " if printer.verbosity else ""
        return f"{ethernet}{self._text(printer)}, length {LENGTH}"

    def _text(self, printer: PacketPrinter) -> str:
        sender = printer.address(self.sender_ip)
        if self.operation is ArpOperation.REPLY:
            return f"Reply {sender} is-at {printer.station(self.sender_mac)}"
        asked = f" ({printer.station(self.target_mac)})" if self.target_mac != UNKNOWN else ""
        return f"Request who-has {printer.address(self.target_ip)}{asked} tell {sender}"

    def __str__(self) -> str:
        return f"ARP, {self.describe(PacketPrinter())}"

    @property
    def is_probe(self) -> bool:
        """An ARP Probe: a request without a sender address (RFC 5227)."""
        return self.sender_ip == ANY4


def _mac(octets: bytes) -> Mac:
    return Mac.from_bytes(octets, "big")


def _ip(octets: bytes) -> IPv4:
    return IPv4.from_bytes(octets, "big")
