"""Mutations of routes: one that was typed is deleted; it leads to another router; a router gets to know another
network.

A router is a namespace that forwards and has an address on a network of this namespace.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from vnetsim.observations import AddressEntry, Route
from vnetsim.reach.exploration.mutations.mutation import Mutation, MutationNetns, forwards, mutation_netns
from vnetsim.wire.inet import Address, Prefix

if TYPE_CHECKING:
    from vnetsim.lab import Lab

#: Protocols of routes: those to a device's own network; boot and static, which are typed.
_KERNEL: Final = 2
_TYPED: Final = (3, 4)
_MAIN: Final = 254


def route(lab: Lab) -> Iterator[Mutation]:
    everywhere = {netns: _addresses(lab, netns) for netns in mutation_netns(lab)}
    for netns in everywhere:
        for version in (4, 6):
            routers = _routers(lab, netns, everywhere, version)
            yield from _routes(lab, netns, version, routers, _networks(everywhere, version))


def _addresses(lab: Lab, netns: MutationNetns) -> list[AddressEntry]:
    found = lab.network(netns.name).addresses()
    return [entry for entry in found if not entry.address.is_loopback and
            not getattr(entry.address, "is_link_local", False) and not _is_of_engine(entry)]  # fmt: skip


def _is_of_engine(entry: AddressEntry) -> bool:
    return entry.device == "docker0" or entry.device.startswith("br-")


def _networks(everywhere: dict[MutationNetns, list[AddressEntry]], version: int) -> list[Prefix]:
    """The networks of all namespaces."""
    entries = (entry for found in everywhere.values() for entry in found if entry.address.version == version)
    return list(dict.fromkeys(Prefix.of(entry.address, entry.length) for entry in entries))


def _routers(
    lab: Lab, netns: MutationNetns, everywhere: dict[MutationNetns, list[AddressEntry]], version: int
) -> list[Address]:
    near = [each.destination for each in lab.network(netns.name).routes(version) if each.protocol == _KERNEL]
    return [
        entry.address
        for other, found in everywhere.items()
        if other != netns and forwards(lab, other, version)
        for entry in found
        if any(entry.address in prefix for prefix in near)
    ]


def _routes(
    lab: Lab, netns: MutationNetns, version: int, routers: list[Address], networks: list[Prefix]
) -> Iterator[Mutation]:
    ip = netns.ip if version == 4 else f"{netns.ip} -6"
    known = [each for each in lab.network(netns.name).routes(version) if each.table == _MAIN]
    for each in known:
        if each.protocol not in _TYPED or (each.kind == "unicast" and len(each.hops) != 1):
            continue
        yield Mutation("route", (f"{ip} route del {_arguments(each)}",))
        via = each.hops[0].via if each.hops else None
        for router in routers if each.kind == "unicast" else ():
            if via is not None and router != via:
                yield Mutation("route", (f"{ip} route replace {_to(each)} via {router}{_metric(each)}",))
    destinations = {each.destination for each in known}
    missing = [prefix for prefix in networks if prefix not in destinations]
    for router in routers:
        if not any(not prefix.length for prefix in destinations):
            yield Mutation("route", (f"{ip} route add default via {router}",))
        yield from (Mutation("route", (f"{ip} route add {prefix} via {router}",)) for prefix in missing)


def _to(each: Route) -> str:
    return str(each.destination) if each.destination.length else "default"


def _metric(each: Route) -> str:
    return "" if each.metric is None else f" metric {each.metric}"


def _arguments(each: Route) -> str:
    if each.kind != "unicast":
        return f"{each.kind} {_to(each)}{_metric(each)}"
    if each.nhid is not None:
        return f"{_to(each)} nhid {each.nhid}{_metric(each)}"
    return f"{_to(each)}{each.hops[0].arguments(each.destination.version)}{_metric(each)}"
