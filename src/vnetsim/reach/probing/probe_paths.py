"""How a destination may be reached: by its name, by each of its addresses, by what is translated to it.

A published port is a translation like one of a user's rule (`vnetsim.reach.probing.entries`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import attrs

from vnetsim.reach.endpoints.endpoints import Endpoint, addresses_of
from vnetsim.reach.endpoints.probe import Probe
from vnetsim.reach.endpoints.question import ReachQuestion
from vnetsim.reach.probing.arrivals import Arrival
from vnetsim.reach.probing.asking import Asker
from vnetsim.reach.probing.single import question_of
from vnetsim.reach.probing.sweep import Answer, ProbeRequest
from vnetsim.values import frozen
from vnetsim.wire.inet import Address


@frozen
class ProbePath:
    """`target` is what a person would type: a name or an address; `request` is what that comes to.

    `inside` is where a translation must lead; None for an address of the destination itself.  `chooses`: the
    translation may lead elsewhere the next time.
    """

    target: str
    request: ProbeRequest
    inside: Arrival | None = None
    chooses: bool = False

    def leads(self, answer: Answer) -> bool:
        """Whether the destination was reached, by this answer."""
        return bool(answer) and self.inside in (None, answer.arrival)

    @property
    def question(self) -> ReachQuestion:
        question = question_of(self.request)
        if self.target == str(self.request.address):
            return question
        return attrs.evolve(question, target=Endpoint("name", self.target))

    def __str__(self) -> str:
        return f"{self.request.sender.short} -> {self.target} {self.request.probe}"


class ProbePaths:
    """The paths in one lab; names mean what each sender's own resolver answers."""

    def __init__(self, asker: Asker, pairs: Iterable[tuple[Endpoint, Endpoint]]) -> None:
        """Between these senders and destinations."""
        self._asker = asker
        self._senders = set(asker.senders)
        names: dict[Endpoint, list[str]] = {}
        for sender, destination in dict.fromkeys(pairs):
            if destination.kind == "container" and sender in self._senders:
                names.setdefault(sender, []).append(destination.name)
        resolved = asker.meanings(names)
        self._names: Mapping[tuple[Endpoint, str], Address] = {
            key: answer.addresses[0] for key, answer in resolved.items() if answer.addresses
        }

    def between(self, source: Endpoint, destination: Endpoint, probe: Probe) -> list[ProbePath]:
        """In the order in which a person would try them; none to what does not run, or from what is paused."""
        return list(self._between(source, destination, probe)) if source in self._senders else []

    def _between(self, source: Endpoint, destination: Endpoint, probe: Probe) -> Iterator[ProbePath]:
        address = self._names.get((source, destination.name)) if destination.kind == "container" else None
        if address is not None:
            yield ProbePath(destination.name, ProbeRequest(source, address, probe))
        for each in addresses_of(self._asker.lab, destination, source):
            yield ProbePath(str(each), ProbeRequest(source, each, probe))
        yield from self._translated(source, destination, probe)

    def _translated(self, source: Endpoint, destination: Endpoint, probe: Probe) -> Iterator[ProbePath]:
        """Through what leads to a server of its own; addresses in use come first."""
        entries, only = self._asker.entries, destination.address
        owner = destination if only is None else self._asker.owner(only)
        if not entries or owner not in entries.labels or not self._serves(owner, probe):
            return
        label, inside = entries.labels[source], Arrival(entries.labels[owner], probe.port)
        found = entries.to(owner, Probe(probe.protocol, probe.port), only)
        for entry in sorted(found, key=lambda entry: not entry.owned):
            if entry.sender in ("", label) and source != owner:
                sent = attrs.evolve(probe, protocol=entry.probe.protocol, port=entry.probe.port)
                request = ProbeRequest(source, entry.address, sent)
                yield ProbePath(str(entry.address), request, inside, entry.chooses)

    def _serves(self, owner: Endpoint, probe: Probe) -> bool:
        """Whether there is a server to be reached: without a listener no translation leads to one."""
        return probe.protocol == "icmp" or Probe(probe.protocol, probe.port) in self._asker.servers(owner)
