"""Virtual eXtensible LAN: Ethernet frames in UDP (RFC 7348).

Not modelled: group policy and generic protocol extensions.
"""

from __future__ import annotations

import struct
from typing import Final

from vnetsim.errors import DecodeError
from vnetsim.values import define
from vnetsim.wire import ethernet
from vnetsim.wire.printer import PacketPrinter

PORT: Final = 4789
#: The default of Linux; tcpdump takes it for OTV, which has the same header.
LINUX_PORT: Final = 8472
HEADER_LENGTH: Final = 8
#: A packet becomes longer by that, by the version of IP below.
OVERHEAD: Final = {4: 14 + 20 + 8 + HEADER_LENGTH, 6: 14 + 40 + 8 + HEADER_LENGTH}
#: The flag of a valid network identifier.
VALID: Final = 0x08
_LAYOUT: Final = struct.Struct("!B3x3sx")


@define
class Vxlan:
    """A frame in the tunnel of network `vni`."""

    vni: int
    frame: ethernet.Frame
    length: int

    @classmethod
    def build(cls, vni: int, frame: ethernet.Frame) -> Vxlan:
        return cls(vni, frame, HEADER_LENGTH + frame.length)

    @classmethod
    def decode(cls, data: bytes) -> Vxlan:
        """Reserved bits are ignored; a network identifier that is not valid is a DecodeError."""
        if len(data) < HEADER_LENGTH:
            raise DecodeError(f"VXLAN needs {HEADER_LENGTH} bytes, got {len(data)}")
        flags, vni = _LAYOUT.unpack_from(data)
        if not flags & VALID:
            raise DecodeError("VXLAN without a network identifier")
        return cls(int.from_bytes(vni, "big"), ethernet.Frame.decode(data[HEADER_LENGTH:]), len(data))

    def encode(self) -> bytes:
        return _LAYOUT.pack(VALID, self.vni.to_bytes(3, "big")) + self.frame.encode()

    def describe(self, printer: PacketPrinter) -> str:
        """What follows the ports; the inner frame is on a line of its own."""
        return f"VXLAN, flags [I] (0x08), vni {self.vni}\n{self.frame.describe(printer)}"

    def describe_as_otv(self, printer: PacketPrinter) -> str:
        """The same on Linux's own port."""
        return f"OTV, flags [I] (0x08), overlay 0, instance {self.vni}\n{self.frame.describe(printer)}"
