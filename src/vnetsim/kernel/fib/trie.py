"""One routing table: the routes of each prefix, found by the longest (net/ipv4/fib_trie.c).

A dictionary serves instead of a compressed trie: a lookup tries each length in use.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final, TypeAlias

import attrs

from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.fib.info import FibConfig, FibEntry, FibNexthop
from vnetsim.operations.verb import Verb
from vnetsim.wire.inet import Prefix

#: The routes of each prefix under its key: its bits behind a one, so that prefixes of two lengths have different keys.
#: Few are a tuple, many a list: each device with IPv6 has a route to ff00::/8.
Nodes: TypeAlias = dict[int, Sequence[FibEntry]]
#: So many routes or prefixes are searched one by one.
_FEW: Final = 8


class Table:
    """Routes by prefix; those of one prefix by TOS (greatest first), then by metric, then as they were inserted."""

    __slots__ = ("_bits", "_by_device", "_lengths", "_size", "nodes")

    def __init__(self, bits: int) -> None:
        self._bits = bits
        self.nodes: Nodes = {}
        #: How many prefixes have each length, once there are many.
        self._lengths: dict[int, int] | None = None
        #: The routes with a hop by a device, once there are many.
        self._by_device: dict[int, dict[FibEntry, None]] | None = None
        self._size = 0

    def entries(self) -> Iterator[FibEntry]:
        return iter([entry for node in self.nodes.values() for entry in node])

    def lengths(self) -> Collection[int]:
        """The lengths of its prefixes."""
        if self._lengths is None:
            lengths = [key.bit_length() - 1 for key in self.nodes]
            if len(lengths) <= _FEW:
                return set(lengths)
            self._lengths = Counter(lengths)
        return self._lengths

    def by_device(self, index: int) -> Iterable[FibEntry]:
        """Routes with a hop of their own by a device, not of a nexthop object; most routes have one hop."""
        if self._by_device is None:
            if self._size <= _FEW:
                found = []
                for node in self.nodes.values():
                    for entry in node:
                        if (
                            entry.nhid is None
                            and (hops := entry.hops)
                            and (hops[0].index == index or (len(hops) > 1 and any(hop.index == index for hop in hops)))
                        ):
                            found.append(entry)
                return found
            self._by_device = {}
            for entry in self.entries():
                _note(self._by_device, entry)
        return self._by_device.get(index, ())

    def at(self, prefix: Prefix) -> Sequence[FibEntry]:
        """The routes of a prefix."""
        return self.nodes.get(self._key(prefix), ())

    def holding(self, entry: FibEntry) -> FibEntry:
        """The route that an inserted one is: itself, or the one whose hops it joined, its own first (rt6_fill_node)."""
        node = self.at(entry.destination)
        if any(known is entry for known in node):
            return entry
        joined = next(known for known in node if _rank(known) == _rank(entry) and entry.hops[0] in known.hops)
        others = tuple(hop for hop in joined.hops if hop not in entry.hops)
        return attrs.evolve(joined, hops=entry.hops + others)

    def _key(self, prefix: Prefix) -> int:
        length = prefix.length
        return prefix.address >> self._bits - length | 1 << length

    def insert(self, entry: FibEntry, verb: Verb) -> None:
        """fib_table_insert, fib6_add_rt2node; KernelError EEXIST, ENOENT."""
        key = self._key(entry.destination)
        node = self.nodes.get(key, ())
        if not node and verb is not Verb.CHANGE:
            self._put(entry, key, (entry,))
            return
        (self._insert if self._bits == 32 else self._insert6)(entry, verb, key, node)

    def delete(self, pattern: FibConfig) -> FibEntry:
        """The first route that matches; KernelError(ESRCH) if there is none.

        Saying a gateway takes only that hop out of an IPv6 multipath route.
        """
        for entry in self.at(pattern.destination):
            if self._bits == 128 and (kept := _kept_hops(entry, pattern)) is not None:
                self._set_hops(entry, kept)
                return entry
            if pattern.matches(entry):
                self.remove(entry)
                return entry
        raise KernelError(Errno.ESRCH)

    def remove(self, entry: FibEntry) -> None:
        prefix = entry.destination
        node = self.at(prefix)
        if isinstance(node, list):
            node.remove(entry)
        else:
            node = tuple([known for known in node if known is not entry])
        self._unlink(entry)
        if node:
            self.nodes[self._key(prefix)] = node
            return
        del self.nodes[self._key(prefix)]
        if self._lengths is not None:
            self._lengths[prefix.length] -= 1
            if not self._lengths[prefix.length]:
                del self._lengths[prefix.length]

    def remove_hops(self, index: int) -> list[FibEntry]:
        """Remove the hops by a device from all routes, and routes that have none left; those are returned."""
        changed = list(self.by_device(index))
        for entry in changed:
            self._set_hops(entry, tuple(hop for hop in entry.hops if hop.index != index))
        gone = [entry for entry in changed if not entry.hops]
        for entry in gone:
            self.remove(entry)
        return gone

    def same_nexthops(self, entry: FibEntry) -> FibEntry | None:
        """A route of the same prefix, TOS and metric with the same type and next hops."""
        key = _rank(entry)
        found = (known for known in self._candidates(entry) if _rank(known) == key and known.same_nexthops(entry))
        return next(found, None)

    # --- changing -------------------------------------------------------------------------------------------------

    def _insert(self, entry: FibEntry, verb: Verb, key: int, node: Sequence[FibEntry]) -> None:
        start, end = _equals(node, entry) if node else (0, 0)
        if start == end:
            if verb is Verb.CHANGE:
                raise KernelError(Errno.ENOENT)
            self._link(entry, start, key, node)
            return
        first = node[start]
        same = first if first.same_nexthops(entry) else self.same_nexthops(entry)
        if verb in (Verb.CHANGE, Verb.REPLACE) and same in (None, first):
            self._unlink(first)
            self._put(entry, key, [*node[:start], entry, *node[start + 1 :]])
        elif verb in (Verb.ADD, Verb.CHANGE, Verb.REPLACE) or same is not None:
            raise KernelError(Errno.EEXIST)
        else:
            self._link(entry, end if verb is Verb.APPEND else start, key, node)

    def _insert6(self, entry: FibEntry, verb: Verb, key: int, node: Sequence[FibEntry]) -> None:
        """IPv6 knows no order among equals: gateways of one metric become hops of one route."""
        start, end = _equals(node, entry) if node else (0, 0)
        if verb is Verb.CHANGE and start == end:
            raise KernelError(Errno.ENOENT, "Can not replace route - no match found")
        if verb not in (Verb.APPEND, Verb.PREPEND) or start == end:
            self._insert(entry, verb, key, node)
            return
        if any(hop in known.hops for hop in entry.hops for known in self._candidates(entry, hop.index)
               if known.metric == entry.metric):  # fmt: skip
            raise KernelError(Errno.EEXIST)
        joined = next(filter(_has_gateways, node[start:end]), None) if _has_gateways(entry) else None
        if joined is not None:
            self._set_hops(joined, joined.hops + entry.hops)
        elif entry.own_hops:
            self._link(entry, end, key, node)  # no other one has its hops
        else:
            self._insert(entry, Verb.APPEND, key, node)

    def _candidates(self, entry: FibEntry, index: int | None = None) -> Iterable[FibEntry]:
        """Routes of the same prefix that may have a hop in common: by one device, or the first one's."""
        if not entry.own_hops:
            return self.at(entry.destination)
        routes = self.by_device(entry.hops[0].index if index is None else index)
        return (known for known in routes if known.destination == entry.destination)

    def _link(self, entry: FibEntry, at: int, key: int, node: Sequence[FibEntry]) -> None:
        if isinstance(node, list):
            node.insert(at, entry)
            self._index(entry)
        else:
            self._put(entry, key, [*node[:at], entry, *node[at:]])

    def _put(self, entry: FibEntry, key: int, node: Sequence[FibEntry]) -> None:
        """A new route is one of those of its prefix."""
        lengths = self._lengths
        if lengths is not None and key not in self.nodes:
            length = entry.destination.length
            lengths[length] = lengths.get(length, 0) + 1
        self.nodes[key] = tuple(node) if len(node) <= _FEW else node
        self._index(entry)

    def _index(self, entry: FibEntry) -> None:
        self._size += 1
        if self._by_device is not None:
            _note(self._by_device, entry)

    def _unlink(self, entry: FibEntry) -> None:
        self._size -= 1
        if self._by_device is None:
            return
        for index in {hop.index: None for hop in entry.own_hops}:
            routes = self._by_device[index]
            del routes[entry]
            if not routes:
                del self._by_device[index]

    def _set_hops(self, entry: FibEntry, hops: tuple[FibNexthop, ...]) -> None:
        self._unlink(entry)
        entry.hops = hops
        self._index(entry)


