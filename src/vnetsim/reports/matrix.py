"""A matrix for people and for other programs: text, CSV, JSON, Markdown, HTML."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Final

from vnetsim.failures import listing, summary
from vnetsim.reach.endpoints.endpoints import Endpoint
from vnetsim.reach.matrix.cells import Cell
from vnetsim.reach.matrix.matrix import Matrix
from vnetsim.reach.probing.verdict import Outcome
from vnetsim.reports import tables

#: A grid wider than this is a list instead.
_WIDTH: Final = 120
_NOTHING: Final = "-"
_LEGEND: Final = "@: by its name as well"
#: A row as it is in a document that is indented by 1: the encoder in C knows no indentation.
_ROW: Final = json.JSONEncoder(ensure_ascii=False, separators=(",\n   ", ": "))
#: The keys of a row.
_COLUMNS: Final = (
    "source", "source_kind", "destination", "destination_kind", "by", "target", "address", "protocol", "port",
    "reached", "outcome", "words", "published", "firewall",
)  # fmt: skip


def present(matrix: Matrix, form: str) -> str:
    """The matrix as `text`, `csv`, `json`, `markdown` or `html`; KeyError for anything else."""
    return "".join(presented(matrix, form))


def presented(matrix: Matrix, form: str) -> Iterator[str]:
    """The same in parts: a matrix of many cells as CSV or JSON is never in memory as a whole."""
    return FORMS[form](matrix)


def _text(matrix: Matrix) -> Iterator[str]:
    grid, notes = tables.text(*_grid(matrix)), _notes(matrix)
    if max(map(len, grid.splitlines()), default=0) > _WIDTH:
        grid = "".join(f"{line}\n" for line in _list(matrix)) or "nobody reaches anybody\n"
    yield grid + "".join(f"\n{line}" for line in notes) + ("\n" if notes else "")


def _notes(matrix: Matrix) -> list[str]:
    """The lines below the table."""
    lines = [_LEGEND] if any(cell.reached and cell.by == "name" for cell in matrix.cells) else []
    lines += [f"open to the LAN: {line}" for line in _open(matrix)]
    lines += [f"{endpoint.short} is {state}, not running" for endpoint, state in matrix.absent]
    lines += [f"not known: {line}" for line in unknown_of(matrix)]
    return lines + ([summary(matrix.failures), *listing(matrix.failures)] if matrix.failures else [])


def unknown_of(matrix: Matrix) -> list[str]:
    """What could not be answered, and why."""
    return list(
        dict.fromkeys(
            f"{cell.source.short} -> {cell.destination.short} {cell.probe}: {cell.answer.text}"
            for cell in matrix.unknown
        )
    )


def _open(matrix: Matrix) -> Iterator[str]:
    for cell in matrix.open_to_lan():
        line = f"{cell.destination.short} {cell.target} {cell.probe}"
        if not cell.published:
            yield line
        elif "INPUT" in cell.firewall.split():
            yield f"{line}, published for {cell.published}"
        else:
            met = f"only {cell.firewall}" if cell.firewall != "none" else "no chain of the filter table"
            yield f"{line}, published for {cell.published}, past the INPUT rules of the host (it meets {met})"


def _grid(matrix: Matrix) -> tuple[list[str], list[list[str]]]:
    senders = list(dict.fromkeys(cell.source for cell in matrix.cells))
    receivers = list(dict.fromkeys(cell.destination for cell in matrix.cells))
    order = {endpoint: position for position, endpoint in enumerate(matrix.endpoints)}
    receivers.sort(key=order.__getitem__)
    pairs = _pairs(matrix)
    rows = [
        [sender.short, *("" if sender == receiver else _ports(pairs[sender, receiver]) for receiver in receivers)]
        for sender in senders
    ]
    return ["from \\ to", *(receiver.short for receiver in receivers)], rows


def _pairs(matrix: Matrix) -> dict[tuple[Endpoint, Endpoint], list[Cell]]:
    found: dict[tuple[Endpoint, Endpoint], list[Cell]] = {
        (one, other): [] for one in matrix.endpoints for other in matrix.endpoints
    }
    for cell in matrix.cells:
        found[cell.source, cell.destination].append(cell)
    return found


def _list(matrix: Matrix) -> Iterator[str]:
    for (one, other), cells in _pairs(matrix).items():
        if any(cell.reached for cell in cells):
            yield f"{one.short} -> {other.short}: {_ports(cells)}"


def _ports(cells: list[Cell]) -> str:
    """The ports that are reached; else `refused` if a packet was refused."""
    ports = {_port(cell): False for cell in cells if cell.reached}
    for cell in cells:
        if cell.reached and cell.by == "name":
            ports[_port(cell)] = True
    line = " ".join(f"{port}{'@' if named else ''}" for port, named in ports.items())
    outcomes = {cell.answer.outcome for cell in cells}
    if Outcome.UNKNOWN in outcomes:
        return f"{line} not known".strip()
    return line or ("refused" if Outcome.REFUSED in outcomes else _NOTHING)


def _port(cell: Cell) -> str:
    """The port of the destination; and where to send to, if that is none of its addresses."""
    if not cell.is_behind:
        return str(cell.probe)
    port = f":{cell.probe.port}" if cell.probe.port else ""
    return (
        f"{cell.published.rpartition(' ')[2]}({cell.address if ':' not in cell.address else f'[{cell.address}]'}{port})"
    )


def _table(matrix: Matrix) -> tuple[tuple[str, ...], Iterator[list[object]]]:
    """Each row has the number of failures of the lab, and that of its assumptions, if there are any."""
    counts = {"incomplete": len(matrix.failures), "assumptions": len(matrix.assumptions)}
    counts = {name: count for name, count in counts.items() if count}
    rows = ([*map(_plain, cell.row().values()), *counts.values()] for cell in matrix.cells)
    return (*_COLUMNS, *counts), rows


def _plain(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value


def _csv(matrix: Matrix) -> Iterator[str]:
    return tables.comma_separated(*_table(matrix))


def _json(matrix: Matrix) -> Iterator[str]:
    document = {
        "endpoints": [{"name": one.short, "kind": one.kind} for one in matrix.endpoints],
        "not_running": [{"name": one.short, "state": state} for one, state in matrix.absent],
        "rows": [],
        "incomplete": [failure.json() for failure in matrix.failures],
        **({"assumptions": list(matrix.assumptions)} if matrix.assumptions else {}),
    }
    before, rows, behind = json.dumps(document, indent=1, ensure_ascii=False).partition('\n "rows": []')
    yield before + rows[:-1]
    separator, end = "\n", ""
    for cell in matrix.cells:
        yield f"{separator}  {{\n   {_ROW.encode(cell.row())[1:-1]}\n  }}"
        separator, end = ",\n", "\n "
    yield f"{end}]{behind}\n"


def _markdown(matrix: Matrix) -> Iterator[str]:
    notes = "".join(f"\n- {line}" for line in (*_notes(matrix), *matrix.assumptions))
    yield tables.markdown(*_grid(matrix)) + (f"{notes}\n" if notes else "")


def _html(matrix: Matrix) -> Iterator[str]:
    yield tables.html_page(
        "Who reaches whom",
        tables.html_table(*_grid(matrix), good="yes"),
        *(tables.paragraph(line) for line in (*_notes(matrix), *matrix.assumptions)),
        tables.heading("Every probe"),
        tables.html_table(*_table(matrix)),
    )


FORMS: Final[dict[str, Callable[[Matrix], Iterator[str]]]] = {
    "text": _text,
    "csv": _csv,
    "json": _json,
    "markdown": _markdown,
    "html": _html,
}
