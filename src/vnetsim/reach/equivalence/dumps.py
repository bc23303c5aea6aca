"""What a namespace shows of itself, each dump made once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from vnetsim.netfilter.rules import Rule
from vnetsim.netfilter.tables import Chain
from vnetsim.observations import AddressEntry, Link, NeighbourEntry, Route, RoutingRule, SocketEntry
from vnetsim.wire.inet import Address
from vnetsim.wire.mac import Mac

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.process.network import Network

Entry = TypeVar("Entry", AddressEntry, NeighbourEntry)


class Dumps:
    """Of one namespace, each as it is when it is first read."""

    def __init__(self, network: Network) -> None:
        self.network = network
        namespace: Any = network.namespace  # type: ignore[attr-defined]
        self.number: int = namespace.number
        self.devices: Sequence[Device] = namespace.devices()
        self.sysctls: Any = namespace.sysctls

    @cached_property
    def links(self) -> Mapping[str, Link]:
        return {link.name: link for link in self.network.links()}

    @cached_property
    def addresses(self) -> Sequence[AddressEntry]:
        return self.network.addresses()

    @cached_property
    def own(self) -> tuple[Address, ...]:
        """The addresses that are its own, without those of loopback."""
        return tuple(entry.address for entry in self.addresses if not entry.address.is_loopback)

    @cached_property
    def macs(self) -> frozenset[Mac]:
        return frozenset(device.mac for device in self.devices)

    @cached_property
    def routes(self) -> Sequence[Route]:
        return [route for version in (4, 6) for route in self.network.routes(version, None)]

    @cached_property
    def routing_rules(self) -> Sequence[RoutingRule]:
        return [rule for version in (4, 6) for rule in self.network.routing_rules(version)]

    @cached_property
    def neighbours(self) -> Sequence[NeighbourEntry]:
        return self.network.neighbours()

    @cached_property
    def sockets(self) -> Sequence[SocketEntry]:
        return self.network.sockets()

    @cached_property
    def chains(self) -> Sequence[tuple[int, Chain]]:
        """Of iptables, with their IP version."""
        return [
            (version, chain)
            for version in (4, 6)
            for table in self.network.ruleset(version).tables.values()
            for chain in table.chains.values()
        ]

    def rules(self) -> Iterator[Rule]:
        return (rule for _, chain in self.chains for rule in chain.rules)

    @cached_property
    def addresses_on(self) -> Mapping[str, Sequence[AddressEntry]]:
        return _by_device(self.addresses)

    @cached_property
    def neighbours_on(self) -> Mapping[str, Sequence[NeighbourEntry]]:
        return _by_device(self.neighbours)

    @cached_property
    def routes_on(self) -> Mapping[str, Sequence[Route]]:
        found: dict[str, list[Route]] = {}
        for route in self.routes:
            for hop in route.hops:
                found.setdefault(hop.device or "", []).append(route)
        return found


def _by_device(entries: Sequence[Entry]) -> dict[str, Sequence[Entry]]:
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        found.setdefault(entry.device, []).append(entry)
    return dict(found)
