"""Ethernet II and IEEE 802.3 frames, and the VLAN tags of IEEE 802.1Q.

Packets of all modules here are made once per hop, so they are plain `define` values and not frozen; no code
changes one after it was made.  Each carries its length in bytes, the constructor's last argument, so that a hop
computes nothing; `build` computes it.  `decode` makes a value of bytes or raises DecodeError, `encode` makes the
bytes, `describe` and `str` print as tcpdump 4.99 does.

Frames have neither the padding to 60 bytes nor the frame check sequence: a virtual cable adds none.
Not modelled: LLC other than the spanning tree's.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias

from vnetsim.errors import DecodeError
from vnetsim.values import define
from vnetsim.wire import bpdu, ipv4, ipv6
from vnetsim.wire.arp import Arp
from vnetsim.wire.mac import Mac
from vnetsim.wire.printer import PacketPrinter, dump

IPV4: Final = 0x0800
ARP: Final = 0x0806
VLAN: Final = 0x8100
IPV6: Final = 0x86DD
SLOW: Final = 0x8809
SERVICE_VLAN: Final = 0x88A8

#: Below it, the two bytes behind the addresses are the length of what follows: IEEE 802.3 with LLC.
LOWEST_ETHERTYPE: Final = 1536

HEADER_LENGTH: Final = 14
_LAYOUT: Final = struct.Struct("!6s6sH")
TAG_LENGTH: Final = 4
_TAG: Final = struct.Struct("!HH")
_DROP_ELIGIBLE: Final = 0x1000

_ETHERTYPE_NAMES: Final = {
    0x6558: "TEB",
    IPV4: "IPv4", ARP: "ARP", VLAN: "802.1Q", IPV6: "IPv6", SERVICE_VLAN: "802.1Q-QinQ", 0x8035: "Reverse ARP",
    0x8847: "MPLS unicast", 0x8848: "MPLS multicast", 0x8863: "PPPoE D", 0x8864: "PPPoE S", 0x888E: "EAPOL",
    0x88CC: "LLDP", 0x9000: "Loopback", SLOW: "Slow Protocols",
}  # fmt: skip

if TYPE_CHECKING:
    from vnetsim.wire import garp, lacp

Payload: TypeAlias = "Arp | ipv4.Packet | ipv6.Packet | Tagged | bpdu.Bpdu | lacp.Lacpdu | garp.GarpPdu | bytes"


@define
class Tagged:
    """What follows ethertype 0x8100: a tag, and the ethertype and payload that it is put on."""

    vlan: int
    priority: int
    drop_eligible: bool
    ethertype: int
    payload: Payload
    length: int

    @classmethod
    def build(
        cls, vlan: int, priority: int, ethertype: int, payload: Payload, *, drop_eligible: bool = False
    ) -> Tagged:
        return cls(vlan, priority, drop_eligible, ethertype, payload, TAG_LENGTH + _length(payload))

    @classmethod
    def decode(cls, data: bytes) -> Tagged:
        if len(data) < TAG_LENGTH:
            raise DecodeError(f"a VLAN tag needs {TAG_LENGTH} bytes, got {len(data)}")
        control, ethertype = _TAG.unpack_from(data)
        payload = decode_payload(ethertype, data[TAG_LENGTH:])
        return cls(control & 0xFFF, control >> 13, bool(control & _DROP_ELIGIBLE), ethertype, payload, len(data))

    def encode(self) -> bytes:
        control = self.priority << 13 | _DROP_ELIGIBLE * self.drop_eligible | self.vlan
        payload = encode_payload(self.payload)
        return (_TAG.pack(control, self.ethertype) + payload).ljust(self.length, b"\0")

    def describe(self, printer: PacketPrinter) -> str:
        """`vlan 10, p 0, ethertype IPv4 (0x0800), ...`."""
        eligible = ", DEI" if self.drop_eligible else ""
        before = f"vlan {self.vlan}, p {self.priority}{eligible}, ethertype {ethertype_text(self.ethertype)}, "
        return before + describe_payload(printer, self.ethertype, self.payload)


@define
class Frame:
    """A frame; `length` is that of header and payload.

    `payload` is bytes for an ethertype that has no module here, and where it makes no sense.
    """

    destination: Mac
    source: Mac
    ethertype: int
    payload: Payload
    length: int

    @classmethod
    def build(cls, destination: Mac, source: Mac, ethertype: int, payload: Payload) -> Frame:
        """Of IEEE 802.3 (BPDUs), `ethertype` is the payload's length."""
        return cls(destination, source, ethertype, payload, HEADER_LENGTH + _length(payload))

    @classmethod
    def decode(cls, data: bytes) -> Frame:
        """A payload that makes no sense stays bytes: a switch forwards it all the same."""
        if len(data) < HEADER_LENGTH:
            raise DecodeError(f"Ethernet needs {HEADER_LENGTH} bytes, got {len(data)}")
        destination, source, ethertype = _LAYOUT.unpack_from(data)
        payload = decode_payload(ethertype, data[HEADER_LENGTH:])
        return cls(Mac.from_bytes(destination, "big"), Mac.from_bytes(source, "big"), ethertype, payload, len(data))

    def encode(self) -> bytes:
        """Where `length` is more than the payload needs, zeros fill the rest."""
        header = _LAYOUT.pack(self.destination.to_bytes(6, "big"), self.source.to_bytes(6, "big"), self.ethertype)
        return (header + encode_payload(self.payload)).ljust(self.length, b"\0")

    def describe(self, printer: PacketPrinter) -> str:
        """What tcpdump prints after the time, without the newline; several lines for some.

        Without -e nothing of this header and of tags is printed, unless what they carry is not known.
        """
        ethertype, payload = self.ethertype, self.payload
        while isinstance(payload, Tagged) and not printer.link:
            ethertype, payload = payload.ethertype, payload.payload
        text = describe_payload(printer, ethertype, payload)
        if not printer.link and not isinstance(payload, bytes):
            return text
        kind = f"ethertype {ethertype_text(ethertype)}, length {self.length}"
        if ethertype < LOWEST_ETHERTYPE:
            kind = f"802.3, length {ethertype}"
        elif printer.quiet:
            kind = f"{_ETHERTYPE_NAMES.get(ethertype, f'Unknown Ethertype (0x{ethertype:04x})')}, length {self.length}"
        return f"{printer.station(self.source)} > {printer.station(self.destination)}, {kind}: {text}"

    def __str__(self) -> str:
        return self.describe(PacketPrinter())


