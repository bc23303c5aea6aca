"""Listeners to rtnetlink: whoever applies the messages in their order has the tables of the namespace."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.laws import examples
from vnetsim import Lab
from vnetsim.observations import AddressEntry, Link, NeighbourEntry, Route, RoutingRule
from vnetsim.observations.monitor import NetworkEvent

COMMANDS = [
    "ip link add d{n} type dummy", "ip link set d{n} up", "ip link set d{n} up", "ip addr add 10.{n}.0.{m}/24 dev d{n}",
    "ip addr add fd0{n}::{m}/64 dev d{n} nodad", "ip addr del 10.{n}.0.{m}/24 dev d{n}",
    "ip addr del fd0{n}::{m}/64 dev d{n}", "ip -6 route add fd1{m}::/64 via fd0{n}::9", "ip -6 route del fd1{m}::/64",
    "ip rule add from 10.{n}.0.0/16 table {m}", "ip rule del from 10.{n}.0.0/16",
    "ip neigh replace 10.{n}.0.{m} lladdr 02:00:00:00:00:0{m} dev d{n}", "ip neigh del 10.{n}.0.{m} dev d{n}",
    "ip link set d{n} down", "ip link del d{n}", "ip link set d{n} mtu 1{m}00",
]  # fmt: skip


def key(entry: object) -> tuple[Any, ...]:
    """What a later message about the same thing has in common with an earlier one."""
    match entry:
        case Link():
            return ("link", entry.index)
        case AddressEntry():
            return ("address", entry.index, entry.address)
        case NeighbourEntry():
            return ("neighbour", entry.device, entry.address)
        case Route():
            return ("route", entry.destination, entry.table, entry.hops[0].device if entry.hops else None)
        case _:
            return ("rule", entry)


@given(st.integers(0, 2**32))
@settings(max_examples=examples(25))
def test_messages_in_their_order_make_the_tables(seed: int) -> None:
    chosen = random.Random(seed)
    lab = Lab(docker=False)
    network = lab.network()
    watch, events = network.watch_network(), list[NetworkEvent]()
    watch.tell = events.append  # type: ignore[method-assign, assignment]
    known: dict[tuple[Any, ...], object] = {}
    for _ in range(30):
        lab.run(chosen.choice(COMMANDS).format(n=chosen.randrange(2), m=chosen.randrange(1, 4)))
    lab.run("sleep 3")
    for event in events:
        if event.deleted:
            known.pop(key(event.entry), None)
        else:
            known[key(event.entry)] = event.entry
    watch.close()
    heard = {name: {k for k in known if k[0] == name} for name in ("link", "address", "neighbour")}
    assert heard["link"] == {key(link) for link in network.links() if link.name != "lo"}
    assert heard["address"] == {key(address) for address in network.addresses() if address.device != "lo"}
    assert heard["neighbour"] == {key(entry) for entry in network.neighbours() if entry.state == "PERMANENT"}
    routes = {key(route) for route in network.routes(6, None) if route.hops[0].device != "lo"}
    assert {k for k in known if k[0] == "route" and k[1].version == 6} == routes
    rules = [*network.routing_rules(4), *network.routing_rules(6)]
    assert {k for k in known if k[0] == "rule" and isinstance(k[1], RoutingRule)} <= {key(rule) for rule in rules}


def test_without_listeners_nobody_is_told() -> None:
    lab = Lab(docker=False)
    network = lab.network()
    one, other = network.watch_network(), network.watch_network()
    one.close()
    assert network.namespace.rtnl
    other.close()
    assert not network.namespace.rtnl
    assert network.namespace.inet.fib.listener is None


def test_a_route_is_reported_and_not_one_with_the_same_next_hop() -> None:
    lab = Lab(docker=False)
    lab.run(
        "ip link add d0 type dummy; ip link set d0 up; ip addr add 10.0.0.1/24 dev d0; ip addr add fd00::1/64 dev d0"
    )
    lab.run("ip route add 10.1.0.0/24 via 10.0.0.9 metric 5; ip -6 route add fd01::/64 via fd00::9 metric 5")
    heard = lab.run(
        """
        ip monitor route > out & sleep 1
        ip route add 10.1.0.0/24 via 10.0.0.9 metric 9; ip -6 route add fd01::/64 via fd00::9 metric 9
        ip -6 route append fd01::/64 via fd00::8 metric 9; ip -6 route append blackhole fd01::/64 metric 11; sleep 1
        sed 's/ pref.*//' out
        """
    )
    assert heard.stdout.splitlines() == [
        "10.1.0.0/24 via 10.0.0.9 dev d0 metric 9 ",
        "fd01::/64 via fd00::9 dev d0 metric 9",
        "fd01::/64 metric 9",
        "\tnexthop via fd00::8 dev d0 weight 1 ",
        "\tnexthop via fd00::9 dev d0 weight 1 ",
        "blackhole fd01::/64 dev lo metric 11",
    ]
