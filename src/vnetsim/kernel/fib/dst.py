"""struct dst_entry: what IPv4 and IPv6 routes have in common as packets use them (net/core/dst.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vnetsim.dropreason import DropReason
    from vnetsim.kernel.fib.info import FibResult
    from vnetsim.kernel.neigh.neighbour import Entry
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netdev.flow_path import FlowHop


class DstEntry:
    """Where a packet goes: out of `device`, or to this host (`is_local`), or nowhere.

    `reason` is set if the packet ends here; `icmp_code`, if not None, is the error that its sender gets.  `match` is
    the answer of the tables, `text` the route as `ip route` prints it, `neighbour` the next hop's once it is known,
    `hop` the hop over the cable of the device once a packet took it.
    """

    __slots__ = (
        "device",
        "fits",
        "hop",
        "hoplimit",
        "icmp_code",
        "is_local",
        "match",
        "mtu",
        "neighbour",
        "reason",
        "text",
    )

    def __init__(self, device: Device | None, mtu: int, text: str) -> None:
        self.device = device
        self.is_local = False
        self.reason: DropReason | None = None
        self.icmp_code: int | None = None
        self.mtu: int | None = None
        #: The TTL of packets of this host, 0 for the default.
        self.hoplimit = 0
        self.neighbour: Entry | None = None
        self.hop: FlowHop | None = None
        self.match: FibResult | None = None
        self.text = text
        #: Packets up to this length need no fragmentation; for longer ones the path MTU decides.
        self.fits = mtu
