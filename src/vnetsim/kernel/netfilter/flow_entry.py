"""What the rules do with one direction of an established connection at a hook, remembered (no part of Linux).

Rules that ask only what all packets of a connection have in common need to be asked once: what they count, and how a
packet is translated, is the same for the next one.  A way is that memory.  Its packets are added to the counters of the
rules when somebody is about to read them.  Where packets are forwarded, a passage is the memory of all that is left to
do behind PREROUTING, much as Linux itself takes a short cut with flow tables (net/netfilter/nf_flow_table_ip.c).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from vnetsim.netfilter.evaluate import Counted

if TYPE_CHECKING:
    from vnetsim.kernel.ipv4.route import Route
    from vnetsim.kernel.netfilter.nat_proto import Rewrite


class Way:
    """`rewrite` is None where packets go on as they are; `packets` and `bytes` are not added to `counted` yet.

    `following` is the way at the next hook, `passage` the rest of the way through this host.
    """

    __slots__ = ("bytes", "counted", "following", "packets", "passage", "rewrite")

    def __init__(self, counted: Iterable[Counted], rewrite: Rewrite | None) -> None:
        self.counted = tuple(counted)
        self.rewrite = rewrite
        self.packets = self.bytes = 0
        self.following: Way | None = None
        self.passage: Passage | None = None

    def settle(self) -> None:
        for counted in self.counted:
            counted.packets += self.packets
            counted.bytes += self.bytes
        self.packets = self.bytes = 0


class Passage(Way):
    """FORWARD and POSTROUTING in one, and the route, which holds as long as its generation."""

    __slots__ = ("generation", "route")

    def __init__(self, forward: Way, postrouting: Way, route: Route, generation: int) -> None:
        super().__init__((*forward.counted, *postrouting.counted), postrouting.rewrite)
        self.route, self.generation = route, generation


class Ways:
    """The ways of one family that have something to settle."""

    def __init__(self) -> None:
        self._open: list[Way] = []
        #: Ways of an earlier age are wrong: the rules, or the names of devices, were others.
        self.age = 0

    def open(self, way: Way) -> None:
        self._open.append(way)

    def settle(self) -> None:
        """Bring the counters of all rules up to date."""
        for way in self._open:
            way.settle()
        self._open.clear()

    def forget(self) -> None:
        self.settle()
        self.age += 1
