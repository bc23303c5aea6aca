"""Bridge protocol data units of the spanning tree (IEEE 802.1D-1998, clause 9) in 802.3 LLC, as net/bridge sends them.

Not modelled: rapid and multiple spanning tree.
"""

from __future__ import annotations

import struct
from typing import Final, TypeAlias

from vnetsim.errors import DecodeError
from vnetsim.values import define
from vnetsim.wire.mac import Mac
from vnetsim.wire.printer import PacketPrinter

#: Where bridges send them; no bridge with a spanning tree forwards it.
GROUP: Final = Mac.parse("01:80:c2:00:00:00")

#: LLC's header: both service access points are the spanning tree's, and this is unnumbered information.
LLC: Final = bytes((0x42, 0x42, 0x03))
LLC_TEXT: Final = "LLC, dsap STP (0x42) Individual, ssap STP (0x42) Command, ctrl 0x03: "
_LAYOUT: Final = struct.Struct("!3sHBBBQIQHHHHH")
_TCN: Final = struct.pack("!3sHBB", LLC, 0, 0, 0x80)
_CONFIG_TYPE: Final = 0
#: Times travel in this part of a second.
TICKS: Final = 256

# Flags of a configuration BPDU, with tcpdump's names.
TOPOLOGY_CHANGE: Final = 0x01
TOPOLOGY_CHANGE_ACK: Final = 0x80
_FLAG_NAMES: Final = {
    0x01: "Topology change",
    0x02: "Proposal",
    0x10: "Learn",
    0x20: "Forward",
    0x40: "Agreement",
    0x80: "Topology change ACK",
}


@define
class Config:
    """A configuration BPDU.

    A bridge's id is its 16 bits of priority and 48 of address, a port's its 8 bits of priority and 8 of number
    (IEEE 802.1D-1998; net/bridge: 6 and 10).  Times are in 1/256 of a second.
    """

    flags: int
    root: int
    root_path_cost: int
    bridge: int
    port: int
    message_age: int
    maximum_age: int
    hello_time: int
    forward_delay: int
    length: int

    @classmethod
    def build(
        cls, flags: int, root: int, root_path_cost: int, bridge: int, port: int, *, message_age: int, maximum_age: int,
        hello_time: int, forward_delay: int,
    ) -> Config:  # fmt: skip
        return cls(
            flags, root, root_path_cost, bridge, port, message_age, maximum_age, hello_time, forward_delay, _LAYOUT.size
        )

    def encode(self) -> bytes:
        """With the LLC header."""
        return _LAYOUT.pack(
            LLC, 0, 0, _CONFIG_TYPE, self.flags, self.root, self.root_path_cost, self.bridge, self.port,
            self.message_age, self.maximum_age, self.hello_time, self.forward_delay,
        )  # fmt: skip

    def describe(self, printer: PacketPrinter) -> str:
        """What follows the text of the LLC header: `STP 802.1d, Config, ...`."""
        flags = ", ".join(name for bit, name in _FLAG_NAMES.items() if self.flags & bit) or "none"
        text = f"STP 802.1d, Config, Flags [{flags}], bridge-id {id_text(self.bridge)}.{self.port:04x}, length 35"
        return text + self._details() if printer.verbosity else text

    def _details(self) -> str:
        ages = f"message-age {_seconds(self.message_age)}, max-age {_seconds(self.maximum_age)}"
        times = f"hello-time {_seconds(self.hello_time)}, forwarding-delay {_seconds(self.forward_delay)}"
        return f"\n\t{ages}, {times}\n\troot-id {id_text(self.root)}, root-pathcost {self.root_path_cost}"


@define
class TopologyChange:
    """A topology change notification."""

    length: int = len(_TCN)

    def encode(self) -> bytes:
        """With the LLC header."""
        return _TCN

    def describe(self, printer: PacketPrinter) -> str:  # noqa: ARG002 (as its siblings)
        """What follows the text of the LLC header."""
        return "STP 802.1d, Topology Change"


Bpdu: TypeAlias = Config | TopologyChange


def decode(data: bytes) -> Bpdu:
    """From the LLC header on; bytes behind it are padding."""
    if data[: len(_TCN)] == _TCN:
        return TopologyChange()
    if len(data) < _LAYOUT.size:
        raise DecodeError(f"a configuration BPDU needs {_LAYOUT.size} bytes, got {len(data)}")
    llc, protocol, version, kind, *fields = _LAYOUT.unpack_from(data)
    if (llc, protocol, version, kind) != (LLC, 0, 0, _CONFIG_TYPE):
        raise DecodeError("not a BPDU of IEEE 802.1D")
    flags, root, cost, bridge, port, age, maximum, hello, delay = fields
    return Config(flags, root, cost, bridge, port, age, maximum, hello, delay, _LAYOUT.size)


def bridge_id(priority: int, mac: Mac) -> int:
    return priority << 48 | mac


def id_text(bridge: int) -> str:
    """`8000.02:00:00:00:0b:00`."""
    return f"{bridge >> 48:04x}.{Mac(bridge & 0xFFFF_FFFF_FFFF)}"


def _seconds(ticks: int) -> str:
    return f"{ticks / TICKS:.2f}s"
