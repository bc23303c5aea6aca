"""A matrix is written in parts, which are the whole that the libraries of Python write at once."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence

import pytest

from vnetsim.reach.endpoints.endpoints import Endpoint
from vnetsim.reach.endpoints.probe import Probe
from vnetsim.reach.matrix.cells import Cell
from vnetsim.reach.matrix.matrix import Matrix
from vnetsim.reach.probing.sweep import Answer
from vnetsim.reach.probing.verdict import Outcome
from vnetsim.reports.matrix import presented

ENDS = Endpoint("host"), Endpoint("container", 'wéb, "one"')
CELLS = [
    Cell(source=ENDS[0], destination=ENDS[1], target="10.0.0.2", address="10.0.0.2", probe=Probe("tcp", port),
         answer=Answer(Outcome.ERROR, '"rows": [],\n "rows": []'))
    for port in (80, 81)
]  # fmt: skip


def matrix(cells: Sequence[Cell]) -> Matrix:
    return Matrix(cells=cells, endpoints=ENDS, absent=((Endpoint("container", 'x "rows": []'), "exited"),))


@pytest.mark.parametrize("count", [0, 1, 2])
def test_the_parts_of_json_are_the_whole(count: int) -> None:
    parts = list(presented(matrix(CELLS[:count]), "json"))
    whole = "".join(parts)
    document = json.loads(whole)
    assert whole == json.dumps(document, indent=1, ensure_ascii=False) + "\n"
    assert document["rows"] == [cell.row() for cell in CELLS[:count]]
    assert len(parts) == count + 2


def test_a_part_of_csv_is_a_row() -> None:
    parts = list(presented(matrix(CELLS), "csv"))
    header, *rows = csv.reader(io.StringIO("".join(parts)))
    assert [dict(zip(header, row, strict=True))["port"] for row in rows] == ["80", "81"]
    assert len(parts) == 3
