"""Formats of jq: `@csv`, `@base64` and the like (f_format of builtin.c of jq 1.6)."""

from __future__ import annotations

import base64
import urllib.parse
from collections.abc import Callable
from typing import Final

from vnetsim.programs.jq.values import (
    JqError,
    Value,
    about,
    dumps,
)


def to_text(value: Value) -> str:
    return value if isinstance(value, str) else dumps(value)


# --- formats --------------------------------------------------------------------------------------------------------


def _row(value: Value, separator: str, quote: Callable[[str], str], name: str) -> str:
    if not isinstance(value, list):
        raise JqError(f"{about(value)} cannot be {name}-formatted, only array")
    cells = []
    for each in value:
        if isinstance(each, (list, dict)):
            raise JqError(f"{about(each)} is not valid in a csv row")
        cells.append("" if each is None else quote(each) if isinstance(each, str) else dumps(each))
    return separator.join(cells)


def _csv(value: Value) -> str:
    return _row(value, ",", lambda text: '"' + text.replace('"', '""') + '"', "csv")


def _tsv(value: Value) -> str:
    escapes = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
    return _row(value, "\t", lambda text: "".join(escapes.get(each, each) for each in text), "tsv")


def _html(value: Value) -> str:
    marks = {"<": "&lt;", ">": "&gt;", "&": "&amp;", "'": "&#39;", '"': "&quot;"}
    return "".join(marks.get(each, each) for each in to_text(value))


def _sh(value: Value) -> str:
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, (list, dict)):
            raise JqError(f"{about(each)} can not be escaped for shell")
    words = value if isinstance(value, list) else [value]
    return " ".join("'" + each.replace("'", "'\\''") + "'" if isinstance(each, str) else dumps(each) for each in words)


def _base64d(value: Value) -> str:
    text = to_text(value).rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True).decode("utf-8", "replace")
    except ValueError:
        raise JqError(f"{about(to_text(value))} is not valid base64 data") from None


FORMATS: Final[dict[str, Callable[[Value], str]]] = {
    "@text": to_text, "@json": dumps, "@csv": _csv, "@tsv": _tsv, "@html": _html, "@sh": _sh,
    "@uri": lambda value: urllib.parse.quote(to_text(value), safe="-_.~"),
    "@base64": lambda value: base64.b64encode(to_text(value).encode()).decode(), "@base64d": _base64d,
}  # fmt: skip
