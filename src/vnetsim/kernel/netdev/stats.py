"""Counters of a device (struct rtnl_link_stats64)."""

from __future__ import annotations

from operator import add, sub
from typing import NamedTuple


class LinkStats(NamedTuple):
    """Packets, and bytes of frames."""

    rx_packets: int = 0
    rx_bytes: int = 0
    rx_dropped: int = 0
    multicast: int = 0
    tx_packets: int = 0
    tx_bytes: int = 0
    tx_errors: int = 0
    tx_dropped: int = 0
    tx_carrier: int = 0
    collisions: int = 0
    rx_errors: int = 0
    rx_frame_errors: int = 0

    def plus(self, other: LinkStats) -> LinkStats:
        return LinkStats(*map(add, self, other))

    def minus(self, other: LinkStats) -> LinkStats:
        return LinkStats(*map(sub, self, other))
