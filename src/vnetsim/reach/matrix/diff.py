"""What changed in who reaches whom: two matrices, of two scenarios or of two moments of one.

    for change in changes(before, after):
        print(change)                      # + lan -> host: tcp/8080

Compared is what people mean by reaching: from whom, to whom, at which port, and whether by its name.  Addresses are
not, for the same container may have another one tomorrow.
"""

from __future__ import annotations

from typing import Any

import attrs

from vnetsim.reach.matrix.cells import Cell
from vnetsim.reach.matrix.matrix import Matrix
from vnetsim.values import frozen


@frozen(kw_only=True)
class MatrixChange:
    """`now`: it is reached, and was not before; otherwise the reverse.

    `why` tells where there is nothing to reach any more, or was nothing before: `destination` or `source`, else "".
    """

    source: str
    destination: str
    port: str
    by: str
    now: bool
    missing: str = ""

    def __str__(self) -> str:
        how = " by its name" if self.by == "name" else ""
        missing = f" ({self.missing})" if self.missing else ""
        return f"{'+' if self.now else '-'} {self.source} -> {self.destination}: {self.port}{how}{missing}"

    def row(self) -> dict[str, Any]:
        return attrs.asdict(self)


def changes(before: Matrix, after: Matrix) -> list[MatrixChange]:
    """In the order of the matrices, what is reached no more at its former position."""
    old, new = _reached(before), _reached(after)
    keys = dict.fromkeys([*(cell_key(cell) for cell in after.cells), *(cell_key(cell) for cell in before.cells)])
    return [
        MatrixChange(source=key[0], destination=key[1], port=key[2], by=key[3], now=key in new,
               missing=_missing(key, before if key in new else after))
        for key in keys
        if (key in old) != (key in new)
    ]  # fmt: skip


def cell_key(cell: Cell) -> tuple[str, str, str, str]:
    return cell.source.short, cell.destination.short, str(cell.probe), cell.by


def _reached(matrix: Matrix) -> set[tuple[str, str, str, str]]:
    return {cell_key(cell) for cell in matrix.cells if cell.reached}


def _missing(key: tuple[str, str, str, str], other: Matrix) -> str:
    """Who of the two is not there on the other side of the comparison."""
    there = {endpoint.short for endpoint in other.endpoints}
    stopped = {endpoint.short: state for endpoint, state in other.absent}
    gone = [name for name in key[:2] if name not in there]
    return ", ".join(f"{name} is {stopped[name]}" if name in stopped else f"there is no {name}" for name in gone)
