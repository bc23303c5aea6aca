"""GARP (IEEE 802.1D-1998, clause 12) in 802.3 LLC, as tcpdump shows it: a BPDU of a version that it does not know.

Not modelled: what is in it; the octets stay as they are.
"""

from __future__ import annotations

from typing import Final

from vnetsim.errors import DecodeError
from vnetsim.values import define
from vnetsim.wire.bpdu import LLC
from vnetsim.wire.printer import PacketPrinter

#: Where BPDUs have their version, and those that tcpdump knows.
_VERSION_AT: Final = 5
_VERSIONS: Final = (0, 2, 3, 4)


@define
class GarpPdu:
    """`data` begins with the LLC header."""

    data: bytes
    length: int

    @classmethod
    def decode(cls, data: bytes) -> GarpPdu:
        if data[: len(LLC)] != LLC or len(data) <= _VERSION_AT or data[_VERSION_AT] in _VERSIONS:
            raise DecodeError("not a GARP PDU")
        return cls(bytes(data), len(data))

    def encode(self) -> bytes:
        return self.data

    def describe(self, printer: PacketPrinter) -> str:  # noqa: ARG002 (as its siblings)
        """What follows the text of the LLC header."""
        return f"unknown STP version, length {self.length - len(LLC)}"
