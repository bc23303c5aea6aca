"""Classes of ends that a lab cannot tell apart, and probes that are the same walk.

    classes = EquivalenceClasses(lab, running)
    classes.orbit(sender, address)       # equal for probes that are the same walk

Two namespaces are equivalent if the lab stays the same when they are exchanged: if their signatures are equal
(`vnetsim.reach.equivalence.signature`), if no rule or entry names one of them, alone or in a range that the other is
not in (`mentions`), and if nothing in the lab hashes numbers or compares their bits (`distinctions`).  The exchange
then takes the walk of a probe from s to d to that from s' to d', for s' equivalent to s and d' to d, where s is d
exactly if s' is d'.  All other ends stay what they are, so that exchanges can follow one another; any permutation of a
class is made of them.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any, Final

from vnetsim.reach.endpoints.endpoints import LAN, Endpoint, network_of
from vnetsim.reach.equivalence.distinctions import tells_numbers_apart
from vnetsim.reach.equivalence.dumps import Dumps
from vnetsim.reach.equivalence.mentions import Mentions
from vnetsim.reach.equivalence.signature import Signatures
from vnetsim.reach.translation.independence import networks, remembers
from vnetsim.values import frozen
from vnetsim.wire.inet import Address

if TYPE_CHECKING:
    from vnetsim.lab.base_lab import BaseLab

#: Ends that are like no other one.
_UNIQUE: Final = ("host", LAN)


@frozen
class Member:
    """An end in its class, which has more than one."""

    number: int
    endpoint: Endpoint
    label: str
    addresses: tuple[Address, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Whatever an answer may call it."""
        return self.label, self.endpoint.name, *map(str, self.addresses)


class EquivalenceClasses:
    """Of one lab, as it is now; `running` are its ends."""

    def __init__(self, lab: BaseLab, running: Sequence[Endpoint]) -> None:
        self._members: dict[Endpoint, Member] = {}
        self._owners: dict[Address, tuple[Member, int]] = {}
        self._labels: set[str] = set()
        for number, ends in enumerate(_classes(lab, running)):
            for endpoint, dumps in ends:
                member = Member(number, endpoint, lab.label_of(dumps.network), dumps.own)
                self._members[endpoint] = member
                self._labels.add(member.label)
                self._owners.update((address, (member, place)) for place, address in enumerate(member.addresses))

    def __bool__(self) -> bool:
        """Whether any end is like another one."""
        return bool(self._members)

    def orbit(self, sender: Endpoint, address: Address) -> Hashable:
        """Equal for those whose probes are the same walk; addresses of loopback are each for itself."""
        source, owner = self._members.get(sender), self._owners.get(address)
        if address.is_loopback:
            return sender, address
        if owner is None:
            return sender if source is None else source.number, address
        target, place = owner
        return sender if source is None else source.number, target.number, source is target, place

    def member(self, endpoint: Endpoint) -> Member | None:
        """None for one that is like no other."""
        return self._members.get(endpoint)

    def ends(self, sender: Endpoint, address: Address) -> tuple[Member | None, Member | None]:
        """The sender and the owner of an address, as far as they are like others."""
        owner = self._owners.get(address)
        return self._members.get(sender), None if owner is None else owner[0]

    def is_member(self, label: str) -> bool:
        """Whether traces call an end so that is like others."""
        return label in self._labels


def _classes(lab: BaseLab, running: Sequence[Endpoint]) -> list[list[tuple[Endpoint, Dumps]]]:
    """Those with more than one member, in the order of their first ones."""
    everywhere = [Dumps(network) for network in networks(lab)]
    candidates = _candidates(lab, running, everywhere)
    if len(candidates) < 2 or remembers(lab) or tells_numbers_apart(everywhere):
        return []
    processes = list(lab.machine.processes())
    mentions = Mentions()
    own = {dumps.number: dumps.own for _, dumps in candidates}
    others = {address: dumps for _, dumps in candidates for address in dumps.own}
    for dumps in everywhere:
        mentions.read(dumps, own.get(dumps.number, ()), others)
    for text in dict.fromkeys(" ".join(process.argv) for process in processes):
        mentions.read_text(text)
    signatures = Signatures(everywhere, processes, mentions)
    found: dict[object, list[tuple[Endpoint, Dumps]]] = {}
    for endpoint, dumps in candidates:
        signature = signatures.of(dumps)
        if signature is not None:
            found.setdefault((endpoint.kind, signature), []).append((endpoint, dumps))
    return [ends for ends in found.values() if len(ends) > 1]


def _candidates(lab: BaseLab, running: Sequence[Endpoint], everywhere: Sequence[Dumps]) -> list[tuple[Endpoint, Dumps]]:
    """Ends with a namespace that no other end has."""
    known = {dumps.number: dumps for dumps in everywhere}
    found: dict[int, list[Endpoint]] = {}
    for endpoint in running:
        network: Any = network_of(lab, endpoint)
        if network is not None:
            found.setdefault(network.namespace.number, []).append(endpoint)
    alone = ((ends[0], known[number]) for number, ends in found.items() if len(ends) == 1)
    return [(endpoint, dumps) for endpoint, dumps in alone if endpoint.kind not in _UNIQUE]
