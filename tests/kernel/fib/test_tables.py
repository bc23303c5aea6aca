"""Laws of the routing tables, held against a search through all routes."""

from __future__ import annotations

import attrs
from hypothesis import given
from hypothesis import strategies as st

from vnetsim.errors import KernelError
from vnetsim.kernel.fib.info import LOCAL, MAIN, FibConfig, FibEntry, FibNexthop, Flowi
from vnetsim.kernel.fib.tables import NO_ROUTE, Fib
from vnetsim.operations.verb import Verb
from vnetsim.wire.inet import IPv4, IPv6, Prefix

LENGTHS = [0, 1, 8, 15, 16, 24, 31, 32]
#: Few different addresses, so that prefixes contain one another and meet.
NUMBERS = st.builds(lambda high, low: high << 24 | low, st.sampled_from([0, 10, 11, 128]), st.integers(0, 3))
PREFIXES = st.builds(lambda number, length: Prefix.of(IPv4(number), length), NUMBERS, st.sampled_from(LENGTHS))
ROUTES = st.builds(
    lambda prefix, metric, table, index: FibEntry(
        destination=prefix, metric=metric, table=table, hops=(FibNexthop(index=index),)
    ),
    PREFIXES,
    st.integers(0, 3),
    st.sampled_from([MAIN, LOCAL]),
    st.integers(1, 4),
)


def fib_of(routes: list[FibEntry]) -> tuple[Fib, list[FibEntry]]:
    """A table, and those of the routes that were let in."""
    fib, taken = Fib(), []
    for route in routes:
        try:
            fib.insert(route, Verb.ADD)
        except KernelError:
            continue
        taken.append(route)
    return fib, taken


@given(st.lists(ROUTES, max_size=12), NUMBERS, st.integers(0, 4))
def test_the_longest_prefix_is_found_then_the_local_one_then_the_lowest_metric(
    routes: list[FibEntry], number: int, oif: int
) -> None:
    fib, taken = fib_of(routes)
    destination = IPv4(number)
    fitting = [r for r in taken if destination in r.destination and oif in (0, r.hops[0].index)]
    best = min(fitting, key=lambda r: (-r.destination.length, -r.table, r.metric), default=None)
    assert fib.lookup(Flowi(destination, oif=oif)).entry is best


@given(st.lists(ROUTES, max_size=12))
def test_a_table_lists_by_network_longer_prefixes_first_then_by_metric(routes: list[FibEntry]) -> None:
    fib, taken = fib_of(routes)
    listed = fib.dump(MAIN)
    keys = [(route.destination.address, -route.destination.length, route.metric) for route in listed]
    assert keys == sorted(keys)
    assert sorted(map(id, listed)) == sorted(id(route) for route in taken if route.table == MAIN)


@given(st.lists(ROUTES, max_size=12), ROUTES, NUMBERS)
def test_a_route_that_came_and_went_leaves_no_trace(routes: list[FibEntry], another: FibEntry, number: int) -> None:
    fib, _ = fib_of(routes)
    before = [fib.lookup(Flowi(IPv4(number))), *fib.dump()]
    try:
        fib.insert(another, Verb.ADD)
    except KernelError:
        return
    fib.delete(FibConfig(destination=another.destination, table=another.table, metric=another.metric or None))
    after = [fib.lookup(Flowi(IPv4(number))), *fib.dump()]
    assert len(after) == len(before)
    if another.metric:
        assert after == before


@given(st.lists(ROUTES, max_size=12), st.integers(1, 4))
def test_a_device_that_is_down_is_in_no_answer(routes: list[FibEntry], index: int) -> None:
    fib, taken = fib_of(routes)
    gone = fib.device_down(index)
    assert {id(route) for route in gone} == {id(route) for route in taken if route.hops[0].index == index}
    assert all(route.hops[0].index != index for route in fib.dump())


MULTIPATH = st.builds(
    lambda number, indexes: FibEntry(
        destination=Prefix.of(IPv6(number << 64), 64), hops=tuple(FibNexthop(index=i, via=IPv6(i)) for i in indexes)
    ),
    st.integers(1, 8),
    st.lists(st.integers(1, 4), min_size=1, max_size=3, unique=True),
)


@given(st.lists(MULTIPATH, max_size=8, unique_by=lambda route: route.destination), st.integers(1, 4))
def test_no_route_has_a_hop_by_a_deleted_device(routes: list[FibEntry], index: int) -> None:
    """IPv4 deletes the route (route_multipath_device), IPv6 keeps the other hops (route_multipath6_device)."""
    four, six = Fib(4), Fib(6)
    for route in routes:
        six.insert(attrs.evolve(route), Verb.ADD)
        four.insert(attrs.evolve(route, destination=Prefix.of(IPv4(route.destination.address >> 40), 24)), Verb.ADD)
    by_it = [route for route in routes if index in [hop.index for hop in route.hops]]
    assert len(four.device_gone(index)) == len(by_it)
    assert len(six.device_gone(index)) == sum(len(route.hops) == 1 for route in by_it)
    left = [hop.index for fib in (four, six) for route in fib.dump() for hop in route.hops]
    assert index not in left
    assert len(six.dump()) + sum(len(route.hops) == 1 for route in by_it) == len(routes)


def test_an_empty_table_has_no_answer() -> None:
    assert Fib().lookup(Flowi(IPv4(1))) == NO_ROUTE
    assert Fib(6).lookup(Flowi(IPv6(1))) == NO_ROUTE


def test_a_hop_may_be_compared_whatever_its_device_does() -> None:
    hop = FibNexthop(index=2)
    assert hop == attrs.evolve(hop, dead=True, linkdown=True)
    assert hop != attrs.evolve(hop, via=IPv4(1))
