"""Linux cooked captures, version 2: the header that libpcap makes up for what `tcpdump -i any` sees.

Follows https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html and print-sll.c.
"""

from __future__ import annotations

import struct
from typing import Final

from vnetsim.errors import DecodeError
from vnetsim.values import frozen
from vnetsim.wire.ethernet import (
    LOWEST_ETHERTYPE,
    Frame,
    Payload,
    decode_payload,
    describe_payload,
    encode_payload,
    ethertype_text,
)
from vnetsim.wire.mac import Mac
from vnetsim.wire.printer import PacketPrinter

HEADER_LENGTH: Final = 20
_LAYOUT: Final = struct.Struct("!HHIHBB8s")
#: ARPHRD_ETHER and ARPHRD_LOOPBACK.
_ETHER: Final = 1
_LOOPBACK: Final = 772
#: ETH_P_802_2: what IEEE 802.3 frames with LLC are to the kernel.
_LLC: Final = 4

# How a packet came (pkt_type of struct sk_buff), and its name in tcpdump.
HOST: Final = 0
BROADCAST: Final = 1
MULTICAST: Final = 2
OTHER_HOST: Final = 3
OUTGOING: Final = 4
_NAMES: Final = {HOST: "In", BROADCAST: "B", MULTICAST: "M", OTHER_HOST: "P", OUTGOING: "Out"}


#: Headers of version 1 have so many bytes.
_VERSION1_LENGTH: Final = 16


def describe_seen(frame: Frame, link_type: str, printer: PacketPrinter, *, outgoing: bool) -> str:
    """A frame as tcpdump prints it on a device of that type: of tunnels, whose frames have no Ethernet header.

    libpcap makes cooked frames (version 1) of what gre devices carry, and leaves packets in ipip and sit as they are.
    """
    if link_type in ("ether", "loopback"):
        return frame.describe(printer)
    text = describe_payload(printer, frame.ethertype, frame.payload)
    if not printer.link:
        return text
    if link_type != "gre":
        return f"ip: {text}"
    way, length = _NAMES[OUTGOING if outgoing else HOST], frame.length - 14 + _VERSION1_LENGTH
    return f"{way:>3} ethertype {ethertype_text(frame.ethertype)}, length {length}: {text}"


@frozen
class Bare:
    """What is seen on a device without Ethernet headers."""

    frame: Frame
    link_type: str
    outgoing: bool

    @property
    def payload(self) -> Payload:
        return self.frame.payload

    def encode(self) -> bytes:
        """The packet, with nothing before it."""
        return encode_payload(self.frame.payload)

    def describe(self, printer: PacketPrinter) -> str:
        return describe_seen(self.frame, self.link_type, printer, outgoing=self.outgoing)


@frozen
class Cooked:
    """A packet seen on the device with `index`; `station` is who sent it, `length` that of header and payload."""

    ethertype: int
    index: int
    kind: int
    station: Mac
    payload: Payload
    length: int
    hardware: int = _ETHER

    @classmethod
    def of(cls, frame: Frame, index: int, kind: int, *, loopback: bool = False) -> Cooked:
        """What becomes of an Ethernet frame."""
        ethertype = frame.ethertype if frame.ethertype >= LOWEST_ETHERTYPE else _LLC
        length = frame.length - 14 + HEADER_LENGTH
        return cls(ethertype, index, kind, frame.source, frame.payload, length, _LOOPBACK if loopback else _ETHER)

    @classmethod
    def decode(cls, data: bytes) -> Cooked:
        if len(data) < HEADER_LENGTH:
            raise DecodeError(f"a cooked capture needs {HEADER_LENGTH} bytes, got {len(data)}")
        ethertype, _, index, hardware, kind, _, station = _LAYOUT.unpack_from(data)
        # Behind 802.2 there is what an Ethernet frame with a length has.
        payload = decode_payload(0 if ethertype == _LLC else ethertype, data[HEADER_LENGTH:])
        return cls(ethertype, index, kind, Mac.from_bytes(station[:6], "big"), payload, len(data), hardware)

    def encode(self) -> bytes:
        station = self.station.to_bytes(6, "big") + b"\0\0"
        header = _LAYOUT.pack(self.ethertype, 0, self.index, self.hardware, self.kind, 6, station)
        return header + encode_payload(self.payload)

    def describe(self, printer: PacketPrinter, name: str) -> str:
        """`eth0  In  IP 10.0.0.2 > 10.0.0.1: ...`; `name` is the device's."""
        text = f"{name:<5} {_NAMES.get(self.kind, '?'):<3} "
        if printer.link:
            text += f"ifindex {self.index} {printer.station(self.station)} "
            if not printer.quiet:
                text += f"ethertype {ethertype_text(self.ethertype)}, length {self.length}: "
        ethertype = 0 if self.ethertype == _LLC else self.ethertype
        return text + describe_payload(printer, ethertype, self.payload)
