"""The cells of a matrix: one for each probe, each made on access.

    cells = Cells(senders, receivers, widths, cell)
    cells[0].answer, len(cells)

A matrix of a thousand machines has a million cells, and few answers that differ: what is stored are the answers of
orbits (`vnetsim.reach.probing.orbits`) and the columns of each receiver, from which a cell is made.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from itertools import accumulate, chain
from operator import eq
from typing import Any, Protocol, TypeAlias, overload

from vnetsim.reach.endpoints.endpoints import Endpoint
from vnetsim.reach.endpoints.probe import Probe
from vnetsim.reach.probing.sweep import Answer
from vnetsim.reach.probing.verdict import Outcome
from vnetsim.values import frozen

Row: TypeAlias = dict[str, Any]


@frozen(kw_only=True)
class Cell:
    """One probe.  `target` is what was typed, a name or an address, `address` where that led ("" for nowhere).

    `published`: of a port that is translated, by an engine or by a rule, the machine and port that it leads to: where
    the packet arrived, if it did.  `firewall` tells, of such a port that the machine outside reaches, which of the
    host's chains its first packet met.
    """

    source: Endpoint
    destination: Endpoint
    target: str
    address: str
    probe: Probe
    answer: Answer
    published: str = ""
    firewall: str = ""

    @property
    def by(self) -> str:
        """`address` or `name`."""
        return "address" if self.target == self.address else "name"

    @property
    def reached(self) -> bool:
        return bool(self.answer)

    @property
    def is_unknown(self) -> bool:
        """Whether the packet met what is not modelled, or frames circled."""
        return self.answer.outcome is Outcome.UNKNOWN

    def is_about(self, destination: str, probe: Probe) -> bool:
        """Whether it probes this port of a machine of that name."""
        if self.probe == probe and not self.is_behind and is_called(self.destination, destination):
            return True
        name, _, port = self.published.rpartition(" ")
        return port == str(probe) and fnmatchcase(name, destination.partition(":")[2] or destination)

    @property
    def is_behind(self) -> bool:
        """Whether it is probed at an address that is not the destination's own, but translated to it."""
        return self.published.rpartition(" ")[0] == self.destination.short

    def row(self) -> Row:
        """Plain values, the same keys in every row."""
        return {
            "source": self.source.short,
            "source_kind": self.source.kind,
            "destination": self.destination.short,
            "destination_kind": self.destination.kind,
            "by": self.by,
            "target": self.target,
            "address": self.address,
            "protocol": self.probe.protocol,
            "port": self.probe.port,
            "reached": self.reached,
            "outcome": self.answer.outcome.value,
            "words": self.answer.text,
            "published": self.published,
            "firewall": self.firewall,
        }


class CellSource(Protocol):
    """Makes the cells of a sender to all receivers but itself, in their order, or one to a receiver by its number."""

    def cells(self, source: Endpoint, /) -> Iterable[Cell]: ...

    def cell(self, source: Endpoint, destination: Endpoint, number: int, /) -> Cell: ...


class Cells(Sequence[Cell]):
    """Those of each sender to each receiver but itself, in this order, and `more` behind them.

    `widths` says how many there are to each receiver; `source` makes them.  They are equal to a tuple of the same
    cells.  None is kept: a single cell or the number of all is had without the others, and whoever goes through all of
    them twice has them made twice.
    """

    def __init__(
        self, senders: Sequence[Endpoint], receivers: Sequence[Endpoint], widths: Sequence[int], source: CellSource,
        more: Sequence[Cell] = (),
    ) -> None:  # fmt: skip
        self._senders, self._receivers, self._widths, self._source, self._more = (
            senders, receivers, widths, source, more,
        )  # fmt: skip
        self._columns = [0, *accumulate(widths)]
        self._place = {receiver: place for place, receiver in enumerate(receivers)}
        own = (widths[self._place[one]] if one in self._place else 0 for one in senders)
        self._rows = [0, *accumulate(self._columns[-1] - width for width in own)]

    def with_more(self, more: Sequence[Cell]) -> Cells:
        return Cells(self._senders, self._receivers, self._widths, self._source, more)

    def __len__(self) -> int:
        return self._rows[-1] + len(self._more)

    def __iter__(self) -> Iterator[Cell]:
        return chain(chain.from_iterable(map(self._source.cells, self._senders)), self._more)

    @overload
    def __getitem__(self, index: int) -> Cell: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Cell]: ...
    def __getitem__(self, index: int | slice) -> Cell | Sequence[Cell]:
        found = range(len(self))[index]
        return self._at(found) if isinstance(found, int) else tuple(map(self._at, found))

    def _at(self, index: int) -> Cell:
        if index >= self._rows[-1]:
            return self._more[index - self._rows[-1]]
        row = bisect_right(self._rows, index) - 1
        sender, column = self._senders[row], index - self._rows[row]
        own = self._place.get(sender)
        if own is not None and column >= self._columns[own]:
            column += self._widths[own]
        place = bisect_right(self._columns, column) - 1
        return self._source.cell(sender, self._receivers[place], column - self._columns[place])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Cells | tuple):
            return NotImplemented
        return self is other or (len(self) == len(other) and all(map(eq, self, other)))

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))


def ports_reached(cell: Cell) -> set[tuple[Endpoint, str]]:
    """The sender, and each port of a machine that it reaches: that of the cell, and the one behind it."""
    own = f"{cell.destination.short} {cell.probe}"
    found = {cell.published} if cell.is_behind else {own, cell.published}
    return {(cell.source, port) for port in found if port}


def matches(endpoint: Endpoint, patterns: Sequence[str]) -> bool:
    """Whether one of the patterns is about it; none at all match every endpoint."""
    return not patterns or any(is_called(endpoint, pattern) for pattern in patterns)


def is_called(endpoint: Endpoint, pattern: str) -> bool:
    names = (endpoint.short, str(endpoint), endpoint.service)
    return any(fnmatchcase(name, pattern) for name in names if name)
