"""Where ports and addresses begin to be treated otherwise: the numbers that rules, routes, servers and addresses name.

Between two neighbouring boundaries nothing in the lab tells one port (or address) from another: each rule, route and
socket names a number, or a range by its ends, and both ends are boundaries.  So what becomes of one of them becomes of
all, and one represents the interval.  A rule that maps ports one to one shifts boundaries: the numbers before the
translation are boundaries as well.

More numbers than are needed do no harm: from rules of nft all constants are taken, whatever they are compared with.
What distinguishes numbers otherwise (bit masks, hashes) is not covered here; `vnetsim.reach.translation.doubts` finds
it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import attrs

from vnetsim.netfilter import verdicts
from vnetsim.netfilter.extensions.xt_iprange import AddressRange
from vnetsim.netfilter.extensions.xt_tcpudp import PortRange
from vnetsim.netfilter.header import MaskedAddress as AddressBlock
from vnetsim.netfilter.header import contiguous_length
from vnetsim.netfilter.nft.expression import ConstantExpr, Interval, PrefixExpr, RangeExpr
from vnetsim.netfilter.nft.location import Location
from vnetsim.process.network import Network
from vnetsim.reach.translation.independence import networks
from vnetsim.reach.translation.translations import Translation
from vnetsim.values import frozen

if TYPE_CHECKING:
    from vnetsim.lab.base_lab import BaseLab

_LAST_PORT: Final = 65535
#: Translations in a row that shift ports.
_ROUNDS: Final = 3


@frozen
class Boundaries:
    """`ports`, and `addresses` by version: ascending, each the first number of an elementary interval."""

    ports: tuple[int, ...]
    addresses: dict[int, tuple[int, ...]]

    @classmethod
    def of(cls, lab: BaseLab, translations: Iterable[Translation], ports: Iterable[int] = ()) -> Boundaries:
        """`ports` are further ones to be distinguished."""
        found = Ranges()
        for network in networks(lab):
            found.read(network)
        for port in ports:
            found.range_of_ports(port, port)
        for translation in translations:
            for version, intervals in ((translation.matched.version, translation.matched.addresses),):
                for first, last in intervals:
                    found.range_of_addresses(version, first, last)
            for first, last in translation.matched.ports:
                found.range_of_ports(first, last)
        return cls(
            tuple(sorted(_shifted(found.ports, translations))),
            {version: tuple(sorted(starts)) for version, starts in found.addresses.items()},
        )


def _shifted(ports: set[int], translations: Iterable[Translation]) -> set[int]:
    """And the ports that become these."""
    shifting = [each for each in translations if each.base is not None and each.ports is not None]
    for _ in range(_ROUNDS):
        before = {
            port - each.ports[0] + each.base
            for each in shifting
            if each.ports is not None and each.base is not None
            for port in ports
            if each.ports[0] <= port <= each.ports[1] + 1
        }
        ports = ports | {port for port in before if 0 < port <= _LAST_PORT}
    return ports


class Ranges:
    """Ports and addresses at which something begins, as they are found."""

    def __init__(self) -> None:
        self.ports: set[int] = set()
        self.addresses: dict[int, set[int]] = {4: set(), 6: set()}

    def range_of_ports(self, first: int, last: int) -> None:
        self.ports.update(port for port in (first, last + 1) if 0 < port <= _LAST_PORT)

    def range_of_addresses(self, version: int, first: int, last: int) -> None:
        self.addresses[version].update((first, last + 1))

    def read(self, network: Network) -> None:
        for entry in network.sockets():
            self.range_of_ports(entry.local_port, entry.local_port)
        for assigned in network.addresses():
            self.range_of_addresses(assigned.address.version, int(assigned.address), int(assigned.address))
        for version in (4, 6):
            self._routes(network, version)
            for table in network.ruleset(version).tables.values():
                for chain in table.chains.values():
                    for rule in chain.rules:
                        self.named_by(rule)
        self._native(network)

    def _routes(self, network: Network, version: int) -> None:
        for route in network.routes(version, None):
            self.range_of_addresses(version, int(route.destination.first), int(route.destination.last))
        for rule in network.routing_rules(version):
            if rule.destination is not None:
                self.range_of_addresses(version, int(rule.destination.first), int(rule.destination.last))
            if rule.dport is not None:
                self.range_of_ports(*rule.dport)

    def _native(self, network: Network) -> None:
        for table in network.native_tables().values():
            for chain in table.chains.values():
                for entry in chain.entries:
                    self.named_by(entry.rule)
            for found in table.sets.values():
                self.named_by([(member.key, member.data) for member in found.members.values()])

    def named_by(self, value: object) -> None:
        """Those that a rule, a statement or a member of a set names."""
        for part in _parts(value):
            match part:
                case PortRange() | verdicts.Ports():
                    self.range_of_ports(part.first, part.last)
                case AddressBlock():
                    self._block(part)
                case AddressRange() | verdicts.Addresses():
                    self.range_of_addresses(part.first.version, int(part.first), int(part.last))
                case Interval() | RangeExpr():
                    self._numbers(part.first, part.last)
                case PrefixExpr():
                    self._numbers(part.first, part.last)
                case int():
                    self._numbers(part, part)

    def _block(self, block: AddressBlock) -> None:
        length = contiguous_length(block.mask, block.address.bits)
        if length is not None:
            first = int(block.address)
            self.range_of_addresses(block.address.version, first, first | (1 << block.address.bits - length) - 1)

    def _numbers(self, first: int, last: int) -> None:
        """The ends of unknown ranges: of ports if they may be, and of addresses."""
        if 0 <= first <= last <= _LAST_PORT:
            self.range_of_ports(first, last)
        elif last < 1 << 32:
            self.range_of_addresses(4, first, last)
        if last >= 1 << 32:
            self.range_of_addresses(6, first, last)


_ENDS: Final = (
    PortRange,
    verdicts.Ports,
    AddressBlock,
    AddressRange,
    verdicts.Addresses,
    Interval,
    RangeExpr,
    PrefixExpr,
)


def _parts(value: Any) -> Iterator[object]:
    """Everything inside that names numbers."""
    if isinstance(value, _ENDS):
        yield value
    elif isinstance(value, ConstantExpr):
        yield from _parts(value.value)
    elif isinstance(value, int) and not isinstance(value, bool):
        yield value
    elif isinstance(value, tuple | list | frozenset):
        for part in value:
            yield from _parts(part)
    elif not isinstance(value, Location):
        for name in field_names(type(value)):  # type: ignore[arg-type]  # a type is hashable
            yield from _parts(getattr(value, name))


@cache
def field_names(kind: type) -> tuple[str, ...]:
    """Those of an attrs class; none of another one."""
    return tuple(field.name for field in attrs.fields(kind)) if attrs.has(kind) else ()
