"""Internet Control Message Protocol (RFC 792, RFC 950, RFC 1191, RFC 1812), as net/ipv4/icmp.c sends it.

Not modelled: the extensions of RFC 4884, and what tcpdump prints of router advertisements and time stamp replies.
"""

from __future__ import annotations

import struct
from typing import Final

from vnetsim.errors import DecodeError
from vnetsim.values import define
from vnetsim.wire import ipv4  # a cycle of the two modules: an error quotes the packet that caused it
from vnetsim.wire.checksum import checksum
from vnetsim.wire.inet import IPv4
from vnetsim.wire.printer import PacketPrinter

PROTOCOL: Final = 1
HEADER_LENGTH: Final = 8
_LAYOUT: Final = struct.Struct("!BBHI")

# Types (RFC 792).
ECHO_REPLY: Final = 0
DESTINATION_UNREACHABLE: Final = 3
SOURCE_QUENCH: Final = 4
REDIRECT: Final = 5
ECHO_REQUEST: Final = 8
ROUTER_ADVERTISEMENT: Final = 9
ROUTER_SOLICITATION: Final = 10
TIME_EXCEEDED: Final = 11
PARAMETER_PROBLEM: Final = 12
TIMESTAMP: Final = 13
TIMESTAMP_REPLY: Final = 14
ADDRESS_MASK_REQUEST: Final = 17
ADDRESS_MASK_REPLY: Final = 18

# Codes of DESTINATION_UNREACHABLE (RFC 792, RFC 1122, RFC 1812).
NET_UNREACHABLE: Final = 0
HOST_UNREACHABLE: Final = 1
PROTOCOL_UNREACHABLE: Final = 2
PORT_UNREACHABLE: Final = 3
FRAGMENTATION_NEEDED: Final = 4
SOURCE_ROUTE_FAILED: Final = 5
NET_UNKNOWN: Final = 6
HOST_UNKNOWN: Final = 7
HOST_ISOLATED: Final = 8
NET_PROHIBITED: Final = 9
HOST_PROHIBITED: Final = 10
NET_UNREACHABLE_FOR_TOS: Final = 11
HOST_UNREACHABLE_FOR_TOS: Final = 12
COMMUNICATION_PROHIBITED: Final = 13
HOST_PRECEDENCE_VIOLATION: Final = 14
PRECEDENCE_CUTOFF: Final = 15

# Codes of REDIRECT.
REDIRECT_NET: Final = 0
REDIRECT_HOST: Final = 1
REDIRECT_NET_FOR_TOS: Final = 2
REDIRECT_HOST_FOR_TOS: Final = 3

# Codes of TIME_EXCEEDED.
TTL_EXCEEDED: Final = 0
REASSEMBLY_TIME_EXCEEDED: Final = 1

#: Types that report about another packet, and so are never answered with an error.
ERRORS: Final = frozenset({DESTINATION_UNREACHABLE, SOURCE_QUENCH, REDIRECT, TIME_EXCEEDED, PARAMETER_PROBLEM})

#: Linux quotes so much that the whole packet has at most 576 bytes, which every host has to accept (RFC 1812, 4.3.2.3).
QUOTE: Final = 576 - 20 - HEADER_LENGTH