def _note(by_device: dict[int, dict[FibEntry, None]], entry: FibEntry) -> None:
    for hop in entry.own_hops:
        by_device.setdefault(hop.index, {})[entry] = None


def _rank(entry: FibEntry) -> tuple[int, int]:
    return (-entry.tos, entry.metric)


def _equals(node: Sequence[FibEntry], entry: FibEntry) -> tuple[int, int]:
    """Where the routes of the same TOS and metric are: mostly all of them."""
    key = _rank(entry)
    if _rank(node[0]) == key and (len(node) == 1 or _rank(node[-1]) == key):
        return 0, len(node)
    start = bisect_left(node, key, key=_rank)
    return start, bisect_right(node, key, start, key=_rank)


def _has_gateways(entry: FibEntry) -> bool:
    return bool(entry.own_hops) and all(hop.via is not None for hop in entry.own_hops)


def _kept_hops(entry: FibEntry, pattern: FibConfig) -> tuple[FibNexthop, ...] | None:
    """What is left when one of several next hops is deleted; None if `pattern` is not about one."""
    if len(entry.own_hops) < 2 or len(pattern.hops) != 1 or pattern.hops[0].via is None:
        return None
    if not attrs.evolve(pattern, hops=()).matches(entry):
        return None
    kept = tuple(hop for hop in entry.hops if not pattern.hops[0].matches(hop))
    return None if len(kept) == len(entry.hops) else kept
