"""By which addresses and ports a machine is reached other than by its own: those that something translates to them.

    entries = Entries(lab, running)
    for entry in entries.to(Endpoint("netns", "www"), Probe("tcp", 8080)):
        entry.address, entry.probe                        # 198.51.100.1 tcp/80: to be probed

Found backwards, from the server: which destinations may become its address and port, by one translation
(`vnetsim.reach.translation.translations`) or by several in a row; of each set of such destinations every address in
use, and one address and one port for each interval in which nothing tells one from another
(`vnetsim.reach.translation.boundaries`).  They are candidates: its trace shows whether a packet to one of them arrives,
and where.

Not found: broadcast and multicast addresses, and IPv6 link-local ones, which need a device.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Final

from vnetsim.reach.endpoints.endpoints import Endpoint, network_of
from vnetsim.reach.endpoints.probe import Probe
from vnetsim.reach.translation.boundaries import Boundaries
from vnetsim.reach.translation.independence import networks
from vnetsim.reach.translation.intervals import Intervals, cut
from vnetsim.reach.translation.translations import (
    OUTPUT,
    PROXY,
    Selector,
    Translation,
    address_of,
    any_ip,
    local_addresses,
)
from vnetsim.reach.translation.translators import translations
from vnetsim.values import frozen
from vnetsim.wire.inet import Address

if TYPE_CHECKING:
    from vnetsim.lab.base_lab import BaseLab

#: Translations in a row that are looked for.
_DEPTH: Final = 4


@frozen
class EntryPoint:
    """A destination that may lead to a server of another endpoint.

    `sender` is the label of the only namespace that can use it, "" for all.  `owned`: the address is in use.
    `chooses`: a translation on the path has several new destinations to choose from.
    """

    address: Address
    probe: Probe
    sender: str = ""
    owned: bool = True
    chooses: bool = False


class Entries:
    """Of one lab, as it is now.  `running` are those who may be reached."""

    def __init__(self, lab: BaseLab, running: Sequence[Endpoint]) -> None:
        self._lab = lab
        self._networks = {one: network for one in running if (network := network_of(lab, one)) is not None}
        self.labels = {one: lab.label_of(network) for one, network in self._networks.items()}
        self.translations = translations(lab)
        self._known: dict[tuple[Endpoint, Probe, int | None], tuple[EntryPoint, ...]] = {}

    def __bool__(self) -> bool:
        """Whether there may be any."""
        return bool(self.translations or self._any_ip)

    @cached_property
    def _any_ip(self) -> dict[Endpoint, dict[int, Intervals]]:
        """Whose own addresses are not only those that were assigned to devices."""
        found = {
            one: {version: any_ip(network, version) for version in (4, 6)} for one, network in self._networks.items()
        }
        return {one: some for one, some in found.items() if any(some.values())}

    @cached_property
    def boundaries(self) -> Boundaries:
        return Boundaries.of(self._lab, self.translations)

    @cached_property
    def _owned(self) -> dict[int, list[int]]:
        """The addresses in use, ascending, by version."""
        found: dict[int, set[int]] = {4: set(), 6: set()}
        for network in networks(self._lab):
            for entry in network.addresses():
                found[entry.address.version].add(int(entry.address))
        return {version: sorted(addresses) for version, addresses in found.items()}

    @cached_property
    def _broadcasts(self) -> set[int]:
        """Of IPv4, those that are sent to all machines of a network."""
        return {
            int(route.destination.first)
            for network in networks(self._lab)
            for route in network.routes(4, None)
            if route.kind == "broadcast"
        }

    def to(self, endpoint: Endpoint, probe: Probe, address: Address | None = None) -> tuple[EntryPoint, ...]:
        """Those by which it may be reached at this port, or only at this `address` of it."""
        key = endpoint, probe, None if address is None else int(address)
        if key not in self._known:
            self._known[key] = tuple(dict.fromkeys(self._to(endpoint, probe, address))) if self else ()
        return self._known[key]

    def _to(self, endpoint: Endpoint, probe: Probe, address: Address | None) -> Iterator[EntryPoint]:
        network = self._networks.get(endpoint)
        if network is None:
            return
        ports = ((probe.port, probe.port),) if probe.port else ()
        for version in (4, 6) if address is None else (address.version,):
            own = local_addresses(network, version) if address is None else ((int(address), int(address)),)
            after = Selector(version, frozenset({probe.protocol}), own, ports)
            if address is None and endpoint in self._any_ip:
                yield from self._entries(after.narrowed(addresses=self._any_ip[endpoint][version]), ())
            for before, path in self._before(after, self.labels[endpoint], ()):
                yield from self._entries(before, path)

    def _before(
        self, after: Selector, at: str, path: tuple[Translation, ...]
    ) -> Iterator[tuple[Selector, tuple[Translation, ...]]]:
        """Destinations that become one of `after`, and the translations that they meet, the first one first."""
        for each in self.translations:
            if each in path or (each.hook == OUTPUT and not path and each.namespace == at):
                continue
            if path and path[0].hook == OUTPUT and (each.hook != PROXY or each.namespace != path[0].namespace):
                continue  # sent from there: only a proxy there could have translated before
            before = each.preimage(after, self.boundaries.addresses[each.matched.version])
            if before:
                longer = (each, *path)
                yield before, longer
                if len(longer) < _DEPTH:
                    yield from self._before(before, at, longer)

    # --- representatives ---------------------------------------------------------------------------------------------

    def _entries(self, before: Selector, path: tuple[Translation, ...]) -> Iterator[EntryPoint]:
        here = path[0].namespace if path else ""
        chooses = any(each.chooses for each in path)
        for number, owned in self._addresses(before.version, before.addresses):
            address = address_of(before.version, number)
            sender = here if path and (path[0].hook == OUTPUT or address.is_loopback) else ""
            for protocol in sorted(before.protocols):
                for port in self.ports(before.ports) if protocol != "icmp" else (0,):
                    yield EntryPoint(address, Probe(protocol, port), sender, owned, chooses)

    def ports(self, intervals: Intervals) -> list[int]:
        """One port for each interval in which nothing tells one from another."""
        return [first for first, _ in cut(intervals, self.boundaries.ports)]

    def _addresses(self, version: int, intervals: Intervals) -> Iterator[tuple[int, bool]]:
        """The addresses in use, and one for each other interval; whether it is in use."""
        owned = self._owned[version]
        for first, last in intervals:
            yield from ((number, True) for number in owned[bisect_left(owned, first) : bisect_left(owned, last + 1)])
        taken = set(owned)
        for first, last in cut(intervals, self.boundaries.addresses[version]):
            # The first address of a network is that of all its routers, or unused.
            number = min(first + 1, last)
            if first not in taken and number not in self._broadcasts:
                yield number, False

    # --- where they lead ---------------------------------------------------------------------------------------------

    def leads_to(self, address: Address, probe: Probe) -> tuple[Endpoint, Probe] | None:
        """Where a packet from outside may be translated to, as far as the rules tell; None if they do not."""
        version, number, port = address.version, int(address), probe.port
        for turn in range(_DEPTH):
            step = next(
                (each for each in self.translations if each.covers(version, number, probe.protocol, port)), None
            )
            if step is None:
                return self._owner(version, number, Probe(probe.protocol, port)) if turn else None
            if step.to_local:
                return self._at(step.namespace, Probe(probe.protocol, step.image(number, port)[1]))
            version, (number, port) = step.version, step.image(number, port)
        return None

    def _owner(self, version: int, number: int, probe: Probe) -> tuple[Endpoint, Probe] | None:
        owner = self._owners.get((version, number))
        return None if owner is None else (owner, probe)

    @cached_property
    def _owners(self) -> dict[tuple[int, int], Endpoint]:
        found: dict[tuple[int, int], Endpoint] = {}
        for one, network in self._networks.items():
            for entry in network.addresses():
                found.setdefault((entry.address.version, int(entry.address)), one)
        return found

    def _at(self, label: str, probe: Probe) -> tuple[Endpoint, Probe] | None:
        return next(((one, probe) for one, known in self.labels.items() if known == label), None)

    def owner_of(self, label: str) -> Endpoint | None:
        found = self._at(label, Probe())
        return None if found is None else found[0]
