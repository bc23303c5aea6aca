"""Link aggregation control protocol data units (IEEE 802.3-2008, 43.4; version 1), as drivers/net/bonding sends them.

Not modelled: markers, version 2, other slow protocols (OAM); their payload stays bytes.
"""

from __future__ import annotations

import struct
from typing import Final

from vnetsim.errors import DecodeError
from vnetsim.values import define, frozen
from vnetsim.wire.mac import Mac
from vnetsim.wire.printer import PacketPrinter, dump

#: Where they are sent to: no bridge forwards it by default.
GROUP: Final = Mac.parse("01:80:c2:00:00:02")

# Bits of a state.
ACTIVITY, TIMEOUT, AGGREGATION, SYNCHRONIZATION, COLLECTING, DISTRIBUTING, DEFAULTED, EXPIRED = (
    1 << bit for bit in range(8)
)
_FLAG_NAMES: Final = (
    "Activity", "Timeout", "Aggregation", "Synchronization", "Collecting", "Distributing", "Default", "Expired",
)  # fmt: skip

_SUBTYPE: Final = 1
_VERSION: Final = 1
#: A system's priority and address, then key, priority, number and state of its port; three reserved octets.
_INFO: Final = struct.Struct("!BBH6sHHHB3x")
_COLLECTOR: Final = bytes((3, 16)) + bytes(14)
_INFO_LENGTH: Final = 20
LENGTH: Final = 110


@frozen
class LacpInfo:
    """What one side knows of a port."""

    system_priority: int
    system: Mac
    key: int
    port_priority: int
    port: int
    state: int

    def encode(self, kind: int) -> bytes:
        return _INFO.pack(
            kind, _INFO_LENGTH, self.system_priority, self.system.to_bytes(6, "big"), self.key, self.port_priority,
            self.port, self.state,
        )  # fmt: skip

    @classmethod
    def decode(cls, data: bytes, kind: int) -> LacpInfo:
        found, length, system_priority, system, key, port_priority, port, state = _INFO.unpack(data)
        if (found, length) != (kind, _INFO_LENGTH):
            raise DecodeError(f"no information of type {kind} in a LACPDU")
        return cls(system_priority, Mac.from_bytes(system, "big"), key, port_priority, port, state)

    def describe(self, name: str, kind: int, verbosity: int) -> str:
        """The lines of tcpdump -v, with -vv the octets, too."""
        flags = ", ".join(text for bit, text in enumerate(_FLAG_NAMES) if self.state >> bit & 1) or "none"
        return (
            f"\n\t{name} Information TLV (0x{kind:02x}), length {_INFO_LENGTH}"
            f"\n\t  System {self.system}, System Priority {self.system_priority}, Key {self.key}, Port {self.port}, "
            f"Port Priority {self.port_priority}\n\t  State Flags [{flags}]{_octets(self.encode(kind)[2:], verbosity)}"
        )


@define
class Lacpdu:
    """`actor` is the sender's port, `partner` what it knows of the other one."""

    actor: LacpInfo
    partner: LacpInfo
    length: int = LENGTH

    def encode(self) -> bytes:
        head = bytes((_SUBTYPE, _VERSION))
        return (head + self.actor.encode(1) + self.partner.encode(2) + _COLLECTOR).ljust(LENGTH, b"\0")

    @classmethod
    def decode(cls, data: bytes) -> Lacpdu:
        if len(data) < LENGTH:
            raise DecodeError(f"a LACPDU needs {LENGTH} bytes, got {len(data)}")
        if data[:2] != bytes((_SUBTYPE, _VERSION)):
            raise DecodeError("not a LACPDU of version 1")
        first, second = data[2:22], data[22:42]
        return cls(LacpInfo.decode(first, 1), LacpInfo.decode(second, 2))

    def describe(self, printer: PacketPrinter) -> str:
        """`LACPv1, length 110`"""
        text = f"LACPv{_VERSION}, length {LENGTH}"
        if not printer.verbosity:
            return text
        parts = (
            self.actor.describe("Actor", 1, printer.verbosity),
            self.partner.describe("Partner", 2, printer.verbosity),
        )
        collector = (
            f"\n\tCollector Information TLV (0x03), length 16\n\t  Max Delay 0{_octets(bytes(14), printer.verbosity)}"
        )
        return f"{text}{''.join(parts)}{collector}\n\tTerminator TLV (0x00), length 0"


def _octets(data: bytes, verbosity: int) -> str:
    return dump(data, text=False).replace("\t", "\t  ") if verbosity > 1 else ""
