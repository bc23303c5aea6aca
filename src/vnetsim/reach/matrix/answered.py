"""What the cells of a matrix are made from: columns, what names mean, and the answers to what was probed.

    answered.cell(source, destination, number)     # one of a pair
    answered.cells(source)                         # all of a sender, and where most pairs are like another one, sooner

Nothing of a lab is in it: it can be pickled, and is small where many pairs have the same answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import attrs

from vnetsim.process import Resolved
from vnetsim.reach.endpoints.endpoints import Endpoint
from vnetsim.reach.endpoints.probe import Probe
from vnetsim.reach.matrix.cells import Cell
from vnetsim.reach.probing.orbits import AnswersOf, SharedAnswers, SharedMeanings
from vnetsim.reach.probing.sweep import Answer, ProbeRequest
from vnetsim.reach.probing.verdict import Outcome
from vnetsim.values import frozen
from vnetsim.wire.inet import Address

_NO_NAME: Final = Answer(Outcome.NO_NAME)


@frozen
class CellQuestion:
    """One cell to be: what is typed, and where that leads."""

    source: Endpoint
    destination: Endpoint
    target: str
    address: Address | None
    probe: Probe
    text: str = ""

    @property
    def request(self) -> ProbeRequest | None:
        return None if self.address is None else ProbeRequest(self.source, self.address, self.probe)


@frozen
class ProbedColumn:
    """What is probed of a receiver, by each sender: for each port its name, if names are asked for, and addresses."""

    addresses: tuple[Address, ...]
    probes: tuple[Probe, ...]
    is_named: bool
    targets: tuple[str, ...] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "targets", tuple(map(str, self.addresses)))

    @property
    def each(self) -> int:
        """How many cells each port has."""
        return len(self.addresses) + self.is_named

    @property
    def width(self) -> int:
        return len(self.probes) * self.each

    def place(self, number: int) -> int | None:
        """That of the address by which a cell is asked; None if it is by name."""
        place = number % self.each - self.is_named
        return None if place < 0 else place


@frozen
class _Alike:
    """A cell of all pairs of two kinds; `target` and `address` are indexes in a list: "", the receiver's name, its
    addresses.
    """

    probe: Probe
    answer: Answer
    target: int
    address: int


_NOWHERE, _NAME, _FIRST = range(3)


@frozen(eq=False)
class Answered:
    """`kinds` are equal for machines of which every question has the same answer."""

    columns: Mapping[Endpoint, ProbedColumn]
    meanings: AnswersOf[tuple[Endpoint, str], Resolved]
    answers: AnswersOf[ProbeRequest, Answer]
    published: Mapping[ProbeRequest, str]
    firewalls: Mapping[ProbeRequest, str]
    kinds: Mapping[Endpoint, int]
    #: With their kinds, and the texts that `_Alike` has indexes of.
    _receivers: tuple[tuple[Endpoint, int, tuple[str, ...]], ...] = attrs.field(init=False)
    #: By kinds; None where the cells of one pair do not tell those of the others.
    _alike: dict[tuple[int, int], list[_Alike] | None] = attrs.field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        receivers = ((one, self.kinds[one], ("", one.name, *column.targets)) for one, column in self.columns.items())
        object.__setattr__(self, "_receivers", tuple(receivers))

    def cell(self, source: Endpoint, destination: Endpoint, number: int) -> Cell:
        return self.cell_of(question(self.columns[destination], self.meanings, source, destination, number))

    def cell_of(self, asked: CellQuestion) -> Cell:
        request = asked.request
        if request is None:
            return Cell(source=asked.source, destination=asked.destination, target=asked.target, address="",
                        probe=asked.probe, answer=attrs.evolve(_NO_NAME, text=asked.text))  # fmt: skip
        answer = self.answers[request]
        published = self.published.get(request, "") if self.published else ""
        return Cell(
            source=asked.source, destination=asked.destination, target=asked.target, address=str(request.address),
            probe=asked.probe, answer=answer, published=published,
            firewall=self.firewalls.get(request, "") if published else "",
        )  # fmt: skip

    def cells(self, source: Endpoint) -> Iterator[Cell]:
        """All of a sender, as `cell` makes each."""
        kind = self.kinds[source]
        for destination, other, texts in self._receivers:
            if destination == source:
                continue
            kinds = kind, other
            if kinds not in self._alike:
                self._alike[kinds] = self._alike_in(source, destination)
            alike = self._alike[kinds]
            if alike is None:
                yield from (self.cell(source, destination, number) for number in range(self.columns[destination].width))
                continue
            for each in alike:
                yield Cell(source=source, destination=destination, target=texts[each.target],
                           address=texts[each.address], probe=each.probe, answer=each.answer)  # fmt: skip

    def _alike_in(self, source: Endpoint, destination: Endpoint) -> list[_Alike] | None:
        """What the cells of a pair have in common with those of all pairs of the same kinds."""
        column, found = self.columns[destination], []
        for number in range(column.width):
            asked = question(column, self.meanings, source, destination, number)
            cell, place = self.cell_of(asked), column.place(number)
            if not self._is_shared(asked, by_name=place is None) or cell.published or cell.answer.arrival is not None:
                return None
            if place is None and asked.address is not None and asked.address not in column.addresses:
                return None
            address = _NOWHERE if asked.address is None else _FIRST + column.addresses.index(asked.address)
            found.append(_Alike(cell.probe, cell.answer, _NAME if place is None else _FIRST + place, address))
        return found

    def _is_shared(self, asked: CellQuestion, *, by_name: bool) -> bool:
        """Whether its answer is that of all the others, but for their addresses."""
        answers, meanings, request = self.answers, self.meanings, asked.request
        if by_name and not (isinstance(meanings, SharedMeanings) and meanings.is_shared((asked.source, asked.target))):
            return False
        return request is None or (isinstance(answers, SharedAnswers) and answers.is_shared(request))


def question(
    column: ProbedColumn, meanings: AnswersOf[tuple[Endpoint, str], Resolved], source: Endpoint, destination: Endpoint,
    number: int,
) -> CellQuestion:  # fmt: skip
    """One of those of a sender to a receiver, by its number."""
    probe, place = column.probes[number // column.each], column.place(number)
    if place is not None:
        return CellQuestion(source, destination, column.targets[place], column.addresses[place], probe)
    found = meanings[source, destination.name]
    address = found.addresses[0] if found.addresses else None
    return CellQuestion(source, destination, destination.name, address, probe, found.error or "")
