"""What a chain made of packets, remembered (no part of Linux; Open vSwitch's megaflows are much the same).

The first packet is led from rule to rule, and what those rules read of it is noted in that order.  Another packet of
which the same is true meets the same rules, so it need not be led.  The memory is a tree: at each node something is
read of the packet, what was found says where to go on, and at the end is what became of the first one.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Final

from vnetsim.netfilter.packet import Packet, Reading

if TYPE_CHECKING:
    from vnetsim.netfilter.evaluate import Outcome

#: So many ends may a tree have before it begins anew: packets to ever new addresses are not remembered for ever.
_LIMIT: Final = 10_000


class _Node:
    """Where to go on after `reading`; at an end there is none."""

    __slots__ = ("following", "outcome", "reading")

    def __init__(self) -> None:
        self.reading: Reading | None = None
        self.following: dict[Hashable, _Node] = {}
        self.outcome: Outcome | None = None


class Decisions:
    """The memory of one built-in chain, as long as nobody changes its table."""

    __slots__ = ("_root", "_size")

    def __init__(self) -> None:
        self._root, self._size = _Node(), 0

    def find(self, packet: Packet) -> Outcome | None:
        """What became of a packet like this one; None if there was none."""
        node = self._root
        while (reading := node.reading) is not None:
            found = node.following.get(reading(packet))
            if found is None:
                return None
            node = found
        return node.outcome

    def note(self, packet: Packet, readings: Sequence[Reading], outcome: Outcome) -> None:
        """What became of a packet of which all this was read, in this order."""
        if self._size >= _LIMIT:
            self._root, self._size = _Node(), 0
        node = self._root
        for reading in readings:
            node.reading = reading
            node = node.following.setdefault(reading(packet), _Node())
        node.outcome = outcome
        self._size += 1
