"""One matrix in the making: what is probed, and the cells from the answers.

Probed is one pair of machines for each two kinds of machines: those that a lab cannot tell apart
(`vnetsim.reach.equivalence`), that are tried at the same ports, and of which the same is translated.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

import attrs

from vnetsim.process import Resolved
from vnetsim.reach.endpoints.endpoints import LAN, Endpoint, addresses_of, all_endpoints, state_of
from vnetsim.reach.endpoints.probe import Probe
from vnetsim.reach.endpoints.question import ReachQuestion
from vnetsim.reach.matrix.answered import Answered, CellQuestion, ProbedColumn, question
from vnetsim.reach.matrix.cells import Cell, Cells, matches, ports_reached
from vnetsim.reach.probing.asking import Asker
from vnetsim.reach.probing.orbits import AnswersOf, SharedMeanings
from vnetsim.reach.probing.probes import ask
from vnetsim.reach.probing.single import question_of
from vnetsim.reach.probing.sweep import Answer, ProbeRequest
from vnetsim.trace import Filtered
from vnetsim.values import frozen
from vnetsim.wire.inet import Address


@frozen
class _Translated:
    """Whether a request is translated, by the ports at each address that are."""

    probes: Mapping[Address, frozenset[Probe]]

    def __call__(self, request: ProbeRequest) -> bool:
        return request.probe in self.probes.get(request.address, ())


class MatrixBuilder:
    """Of one lab, as it is now; with `names`, of what each sender's resolver makes of them as well."""

    def __init__(
        self, asker: Asker, probes: list[Probe], senders: tuple[str, ...], receivers: tuple[str, ...], *, names: bool
    ) -> None:
        self._asker, self._lab, self._running = asker, asker.lab, asker.running
        self.absent = [
            (one, state_of(self._lab, one)) for one in all_endpoints(self._lab) if one not in set(self._running)
        ]
        self._senders = [one for one in asker.senders if matches(one, senders)]
        self._receivers = [one for one in self._running if matches(one, receivers)]
        self._addresses = {one: addresses_of(self._lab, one) for one in self._running}
        self._columns = {
            one: ProbedColumn(
                tuple(self._addresses[one]), tuple(probes or asker.ports(one)), names and one.kind == "container"
            )
            for one in self._receivers
        }
        self._names = [one.name for one, column in self._columns.items() if column.is_named]

    def cells(self) -> Cells:
        """Probe, and store what came of it."""
        answered = self._answered()
        cells = Cells(self._senders, self._receivers, [self._columns[one].width for one in self._receivers], answered)
        more = [answered.cell_of(each) for each in self._behind]
        return cells.with_more(list(_only_by_these(more, cells)))

    def _answered(self) -> Answered:
        self._meanings = self._resolved()
        behind = [request for each in self._behind if (request := each.request) is not None]
        pairs = dict.fromkeys((*self._pairs, *self._asked_alone()))
        first_ones = dict.fromkeys((*self._requests(pairs), *behind))
        if self._shares:
            answers: AnswersOf[ProbeRequest, Answer] = self._asker.shared_answers(
                first_ones, lambda: (*self._requests(self._all_pairs()), *behind), self._is_translated
            )
        else:
            answers = self._asker.answers(list(first_ones), set(filter(self._is_translated, first_ones)))
        published = self._published_ports(answers, behind)
        firewalls = self._firewalls(answers, published, behind)
        return Answered(self._columns, self._meanings, answers, published, firewalls, self._kinds)

    # --- kinds of machines ----------------------------------------------------------------------------------------

    @cached_property
    def _shares(self) -> bool:
        """Whether there are so many probes that it is worth finding out which of them are the same."""
        each = sum(len(column.probes) * len(column.addresses) for column in self._columns.values())
        return self._asker.shares(each * len(self._senders))

    @cached_property
    def _kinds(self) -> dict[Endpoint, int]:
        """Equal for machines of which every question has the same answer."""
        numbers: dict[Hashable, int] = {}
        return {one: numbers.setdefault(self._kind(one), len(numbers)) for one in self._running}

    def _kind(self, one: Endpoint) -> Hashable:
        member = self._asker.classes.member(one) if self._shares else None
        if member is None:
            return one
        places = [member.addresses.index(address) for address in self._addresses[one]]
        translated = [self._is_translated.probes.get(address, frozenset()) for address in member.addresses]
        column = self._columns.get(one)
        named = self._asker.name_classes.key(one) if self._names else None
        return member.number, named, tuple(places), tuple(translated), column and (column.probes, column.is_named)

    @cached_property
    def _pairs(self) -> list[tuple[Endpoint, Endpoint]]:
        """The first pair of each two kinds, in the order of cells."""
        found: dict[tuple[int, int], tuple[Endpoint, Endpoint]] = {}
        receivers = list(_first_two(self._receivers, self._kinds))
        for source in _first_two(self._senders, self._kinds):
            for destination in receivers:
                if source != destination:
                    found.setdefault((self._kinds[source], self._kinds[destination]), (source, destination))
        return list(found.values())

    def _all_pairs(self) -> Iterator[tuple[Endpoint, Endpoint]]:
        return ((one, other) for one in self._senders for other in self._receivers if one != other)

    def _pairs_like(self, some: Iterable[tuple[Endpoint, Endpoint]]) -> Iterator[tuple[Endpoint, Endpoint]]:
        """Those of the same kinds."""
        members: dict[int, tuple[list[Endpoint], list[Endpoint]]] = {}
        for place, ends in enumerate((self._senders, self._receivers)):
            for one in ends:
                members.setdefault(self._kinds[one], ([], []))[place].append(one)
        for source, destination in some:
            others = members[self._kinds[destination]][1]
            yield from ((one, other) for one in members[self._kinds[source]][0] for other in others if one != other)

    # --- what to probe --------------------------------------------------------------------------------------------

    def _resolved(self) -> AnswersOf[tuple[Endpoint, str], Resolved]:
        if not self._names:
            return {}
        if not self._shares:
            return self._asker.meanings(dict.fromkeys(self._senders, self._names))
        first_ones = [(source, one.name) for source, one in self._name_pairs()]
        return self._asker.shared_meanings(
            first_ones, lambda: ((source, name) for source in self._senders for name in self._names)
        )

    def _name_pairs(self) -> Iterator[tuple[Endpoint, Endpoint]]:
        """The first ones of each two kinds; a machine resolves its own name, too."""
        receivers = [one for one in _first_two(self._receivers, self._kinds) if self._columns[one].is_named]
        return ((one, other) for one in _first_two(self._senders, self._kinds) for other in receivers)

    def _asked_alone(self) -> Iterator[tuple[Endpoint, Endpoint]]:
        """The pairs of which a name was resolved that may mean something of their own."""
        named = {one.name: one for one, column in self._columns.items() if column.is_named}
        asked = self._meanings.asked if isinstance(self._meanings, SharedMeanings) else ()
        return ((source, named[name]) for source, name in asked if named[name] != source)

    def _requests(self, pairs: Iterable[tuple[Endpoint, Endpoint]]) -> Iterator[ProbeRequest]:
        for source, destination in pairs:
            column = self._columns[destination]
            for number in range(column.width):
                request = question(column, self._meanings, source, destination, number).request
                if request is not None:
                    yield request

    # --- by what is translated ------------------------------------------------------------------------------------

    @cached_property
    def _behind(self) -> list[CellQuestion]:
        """What leads to a receiver at addresses that no other receiver has."""
        entries = self._asker.entries
        if not entries:
            return []
        leading = [
            (destination, entry)
            for destination in self._receivers
            for probe in (Probe(), *self._asker.servers(destination))
            for entry in entries.to(destination, probe)
        ]
        holders: dict[Address, set[Endpoint]] = {}
        for one in self._receivers:
            for address in self._addresses[one]:
                holders.setdefault(address, set()).add(one)
        return [
            CellQuestion(source, destination, str(entry.address), entry.address, entry.probe)
            for source in self._senders
            for destination, entry in leading
            if destination != source
            and entry.sender in ("", entries.labels[source])
            and not holders.get(entry.address, set()) - {source}
        ]

    @cached_property
    def _is_translated(self) -> _Translated:
        found: dict[Address, set[Probe]] = {}
        for _, entry in self._asker.all_entries:
            found.setdefault(entry.address, set()).add(entry.probe)
        return _Translated({address: frozenset(probes) for address, probes in found.items()})

    def _published_ports(
        self, answers: AnswersOf[ProbeRequest, Answer], behind: Sequence[ProbeRequest]
    ) -> dict[ProbeRequest, str]:
        """Of those that are translated: where they lead to, if that is not what they were sent to."""
        pairs = [pair for pair in self._pairs if any(map(self._is_translated, self._requests([pair])))]
        every = (*self._requests(self._pairs_like(pairs)), *self._requests(self._asked_alone()), *behind)
        translated = dict.fromkeys(filter(self._is_translated, every))
        return {request: self._published(request, answers[request]) for request in translated}

    def _published(self, request: ProbeRequest, answer: Answer) -> str:
        """Where it arrived, if that is not what it was sent to; where it would lead, if it did not arrive."""
        entries = self._asker.entries
        if answer and answer.arrival is not None:
            owner = entries.owner_of(answer.arrival.namespace)
            found = None if owner is None else (owner, attrs.evolve(request.probe, port=answer.arrival.port))
        else:
            found = entries.leads_to(request.address, request.probe)
        if found is None or (request.address in self._addresses[found[0]] and found[1] == request.probe):
            return ""
        return f"{found[0].short} {found[1]}"

    def _firewalls(
        self, answers: AnswersOf[ProbeRequest, Answer], published: Mapping[ProbeRequest, str],
        behind: Sequence[ProbeRequest],
    ) -> dict[ProbeRequest, str]:  # fmt: skip
        """Of published ports that the machine outside reaches: which chains of the host its first packet met."""
        outside = [one for one in self._senders if one.kind == LAN and published]
        rows = self._requests((one, other) for one in outside for other in self._receivers if one != other)
        asked = dict.fromkeys((*rows, *(request for request in behind if request.sender.kind == LAN)))
        return {
            request: self._chains(question_of(request))
            for request in asked
            if published.get(request) and answers[request]
        }

    def _chains(self, question: ReachQuestion) -> str:
        """The hooks of the host's filter table that the first packet met."""
        verdict = ask(self._lab, question, watch=True)
        request, host = verdict.request, self._lab.machine.kernel.root.label
        met = [
            event.hook
            for event in verdict.events
            if isinstance(event, Filtered)
            and event.packet == request
            and event.table == "filter"
            and event.namespace == host
        ]
        return " ".join(dict.fromkeys(met)) or "none"


def _first_two(ends: Sequence[Endpoint], kinds: Mapping[Endpoint, int]) -> Iterator[Endpoint]:
    """Of each kind, in the order of all."""
    seen: Counter[int] = Counter()
    for one in ends:
        seen[kinds[one]] += 1
        if seen[kinds[one]] <= 2:
            yield one


def _only_by_these(found: Sequence[Cell], cells: Iterable[Cell]) -> Iterator[Cell]:
    """The cells by which a sender reaches what no other cell reaches, or only addresses that lead there as well."""
    if not any(cell.reached and cell.is_behind for cell in found):
        return
    reached = {port for cell in cells if cell.reached for port in ports_reached(cell)}
    for cell in found:
        if cell.reached and cell.is_behind and not reached.intersection(ports_reached(cell)):
            reached.update(ports_reached(cell))
            yield cell