def ethertype_text(ethertype: int) -> str:
    """`IPv4 (0x0800)`."""
    return f"{_ETHERTYPE_NAMES.get(ethertype, 'Unknown')} (0x{ethertype:04x})"


def describe_payload(printer: PacketPrinter, ethertype: int, payload: Payload) -> str:
    """What follows the header, or, without -e, all that there is: `IP 10.0.0.2 > 10.0.0.1: ...`."""
    if isinstance(payload, bytes):
        return _describe_bytes(ethertype, payload)
    if isinstance(payload, Tagged):
        return payload.describe(printer)
    text = payload.describe(printer)
    if ethertype < LOWEST_ETHERTYPE:
        return bpdu.LLC_TEXT * printer.link + text
    return text if printer.link else _NAMES.get(ethertype, "") + text


def _describe_bytes(ethertype: int, data: bytes) -> str:
    """A payload that has no module, or that makes no sense to its module."""
    if ethertype in _TRUNCATED:
        return _TRUNCATED[ethertype]
    return dump(data)


#: What tcpdump prints first without -e.
_NAMES: Final = {IPV4: "IP ", ARP: "ARP, ", IPV6: "IP6 "}
_TRUNCATED: Final = {IPV4: " [|ip]", ARP: " [|arp]", IPV6: " [|ip6]", VLAN: " [|vlan]"}


def _length(payload: Payload) -> int:
    return len(payload) if isinstance(payload, bytes) else payload.length


def encode_payload(payload: Payload) -> bytes:
    return payload if isinstance(payload, bytes) else payload.encode()


def decode_payload(ethertype: int, data: bytes) -> Payload:
    """The bytes themselves where they are of no known kind, or make no sense."""
    decode = bpdu.decode if ethertype < LOWEST_ETHERTYPE else _DECODERS.get(ethertype)
    if decode is None:
        return bytes(data)
    try:
        return decode(data)
    except DecodeError:
        if not 0 < ethertype < LOWEST_ETHERTYPE:
            return bytes(data)
    from vnetsim.wire import garp  # noqa: PLC0415 -- only where one speaks GARP

    try:
        return garp.GarpPdu.decode(data)
    except DecodeError:
        return bytes(data)


def _decode_slow(data: bytes) -> Payload:
    """A slow protocol (IEEE 802.3, annex 43B)."""
    from vnetsim.wire.lacp import Lacpdu  # noqa: PLC0415 -- only where one speaks LACP

    return Lacpdu.decode(data)


_DECODERS: Final[dict[int, Callable[[bytes], Payload]]] = {
    IPV4: ipv4.Packet.decode,
    ARP: Arp.decode,
    VLAN: Tagged.decode,
    SERVICE_VLAN: Tagged.decode,
    IPV6: ipv6.Packet.decode,
    SLOW: _decode_slow,
}