@define
class Icmp:
    """An ICMP message.  `rest` is what follows the checksum: its meaning depends on `type`."""

    type: int
    code: int
    rest: int
    data: bytes
    length: int

    @classmethod
    def build(cls, type: int, code: int, rest: int, data: bytes) -> Icmp:  # noqa: A002 (the RFC's name)
        return cls(type, code, rest, data, HEADER_LENGTH + len(data))

    @classmethod
    def echo_request(cls, identifier: int, sequence: int, data: bytes) -> Icmp:
        return cls(ECHO_REQUEST, 0, identifier << 16 | sequence & 0xFFFF, data, HEADER_LENGTH + len(data))

    def echo_reply(self) -> Icmp:
        """The answer to this echo request."""
        return Icmp(ECHO_REPLY, 0, self.rest, self.data, self.length)

    @property
    def identifier(self) -> int:
        return self.rest >> 16

    @property
    def sequence(self) -> int:
        return self.rest & 0xFFFF

    @property
    def mtu(self) -> int:
        """Of the next hop, in FRAGMENTATION_NEEDED (RFC 1191)."""
        return self.rest & 0xFFFF

    @property
    def gateway(self) -> IPv4:
        """The better router, in REDIRECT."""
        return IPv4(self.rest)

    @property
    def is_error(self) -> bool:
        return self.type in ERRORS

    def quoted(self) -> ipv4.Packet | None:
        """The packet that an error is about, possibly cut short; None for other messages or if it makes no sense."""
        if self.type not in ERRORS:
            return None
        try:
            return ipv4.Packet.decode_start(self.data)
        except DecodeError:
            return None

    # --- bytes -------------------------------------------------------------------------------------------------------

    @classmethod
    def decode(cls, data: bytes) -> Icmp:
        """All of `data` is the message; a wrong checksum is a DecodeError."""
        message = cls.decode_start(data, len(data))
        if checksum(data):
            raise DecodeError("wrong ICMP checksum")
        return message

    @classmethod
    def decode_start(cls, data: bytes, length: int) -> Icmp:
        """A message of `length` bytes of which only the start is there."""
        if len(data) < HEADER_LENGTH:
            raise DecodeError(f"ICMP needs {HEADER_LENGTH} bytes, got {len(data)}")
        kind, code, _, rest = _LAYOUT.unpack_from(data)
        return cls(kind, code, rest, bytes(data[HEADER_LENGTH:]), length)

    def encode(self) -> bytes:
        total = checksum(_LAYOUT.pack(self.type, self.code, 0, self.rest) + self.data)
        return _LAYOUT.pack(self.type, self.code, total, self.rest) + self.data

    # --- text --------------------------------------------------------------------------------------------------------

    def describe(self, printer: PacketPrinter) -> str:
        """What follows the addresses: `ICMP echo reply, id 19817, seq 1, length 64`."""
        quoted = self.quoted()
        if quoted is None and self.type in (DESTINATION_UNREACHABLE, REDIRECT, TIME_EXCEEDED):
            return TRUNCATED
        text = f"ICMP {self._text(printer, quoted)}, length {self.length}"
        if quoted is None or not printer.verbosity:
            return text
        return f"{text}\n\t{'' if printer.link else 'IP '}{quoted.describe(printer)}"

    def _text(self, printer: PacketPrinter, quoted: ipv4.Packet | None) -> str:
        if quoted is not None and self.type == DESTINATION_UNREACHABLE:
            return self._unreachable_text(printer, quoted)
        if quoted is not None and self.type == REDIRECT:
            return self._redirect_text(printer, quoted)
        if self.type in _ECHO_TEXT:
            return f"{_ECHO_TEXT[self.type]}, id {self.identifier}, seq {self.sequence}"
        if self.type == TIME_EXCEEDED:
            return _TIME_TEXT.get(self.code, f"time exceeded-#{self.code}")
        if self.type == PARAMETER_PROBLEM:
            return f"parameter problem - {f'code {self.code}' if self.code else f'octet {self.rest >> 24}'}"
        if self.type == TIMESTAMP:
            return f"time stamp query id {self.identifier} seq {self.sequence}"
        if self.type == ADDRESS_MASK_REPLY:
            return f"address mask is 0x{self.data[:4].hex()}"
        return _TYPE_NAMES.get(self.type, f"type-#{self.type}")

    def _unreachable_text(self, printer: PacketPrinter, quoted: ipv4.Packet) -> str:
        host = printer.address(quoted.destination)
        if self.code == PORT_UNREACHABLE:
            return f"{host} {_port_text(printer, quoted)} unreachable"
        if self.code == PROTOCOL_UNREACHABLE:
            return f"{host} protocol {quoted.protocol} unreachable"
        if self.code == FRAGMENTATION_NEEDED and self.mtu:
            return f"{host} unreachable - need to frag (mtu {self.mtu})"
        before, after = _UNREACHABLE_TEXT.get(self.code, ("", f" - #{self.code}"))
        return f"{before}{host} unreachable{after}"

    def _redirect_text(self, printer: PacketPrinter, quoted: ipv4.Packet) -> str:
        prefixes = _REDIRECT_TEXT.get(self.code, (f"redirect-#{self.code}", ""))
        return f"{prefixes[0]} {printer.address(quoted.destination)} to {prefixes[1]}{printer.address(self.gateway)}"


