"""The outcomes of a chain, cached by what its rules read of packets (no part of Linux; compare OVS's megaflows).

The first packet is evaluated rule by rule, and the match keys of those rules are recorded in that order.  A packet with
the same values of these keys meets the same rules and is not evaluated again.  The cache is a tree: the value of a
node's key selects the next node, and a leaf has the outcome.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Final

from vnetsim.netfilter.outcome import TableOutcome
from vnetsim.netfilter.packet import MatchKey, PktInfo

#: How many leaves a tree may have before the cache is flushed: packets to ever new addresses do not fill the memory.
_LIMIT: Final = 10_000


class _Node:
    """The next nodes by the value of `match_key`; a leaf has none."""

    __slots__ = ("following", "match_key", "outcome")

    def __init__(self) -> None:
        self.match_key: MatchKey | None = None
        self.following: dict[Hashable, _Node] = {}
        self.outcome: TableOutcome | None = None


class VerdictCache:
    """Of one built-in chain, valid until its table changes."""

    __slots__ = ("_root", "_size")

    def __init__(self) -> None:
        self._root, self._size = _Node(), 0

    def find(self, packet: PktInfo) -> TableOutcome | None:
        """The outcome of an equal packet; None if there was none."""
        node = self._root
        while (match_key := node.match_key) is not None:
            found = node.following.get(match_key(packet))
            if found is None:
                return None
            node = found
        return node.outcome

    def insert(self, packet: PktInfo, match_keys: Sequence[MatchKey], outcome: TableOutcome) -> None:
        """The outcome of a packet whose rules read these keys, in this order."""
        if self._size >= _LIMIT:
            self._root, self._size = _Node(), 0
        node = self._root
        for match_key in match_keys:
            node.match_key = match_key
            node = node.following.setdefault(match_key(packet), _Node())
        node.outcome = outcome
        self._size += 1
