"""One routing table: the routes of each prefix, found by the longest (net/ipv4/fib_trie.c).

A dictionary a prefix length serves instead of a compressed trie: a lookup tries each length in use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

import attrs

from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.fib.info import FibConfig, FibEntry
from vnetsim.operations.verb import Verb
from vnetsim.wire.inet import Prefix

#: The routes of prefixes of one length, under what is left of an address when the rest is shifted out.
Nodes: TypeAlias = dict[int, list[FibEntry]]


class Table:
    """Routes by prefix; those of one prefix by TOS (greatest first), then by metric, then as they were inserted."""

    def __init__(self, bits: int) -> None:
        self._bits = bits
        self.by_length: dict[int, Nodes] = {}

    def entries(self) -> Iterator[FibEntry]:
        return (entry for nodes in self.by_length.values() for node in nodes.values() for entry in node)

    def insert(self, entry: FibEntry, verb: Verb) -> None:
        """fib_table_insert, fib6_add_rt2node; KernelError EEXIST, ENOENT."""
        node = self._node(entry.destination)
        updated = (_insert if self._bits == 32 else _insert6)(list(node), entry, verb)
        self._store(entry.destination, updated)

    def delete(self, pattern: FibConfig) -> FibEntry:
        """The first route that matches; KernelError(ESRCH) if there is none.

        Saying a gateway takes only that hop out of an IPv6 multipath route.
        """
        node = self._node(pattern.destination)
        for entry in node:
            if self._bits == 128 and _take_hop(entry, pattern):
                return entry
            if pattern.matches(entry):
                self._store(pattern.destination, [known for known in node if known is not entry])
                return entry
        raise KernelError(Errno.ESRCH)

    def prune(self, doomed: Callable[[FibEntry], bool]) -> list[FibEntry]:
        """Remove routes; they are returned."""
        gone = [entry for entry in self.entries() if doomed(entry)]
        for entry in gone:
            node = self._node(entry.destination)
            self._store(entry.destination, [known for known in node if known is not entry])
        return gone

    def remove_hops(self, index: int) -> None:
        """Remove the hops by a device from all routes; a route may have none left."""
        for entry in self.entries():
            if any(hop.index == index for hop in entry.hops):
                entry.hops = tuple(hop for hop in entry.hops if hop.index != index)

    def _node(self, prefix: Prefix) -> list[FibEntry]:
        return self.by_length.get(prefix.length, {}).get(prefix.address >> self._bits - prefix.length, [])

    def _store(self, prefix: Prefix, node: list[FibEntry]) -> None:
        nodes, key = self.by_length.setdefault(prefix.length, {}), prefix.address >> self._bits - prefix.length
        if node:
            nodes[key] = node
        else:
            nodes.pop(key, None)
        if not nodes:
            del self.by_length[prefix.length]


def _insert(node: list[FibEntry], entry: FibEntry, verb: Verb) -> list[FibEntry]:
    start = sum(1 for known in node if (-known.tos, known.metric) < (-entry.tos, entry.metric))
    equals = [known for known in node if (known.tos, known.metric) == (entry.tos, entry.metric)]
    same = next((known for known in equals if known.same_nexthops(entry)), None)
    if not equals:
        if verb is Verb.CHANGE:
            raise KernelError(Errno.ENOENT)
        node.insert(start, entry)
    elif verb in (Verb.CHANGE, Verb.REPLACE) and same in (None, equals[0]):
        node[start] = entry
    elif verb in (Verb.ADD, Verb.CHANGE, Verb.REPLACE) or same is not None:
        raise KernelError(Errno.EEXIST)
    else:
        node.insert(start + len(equals) if verb is Verb.APPEND else start, entry)
    return node


def _insert6(node: list[FibEntry], entry: FibEntry, verb: Verb) -> list[FibEntry]:
    """IPv6 knows no order among equals: gateways of one metric become hops of one route."""
    equals = [known for known in node if known.metric == entry.metric]
    if verb is Verb.CHANGE and not equals:
        raise KernelError(Errno.ENOENT, "Can not replace route - no match found")
    joined = next((known for known in equals if _has_gateways(known) and _has_gateways(entry)), None)
    if verb not in (Verb.APPEND, Verb.PREPEND) or not equals:
        return _insert(node, entry, verb)
    if any(hop in known.hops for known in equals for hop in entry.hops):
        raise KernelError(Errno.EEXIST)
    if joined is not None:
        joined.hops += entry.hops
        return node
    return _insert(node, entry, Verb.APPEND)


def _has_gateways(entry: FibEntry) -> bool:
    return bool(entry.hops) and all(hop.via is not None for hop in entry.hops)


def _take_hop(entry: FibEntry, pattern: FibConfig) -> bool:
    """Delete one of several next hops; whether `pattern` is about one."""
    if len(entry.hops) < 2 or len(pattern.hops) != 1 or pattern.hops[0].via is None:
        return False
    if not attrs.evolve(pattern, hops=()).matches(entry):
        return False
    kept = tuple(hop for hop in entry.hops if not pattern.hops[0].matches(hop))
    if len(kept) == len(entry.hops):
        return False
    entry.hops = kept
    return True
