"""A routing table finds by its indexes what a search through all its routes finds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from unittest.mock import patch

import attrs
from hypothesis import given
from hypothesis import strategies as st

from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.fib.info import FibConfig, FibEntry, FibNexthop, HopPattern
from vnetsim.kernel.fib.trie import Table
from vnetsim.operations.verb import Verb
from vnetsim.wire.inet import IPv4, IPv6, Prefix

DEVICES = st.integers(1, 3)


@attrs.frozen
class Attempt:
    """A route to insert, a deletion, or the end of a device."""

    route: FibEntry | None = None
    verb: Verb = Verb.ADD
    deletion: FibConfig | None = None
    device: int = 0


def attempts(bits: int) -> st.SearchStrategy[Attempt]:
    address = IPv4 if bits == 32 else IPv6
    prefixes = st.sampled_from([Prefix.of(address(10 << bits - 8), length) for length in (0, 8, 16)])
    gateways = st.none() | st.integers(1, 3).map(address)
    hops = st.lists(st.builds(FibNexthop, index=DEVICES, via=gateways), max_size=3).map(tuple)
    toses = st.sampled_from([0, 4]) if bits == 32 else st.just(0)
    routes = st.builds(FibEntry, destination=prefixes, hops=hops, metric=st.integers(0, 1), tos=toses,
                       protocol=st.integers(3, 4))  # fmt: skip
    patterns = st.lists(st.builds(HopPattern, index=st.none() | DEVICES, via=gateways), max_size=2).map(tuple)
    deletions = st.builds(FibConfig, destination=prefixes, hops=patterns, metric=st.none() | st.integers(0, 1))
    return st.one_of(
        st.builds(Attempt, route=routes, verb=st.sampled_from(Verb)),
        st.builds(Attempt, deletion=deletions),
        st.builds(Attempt, device=DEVICES),
    )


class Node:
    """The routes of one prefix as a list that is searched from its beginning."""

    def __init__(self, routes: list[FibEntry]) -> None:
        self.routes = routes

    def insert(self, entry: FibEntry, verb: Verb, version: int) -> None:
        equals = [known for known in self.routes if (known.tos, known.metric) == (entry.tos, entry.metric)]
        if version == 6 and verb is Verb.CHANGE and not equals:
            raise KernelError(Errno.ENOENT, "Can not replace route - no match found")
        if version == 6 and verb in (Verb.APPEND, Verb.PREPEND) and equals:
            if any(hop in known.hops for known in equals for hop in entry.hops):
                raise KernelError(Errno.EEXIST)
            joined = next((known for known in equals if goes_on(known) and goes_on(entry)), None)
            if joined is not None:
                joined.hops += entry.hops
                return
            verb = Verb.APPEND
        self._place(entry, verb, equals)

    def _place(self, entry: FibEntry, verb: Verb, equals: list[FibEntry]) -> None:
        start = sum((-known.tos, known.metric) < (-entry.tos, entry.metric) for known in self.routes)
        same = next((known for known in equals if known.same_nexthops(entry)), None)
        if not equals:
            if verb is Verb.CHANGE:
                raise KernelError(Errno.ENOENT)
            self.routes.insert(start, entry)
        elif verb in (Verb.CHANGE, Verb.REPLACE) and same in (None, equals[0]):
            self.routes[start] = entry
        elif verb in (Verb.ADD, Verb.CHANGE, Verb.REPLACE) or same is not None:
            raise KernelError(Errno.EEXIST)
        else:
            self.routes.insert(start + len(equals) if verb is Verb.APPEND else start, entry)


def goes_on(entry: FibEntry) -> bool:
    return bool(entry.hops) and all(hop.via is not None for hop in entry.hops)


class Slow:
    """A table that is one node for each prefix, and nothing else."""

    def __init__(self, version: int) -> None:
        self.version = version
        self.nodes: dict[Prefix, list[FibEntry]] = {}

    def carry_out(self, attempt: Attempt) -> None:
        if attempt.route is not None:
            node = self.nodes.setdefault(attempt.route.destination, [])
            Node(node).insert(attempt.route, attempt.verb, self.version)
        elif attempt.deletion is not None:
            self._delete(self.nodes.get(attempt.deletion.destination, []), attempt.deletion)
        else:
            for node in self.nodes.values():
                for entry in node:
                    if any(hop.index == attempt.device for hop in entry.hops):
                        entry.hops = tuple(hop for hop in entry.hops if hop.index != attempt.device)
                        entry.mtu = None if entry.hops else -1
                node[:] = [entry for entry in node if entry.mtu != -1]

    def _delete(self, node: list[FibEntry], pattern: FibConfig) -> None:
        for entry in node:
            if self.version == 6 and len(entry.hops) > 1 and len(pattern.hops) == 1 and pattern.hops[0].via is not None:
                kept = tuple(hop for hop in entry.hops if not pattern.hops[0].matches(hop))
                if attrs.evolve(pattern, hops=()).matches(entry) and len(kept) < len(entry.hops):
                    entry.hops = kept
                    return
            if pattern.matches(entry):
                node.remove(entry)
                return
        raise KernelError(Errno.ESRCH)


def carry_out(table: Table, attempt: Attempt) -> None:
    if attempt.route is not None:
        table.insert(attempt.route, attempt.verb)
    elif attempt.deletion is not None:
        table.delete(attempt.deletion)
    else:
        table.remove_hops(attempt.device)


def what(entries: Sequence[FibEntry]) -> list[dict[str, object]]:
    return [attrs.asdict(entry) for entry in entries]


def play(attempt: Attempt, table: Table, slow: Slow) -> None:
    """Both refuse the same, in the same words."""
    assert refusal(lambda: carry_out(table, attempt)) == refusal(lambda: slow.carry_out(copied(attempt)))


def refusal(act: Callable[[], None]) -> tuple[Errno, str] | None:
    try:
        act()
    except KernelError as refused:
        return refused.errno, str(refused)
    return None


def copied(attempt: Attempt) -> Attempt:
    if attempt.route is None:
        return attempt
    hops = tuple(attrs.evolve(hop) for hop in attempt.route.hops)
    return attrs.evolve(attempt, route=attrs.evolve(attempt.route, hops=hops))


@given(
    st.sampled_from([4, 6]).flatmap(
        lambda v: st.tuples(st.just(v), st.lists(attempts(32 if v == 4 else 128), max_size=30))
    )
)
def test_its_indexes_lead_to_what_a_search_through_all_routes_finds(case: tuple[int, list[Attempt]]) -> None:
    version, history = case
    with patch("vnetsim.kernel.fib.trie._FEW", 2):
        leads_to_what_a_search_finds(version, list(map(copied, history)))
    leads_to_what_a_search_finds(version, history)


def leads_to_what_a_search_finds(version: int, history: list[Attempt]) -> None:
    table, slow = Table(32 if version == 4 else 128), Slow(version)
    for attempt in history:
        play(attempt, table, slow)
        for prefix, node in slow.nodes.items():
            assert what(table.at(prefix)) == what(node)
        assert sum(1 for _ in table.entries()) == sum(map(len, slow.nodes.values()))
        for index in (1, 2, 3):
            expected = {id(entry) for entry in table.entries() if any(hop.index == index for hop in entry.hops)}
            assert {id(entry) for entry in table.by_device(index)} == expected
