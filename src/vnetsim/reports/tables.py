"""Tables: the same header and rows as text for a terminal, CSV, Markdown and HTML."""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Final, TypeAlias

#: Cells of one row, as many as the header has.
Row: TypeAlias = Sequence[object]

_STYLE: Final = (
    "body{font:14px sans-serif;margin:2em}table{border-collapse:collapse;margin:1em 0}"
    "th,td{border:1px solid #ccc;padding:.3em .6em;text-align:left;vertical-align:top}"
    "th{background:#f3f3f3}td.yes{background:#dff3df}td.no{color:#888}"
)


def text(header: Row, rows: Sequence[Row]) -> str:
    """Columns two blanks apart, each as wide as its widest cell; no blanks at line ends."""
    lines = [[str(cell) for cell in row] for row in (header, *rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    return "".join(
        "  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip() + "\n"
        for line in lines
    )


def comma_separated(header: Row, rows: Iterable[Row]) -> Iterator[str]:
    """RFC 4180, lines ended by a newline alone."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for row in chain([header], rows):
        writer.writerow(row)
        yield out.getvalue()
        out.seek(0)
        out.truncate()


def markdown(header: Row, rows: Sequence[Row]) -> str:
    """A table of GitHub's Markdown."""
    lines = [_piped(header), _piped(["---"] * len(header)), *map(_piped, rows)]
    return "".join(f"{line}\n" for line in lines)


def _piped(row: Row) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in row) + " |"


def html_table(header: Row, rows: Iterable[Row], good: str = "") -> str:
    """A table element; cells of the columns behind the first are of class `no` if they are `-`, else `good`."""
    head = "".join(f"<th>{html.escape(str(cell))}</th>" for cell in header)
    body = "".join(f"<tr>{_cells(row, good)}</tr>\n" for row in rows)
    return f"<table>\n<tr>{head}</tr>\n{body}</table>\n"


def _cells(row: Row, good: str) -> str:
    first, *rest = (html.escape(str(cell)) for cell in row)
    kinds = ("no" if cell in ("-", "refused") else good for cell in rest)
    marked = "".join(f'<td class="{kind}">{cell}</td>' for cell, kind in zip(rest, kinds, strict=True))
    return f"<th>{first}</th>{marked}"


def html_page(title: str, *sections: str) -> str:
    """A page that needs nothing else: no scripts, no network."""
    head = f'<meta charset="utf-8">\n<title>{html.escape(title)}</title>\n<style>{_STYLE}</style>'
    body = f"<h1>{html.escape(title)}</h1>\n{''.join(sections)}"
    return f"<!DOCTYPE html>\n<html>\n<head>\n{head}\n</head>\n<body>\n{body}</body>\n</html>\n"


def paragraph(message: str) -> str:
    return f"<p>{html.escape(message)}</p>\n"


def heading(message: str) -> str:
    return f"<h2>{html.escape(message)}</h2>\n"
