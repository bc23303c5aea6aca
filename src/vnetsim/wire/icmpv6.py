"""ICMP for IPv6 (RFC 4443), Neighbor Discovery (RFC 4861) and Multicast Listener Discovery (RFC 2710, RFC 3810).

Not modelled: router renumbering, node information, mobility.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from vnetsim.errors import DecodeError
from vnetsim.values import define
from vnetsim.wire import ipv6  # a cycle of the two modules: an error quotes the packet that caused it
from vnetsim.wire.checksum import checksum, pseudo_header
from vnetsim.wire.inet import IPv6
from vnetsim.wire.mac import Mac
from vnetsim.wire.printer import PacketPrinter

PROTOCOL: Final = 58
HEADER_LENGTH: Final = 8
_LAYOUT: Final = struct.Struct("!BBHI")

# Types (RFC 4443, RFC 4861, RFC 2710, RFC 3810).
DESTINATION_UNREACHABLE: Final = 1
PACKET_TOO_BIG: Final = 2
TIME_EXCEEDED: Final = 3
PARAMETER_PROBLEM: Final = 4
ECHO_REQUEST: Final = 128
ECHO_REPLY: Final = 129
LISTENER_QUERY: Final = 130
LISTENER_REPORT: Final = 131
LISTENER_DONE: Final = 132
ROUTER_SOLICITATION: Final = 133
ROUTER_ADVERTISEMENT: Final = 134
NEIGHBOR_SOLICITATION: Final = 135
NEIGHBOR_ADVERTISEMENT: Final = 136
REDIRECT: Final = 137
LISTENER_REPORT_V2: Final = 143

# Codes of DESTINATION_UNREACHABLE.
NO_ROUTE: Final = 0
ADMINISTRATIVELY_PROHIBITED: Final = 1
BEYOND_SCOPE: Final = 2
ADDRESS_UNREACHABLE: Final = 3
PORT_UNREACHABLE: Final = 4
POLICY_FAILED: Final = 5
REJECT_ROUTE: Final = 6

# Codes of TIME_EXCEEDED.
HOP_LIMIT_EXCEEDED: Final = 0
REASSEMBLY_TIME_EXCEEDED: Final = 1

# Codes of PARAMETER_PROBLEM.
UNKNOWN_NEXT_HEADER: Final = 1

# Flags of a neighbour advertisement.
ROUTER: Final = 1 << 31
SOLICITED: Final = 1 << 30
OVERRIDE: Final = 1 << 29

# Options of Neighbor Discovery.
SOURCE_LINK_LAYER_ADDRESS: Final = 1
TARGET_LINK_LAYER_ADDRESS: Final = 2
REDIRECTED_HEADER: Final = 4
NONCE: Final = 14

# Types of group records.
IS_INCLUDE: Final = 1
IS_EXCLUDE: Final = 2
TO_INCLUDE: Final = 3
TO_EXCLUDE: Final = 4
ALLOW_NEW: Final = 5
BLOCK_OLD: Final = 6

#: The hop-by-hop options that MLD messages travel with: router alert (RFC 2711) and PadN.
ROUTER_ALERT: Final = bytes((5, 2, 0, 0, 1, 0))
#: Neighbor Discovery messages from beyond the link have a lower hop limit, and are ignored.
HOP_LIMIT: Final = 255
#: An error's whole packet has at most the least MTU of all links.
QUOTE: Final = 1280 - 40 - HEADER_LENGTH


@define
class MldGroupRecord:
    """A multicast address record: the `sources` that a host includes or excludes for one group."""

    type: int
    group: IPv6
    sources: tuple[IPv6, ...] = ()

    def encode(self) -> bytes:
        addresses = b"".join(address.to_bytes(16, "big") for address in (self.group, *self.sources))
        return struct.pack("!BBH", self.type, 0, len(self.sources)) + addresses


@define
class Icmpv6:
    """A message.  `rest` is what follows the checksum, `data` what follows that: their meaning depends on `type`."""

    type: int
    code: int
    rest: int
    data: bytes
    length: int

    @classmethod
    def build(cls, type: int, code: int, rest: int, data: bytes) -> Icmpv6:  # noqa: A002 (the RFC's name)
        return cls(type, code, rest, data, HEADER_LENGTH + len(data))

    @classmethod
    def echo_request(cls, identifier: int, sequence: int, data: bytes) -> Icmpv6:
        return cls.build(ECHO_REQUEST, 0, identifier << 16 | sequence & 0xFFFF, data)

    def echo_reply(self) -> Icmpv6:
        """The answer to this echo request."""
        return Icmpv6(ECHO_REPLY, 0, self.rest, self.data, self.length)

    @classmethod
    def neighbor_solicitation(cls, target: IPv6, source_mac: Mac | None, nonce: bytes = b"") -> Icmpv6:
        """Who has `target`?

        Duplicate address detection solicits without `source_mac`, and Linux with a `nonce` of 6 random bytes, by which
        it knows its own question when that comes back (RFC 7527).
        """
        option = bytes((NONCE, 1)) + nonce if nonce else b""
        return cls.build(NEIGHBOR_SOLICITATION, 0, 0, _target(target, SOURCE_LINK_LAYER_ADDRESS, source_mac) + option)

    @classmethod
    def neighbor_advertisement(cls, target: IPv6, target_mac: Mac | None, flags: int) -> Icmpv6:
        """`target` is at `target_mac`; `flags` of ROUTER, SOLICITED and OVERRIDE."""
        return cls.build(NEIGHBOR_ADVERTISEMENT, 0, flags, _target(target, TARGET_LINK_LAYER_ADDRESS, target_mac))

    @classmethod
    def router_solicitation(cls, source_mac: Mac | None) -> Icmpv6:
        """Are there routers?"""
        return cls.build(ROUTER_SOLICITATION, 0, 0, _link_layer_option(SOURCE_LINK_LAYER_ADDRESS, source_mac))

    @classmethod
    def redirect(cls, target: IPv6, target_mac: Mac | None, packet: ipv6.Packet) -> Icmpv6:
        """The destination of `packet` is better reached by `target`, which may be the destination itself."""
        about = target.to_bytes(16, "big") + packet.destination.to_bytes(16, "big")
        about += _link_layer_option(TARGET_LINK_LAYER_ADDRESS, target_mac)
        quote = packet.encode()[: ipv6.MINIMUM_MTU - 40 - HEADER_LENGTH - len(about) - 8]
        quote = quote[: len(quote) & ~7]
        header = bytes((REDIRECTED_HEADER, len(quote) // 8 + 1)) + bytes(6)
        return cls.build(REDIRECT, 0, 0, about + header + quote)

    @classmethod
    def listener_report(cls, records: tuple[MldGroupRecord, ...]) -> Icmpv6:
        """A report of version 2 of Multicast Listener Discovery."""
        return cls.build(LISTENER_REPORT_V2, 0, len(records), b"".join(record.encode() for record in records))

    # --- what is in it -----------------------------------------------------------------------------------------------

    @property
    def identifier(self) -> int:
        return self.rest >> 16

    @property
    def sequence(self) -> int:
        return self.rest & 0xFFFF

    @property
    def mtu(self) -> int:
        """Of the next hop, in PACKET_TOO_BIG."""
        return self.rest

    @property
    def is_error(self) -> bool:
        return self.type < 128

    @property
    def target(self) -> IPv6 | None:
        """The target of a neighbour solicitation or advertisement; None for other messages."""
        neighbour = self.type in (NEIGHBOR_SOLICITATION, NEIGHBOR_ADVERTISEMENT, REDIRECT)
        return IPv6.from_bytes(self.data[:16], "big") if neighbour and len(self.data) >= 16 else None

    def options(self) -> Iterator[tuple[int, bytes]]:
        """Neighbor Discovery's options as (type, body), up to the first that makes no sense."""
        at = _OPTIONS_AT.get(self.type, len(self.data))
        while at + 8 <= len(self.data):
            size = self.data[at + 1] * 8
            if not size or at + size > len(self.data):
                return
            yield self.data[at], self.data[at + 2 : at + size]
            at += size

    @property
    def link_layer_address(self) -> Mac | None:
        """The sender's, or in an advertisement the target's, if there is one."""
        for kind, body in self.options():
            if kind in (SOURCE_LINK_LAYER_ADDRESS, TARGET_LINK_LAYER_ADDRESS):
                return Mac.from_bytes(body[:6], "big")
        return None

    def records(self) -> tuple[MldGroupRecord, ...]:
        """The group records of a version 2 listener report, up to the first that makes no sense."""
        records: list[MldGroupRecord] = []
        at = 0
        while self.type == LISTENER_REPORT_V2 and at + 20 <= len(self.data):
            kind, auxiliary, count = struct.unpack_from("!BBH", self.data, at)
            end = at + 20 + 16 * count
            if end > len(self.data):
                break
            group, *sources = (IPv6.from_bytes(self.data[here : here + 16], "big") for here in range(at + 4, end, 16))
            records.append(MldGroupRecord(kind, group, tuple(sources)))
            at = end + 4 * auxiliary
        return tuple(records)

    def quoted(self) -> ipv6.Packet | None:
        """The packet that an error is about, possibly cut short; None for other messages or if it makes no sense."""
        if not self.is_error:
            return None
        try:
            return ipv6.Packet.decode_start(self.data)
        except DecodeError:
            return None

    # --- bytes -------------------------------------------------------------------------------------------------------

    @classmethod
    def decode(cls, data: bytes, source: IPv6, destination: IPv6) -> Icmpv6:
        """All of `data` is the message; a wrong checksum is a DecodeError."""
        message = cls.decode_start(data, len(data))
        if checksum(pseudo_header(source, destination, PROTOCOL, len(data)) + data):
            raise DecodeError("wrong ICMPv6 checksum")
        return message

    @classmethod
    def decode_start(cls, data: bytes, length: int) -> Icmpv6:
        """A message of `length` bytes of which only the start is there."""
        if len(data) < HEADER_LENGTH:
            raise DecodeError(f"ICMPv6 needs {HEADER_LENGTH} bytes, got {len(data)}")
        kind, code, _, rest = _LAYOUT.unpack_from(data)
        return cls(kind, code, rest, bytes(data[HEADER_LENGTH:]), length)

    def encode(self, source: IPv6, destination: IPv6) -> bytes:
        bare = _LAYOUT.pack(self.type, self.code, 0, self.rest) + self.data
        total = checksum(pseudo_header(source, destination, PROTOCOL, self.length) + bare)
        return bare[:2] + total.to_bytes(2, "big") + bare[4:]

    # --- text --------------------------------------------------------------------------------------------------------

    def describe(self, printer: PacketPrinter, source: IPv6, destination: IPv6, *, checked: bool = True) -> str:
        """What follows the addresses: `ICMP6, echo request, id 7, seq 1, length 64`."""
        from vnetsim.wire import icmpv6_printer  # noqa: PLC0415 (only who prints needs it, and it needs this module)

        text = icmpv6_printer.describe(printer, self, lambda: self.encode(source, destination))
        before = "[icmp6 sum ok] " if checked and printer.verbosity else ""
        return f"{before}ICMP6, {text}"


#: Where the options of Neighbor Discovery's messages begin in `data`.
_OPTIONS_AT: Final = {
    ROUTER_SOLICITATION: 0,
    ROUTER_ADVERTISEMENT: 8,
    NEIGHBOR_SOLICITATION: 16,
    NEIGHBOR_ADVERTISEMENT: 16,
    REDIRECT: 32,
}


def error(type: int, code: int, packet: ipv6.Packet, rest: int = 0) -> Icmpv6:  # noqa: A002 (the RFC's name)
    """What is sent about `packet`, quoting it from its IPv6 header on."""
    return Icmpv6.build(type, code, rest, packet.encode()[:QUOTE])


def _target(target: IPv6, kind: int, mac: Mac | None) -> bytes:
    return target.to_bytes(16, "big") + _link_layer_option(kind, mac)


def _link_layer_option(kind: int, mac: Mac | None) -> bytes:
    return b"" if mac is None else bytes((kind, 1)) + mac.to_bytes(6, "big")
