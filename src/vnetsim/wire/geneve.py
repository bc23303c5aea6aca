"""Generic Network Virtualization Encapsulation: Ethernet frames in UDP (RFC 8926).

Not modelled: options, and other payloads than Ethernet frames.
"""

from __future__ import annotations

import struct
from typing import Final

from vnetsim.errors import DecodeError
from vnetsim.values import define
from vnetsim.wire import ethernet
from vnetsim.wire.printer import PacketPrinter

PORT: Final = 6081
HEADER_LENGTH: Final = 8
#: Transparent Ethernet bridging.
BRIDGED: Final = 0x6558
#: A packet becomes longer by that, by the version of IP below.
OVERHEAD: Final = {4: 14 + 20 + 8 + HEADER_LENGTH, 6: 14 + 40 + 8 + HEADER_LENGTH}
_LAYOUT: Final = struct.Struct("!BBH3sx")


@define
class Geneve:
    """A frame in the tunnel of network `vni`."""

    vni: int
    frame: ethernet.Frame
    length: int

    @classmethod
    def build(cls, vni: int, frame: ethernet.Frame) -> Geneve:
        return cls(vni, frame, HEADER_LENGTH + frame.length)

    @classmethod
    def decode(cls, data: bytes) -> Geneve:
        """What is not modelled is a DecodeError."""
        if len(data) < HEADER_LENGTH:
            raise DecodeError(f"Geneve needs {HEADER_LENGTH} bytes, got {len(data)}")
        version_and_options, _, protocol, vni = _LAYOUT.unpack_from(data)
        if version_and_options or protocol != BRIDGED:
            raise DecodeError("Geneve with options or without an Ethernet frame")
        return cls(int.from_bytes(vni, "big"), ethernet.Frame.decode(data[HEADER_LENGTH:]), len(data))

    def encode(self) -> bytes:
        return _LAYOUT.pack(0, 0, BRIDGED, self.vni.to_bytes(3, "big")) + self.frame.encode()

    def describe(self, printer: PacketPrinter) -> str:
        """What follows the ports (print-geneve.c)."""
        text = f"Geneve, Flags [none], vni 0x{self.vni:x}"
        if printer.link:
            text += f", proto TEB (0x{BRIDGED:04x})"
        between = "\n\t" if printer.verbosity else ": "
        return f"{text}{between}{self.frame.describe(printer)}"