#: What tcpdump prints of a truncated message.
TRUNCATED: Final = " [|icmp]"
_UNREACHABLE_TEXT: Final = {
    NET_UNREACHABLE: ("net ", ""),
    HOST_UNREACHABLE: ("host ", ""),
    FRAGMENTATION_NEEDED: ("", " - need to frag"),
    SOURCE_ROUTE_FAILED: ("", " - source route failed"),
    NET_UNKNOWN: ("net ", " - unknown"),
    HOST_UNKNOWN: ("host ", " - unknown"),
    HOST_ISOLATED: ("", " - source host isolated"),
    NET_PROHIBITED: ("net ", " - admin prohibited"),
    HOST_PROHIBITED: ("host ", " - admin prohibited"),
    NET_UNREACHABLE_FOR_TOS: ("net ", " - tos prohibited"),
    HOST_UNREACHABLE_FOR_TOS: ("host ", " - tos prohibited"),
    COMMUNICATION_PROHIBITED: ("host ", " - admin prohibited filter"),
    HOST_PRECEDENCE_VIOLATION: ("host ", " - host precedence violation"),
    PRECEDENCE_CUTOFF: ("host ", " - precedence cutoff"),
}
_REDIRECT_TEXT: Final = {
    REDIRECT_NET: ("redirect", "net "),
    REDIRECT_HOST: ("redirect", "host "),
    REDIRECT_NET_FOR_TOS: ("redirect-tos", "net "),
    REDIRECT_HOST_FOR_TOS: ("redirect-tos", "host "),
}
_ECHO_TEXT: Final = {ECHO_REPLY: "echo reply", ECHO_REQUEST: "echo request"}
_TIME_TEXT: Final = {
    TTL_EXCEEDED: "time exceeded in-transit",
    REASSEMBLY_TIME_EXCEEDED: "ip reassembly time exceeded",
}
_TYPE_NAMES: Final = {
    SOURCE_QUENCH: "source quench",
    ROUTER_ADVERTISEMENT: "router advertisement",
    ROUTER_SOLICITATION: "router solicitation",
    TIMESTAMP_REPLY: "time stamp reply",
    15: "information request",
    16: "information reply",
    ADDRESS_MASK_REQUEST: "address mask request",
}


def _port_text(printer: PacketPrinter, quoted: ipv4.Packet) -> str:
    """tcpdump reads the destination port where UDP and TCP have it, whatever the protocol."""
    port = int.from_bytes(quoted.encode_payload()[2:4], "big")
    if quoted.protocol not in _PORT_NAMES:
        return f"protocol {quoted.protocol} port {port}"
    protocol = _PORT_NAMES[quoted.protocol]
    return f"{protocol} port {printer.port(port, protocol)}"


_PORT_NAMES: Final = {6: "tcp", 17: "udp"}


def error(type: int, code: int, packet: ipv4.Packet, rest: int = 0) -> Icmp:  # noqa: A002 (the RFC's name)
    """What is sent about `packet`, quoting it from its IP header on."""
    return Icmp.build(type, code, rest, packet.encode()[:QUOTE])
