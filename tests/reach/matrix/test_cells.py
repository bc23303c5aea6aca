"""A sequence of cells that are made when somebody looks at them is the tuple of the same cells."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnetsim.reach.endpoints.endpoints import Endpoint
from vnetsim.reach.endpoints.probe import Probe
from vnetsim.reach.matrix.cells import Cell, Cells
from vnetsim.reach.probing.sweep import Answer
from vnetsim.reach.probing.verdict import Outcome

ENDS = [Endpoint("netns", f"m{number}") for number in range(5)]


def cell(source: Endpoint, destination: Endpoint, number: int) -> Cell:
    target = f"10.0.0.{number}"
    return Cell(source=source, destination=destination, target=target, address=target, probe=Probe(),
                answer=Answer(Outcome.SILENT))  # fmt: skip


class Source:
    """Makes cells of receivers with so many."""

    def __init__(self, widths: dict[Endpoint, int]) -> None:
        self.widths = widths

    def cells(self, source: Endpoint) -> list[Cell]:
        return [
            cell(source, one, number) for one, width in self.widths.items() if one != source for number in range(width)
        ]

    def cell(self, source: Endpoint, destination: Endpoint, number: int) -> Cell:
        return cell(source, destination, number)


@st.composite
def lazy_cells(draw: st.DrawFn) -> tuple[Cells, tuple[Cell, ...]]:
    """With some receivers at which nothing is probed, and what they come to."""
    senders, receivers = (draw(st.lists(st.sampled_from(ENDS), unique=True, max_size=5)) for _ in range(2))
    widths = [draw(st.integers(0, 3)) for _ in receivers]
    more = [cell(ENDS[0], ENDS[1], 99)] * draw(st.integers(0, 1))
    expected = [
        cell(sender, receiver, number)
        for sender in senders
        for receiver, width in zip(receivers, widths, strict=True)
        if sender != receiver
        for number in range(width)
    ]
    source = Source(dict(zip(receivers, widths, strict=True)))
    return Cells(senders, receivers, widths, source).with_more(more), (*expected, *more)


@given(lazy_cells(), st.slices(20))
def test_lazy_cells_are_the_tuple(made: tuple[Cells, tuple[Cell, ...]], some: slice) -> None:
    lazy, expected = made
    assert tuple(lazy) == expected == tuple(lazy[index] for index in range(len(lazy)))
    assert lazy == expected
    assert expected == lazy
    assert hash(lazy) == hash(expected)
    assert lazy[some] == expected[some]
    assert repr(lazy) == repr(expected)
    assert pickle.loads(pickle.dumps(lazy)) == expected
    assert [*reversed(lazy)] == [*reversed(expected)]
    assert not expected or lazy != expected[1:]


def test_what_is_no_cell_is_refused() -> None:
    lazy = Cells(ENDS, ENDS, [1] * 5, Source(dict.fromkeys(ENDS, 1)))
    assert len(lazy) == 20
    assert lazy[-1] == cell(ENDS[4], ENDS[3], 0)
    with pytest.raises(IndexError):
        lazy[20]
    assert lazy != [*lazy]
