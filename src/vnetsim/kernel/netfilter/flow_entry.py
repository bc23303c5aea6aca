"""What the rules do with one direction of an established connection at a hook, cached per flow (no part of Linux).

Rules that match only what all packets of a connection have in common are evaluated once: what they count, and how a
packet is translated, is the same for the next one.  A flow entry is that cache.  Its packets are added to the counters
of the rules when the counters are about to be read.  `flow_offload` puts the entries of all hooks together.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from vnetsim.netfilter.outcome import Counted

if TYPE_CHECKING:
    from vnetsim.kernel.netfilter.nat_proto import Rewrite


class FlowEntry:
    """`rewrite` is None where packets are not changed; `packets` and `bytes` are not added to `counted` yet."""

    __slots__ = ("bytes", "counted", "packets", "rewrite")

    def __init__(self, counted: Iterable[Counted], rewrite: Rewrite | None) -> None:
        self.counted = tuple(counted)
        self.rewrite = rewrite
        self.packets = self.bytes = 0

    def settle(self) -> None:
        for counted in self.counted:
            counted.packets += self.packets
            counted.bytes += self.bytes
        self.packets = self.bytes = 0


class FlowTable:
    """The flow entries of one family whose packets are not added to the counters yet."""

    def __init__(self) -> None:
        self._open: list[FlowEntry] = []
        #: Entries of an earlier generation are stale: the rules, or the names of devices, have changed.
        self.generation = 0

    def open(self, entry: FlowEntry) -> None:
        self._open.append(entry)

    def settle(self) -> None:
        """Bring the counters of all rules up to date."""
        for entry in self._open:
            entry.settle()
        self._open.clear()

    def forget(self) -> None:
        if self._open:
            self.settle()
        self.generation += 1
