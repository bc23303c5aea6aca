"""Go's encoding/json: Marshal and Indent, byte for byte.

HTML characters are escaped by default, maps are sorted by key, structures keep the order of their fields.
Not modelled: the string and inline options of tags, custom marshalers other than time.Time's.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import cast

from vnetsim.programs.docker.go.values import NUMBER, GoField, GoKind, GoValue, Json

_HTML = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})
_SEPARATORS = str.maketrans({"\u2028": "\\u2028", "\u2029": "\\u2029"})


def marshal(value: GoValue | None, *, escape_html: bool = True) -> str:
    """The JSON of a value; None is an invalid or nil one."""
    return "".join(_pieces(value, escape_html))


def quote(text: str, *, escape_html: bool = True) -> str:
    """A string of JSON as Go writes it."""
    quoted = json.dumps(text, ensure_ascii=False).translate(_SEPARATORS)
    return quoted.translate(_HTML) if escape_html else quoted


def _pieces(value: GoValue | None, escape_html: bool) -> list[str]:
    if value is None or value.is_nil:
        return ["null"]
    if value.type.json is not None:
        return [value.type.json(value.data)]
    return _WRITERS[value.kind](value, escape_html)


def _write_bool(value: GoValue, _: bool) -> list[str]:
    return ["true" if value.data else "false"]


def _write_number(value: GoValue, _: bool) -> list[str]:
    return [float_text(value.data) if isinstance(value.data, float) else str(value.data)]


def _write_string(value: GoValue, escape_html: bool) -> list[str]:
    text = cast("str", value.data)
    return [text if value.type is NUMBER else quote(text, escape_html=escape_html)]


def _write_list(value: GoValue, escape_html: bool) -> list[str]:
    return ["[", *_joined([_pieces(item, escape_html) for item in value.items]), "]"]


def _write_map(value: GoValue, escape_html: bool) -> list[str]:
    members = [
        [quote(key, escape_html=escape_html), ":", *_pieces(item, escape_html)]
        for key, item in sorted(value.entries.items())
    ]
    return ["{", *_joined(members), "}"]


def _write_struct(value: GoValue, escape_html: bool) -> list[str]:
    if value.type.text is not None:
        return [quote(cast("str", value.data), escape_html=escape_html)]
    members = [
        [quote(field.json, escape_html=escape_html), ":", *_pieces(item, escape_html)]
        for field, item in _visible(value)
        if not (field.omit_empty and _is_empty(item))
    ]
    return ["{", *_joined(members), "}"]


def _visible(value: GoValue) -> list[tuple[GoField, GoValue]]:
    """Fields in order, those of embedded structures where these are; the outer one hides the inner one of its name."""
    outer = {field.json for field in value.type.fields if not field.embedded}
    found: list[tuple[GoField, GoValue]] = []
    for field in value.type.fields:
        item = value.entries[field.name]
        if not field.embedded:
            if field.json != "-":
                found.append((field, item))
            continue
        inner = item.inside if item.kind is GoKind.POINTER else item
        if inner is not None:
            found.extend(pair for pair in _visible(inner) if pair[0].json not in outer)
    return found


def _is_empty(value: GoValue) -> bool:
    return value.kind is not GoKind.STRUCT and not value.data


def _write_inside(value: GoValue, escape_html: bool) -> list[str]:
    return _pieces(value.inside, escape_html)


def _joined(members: list[list[str]]) -> list[str]:
    pieces: list[str] = []
    for number, member in enumerate(members):
        if number:
            pieces.append(",")
        pieces.extend(member)
    return pieces


_WRITERS: Mapping[GoKind, Callable[[GoValue, bool], list[str]]] = {
    GoKind.BOOL: _write_bool,
    GoKind.INT: _write_number,
    GoKind.UINT: _write_number,
    GoKind.FLOAT: _write_number,
    GoKind.STRING: _write_string,
    GoKind.SLICE: _write_list,
    GoKind.ARRAY: _write_list,
    GoKind.MAP: _write_map,
    GoKind.STRUCT: _write_struct,
    GoKind.POINTER: _write_inside,
    GoKind.INTERFACE: _write_inside,
}


def float_text(number: float) -> str:
    """A float64 as encoding/json writes it (like JavaScript: exponents below 1e-6 and from 1e21)."""
    if number == 0 or 1e-6 <= abs(number) < 1e21:
        return format(number, "f").rstrip("0").rstrip(".") if number == int(number) else repr(number)
    mantissa, exponent = f"{number!r}e+0".split("e")[:2] if "e" not in repr(number) else repr(number).split("e")
    return f"{mantissa.removesuffix('.0')}e{int(exponent):+d}"


def document(answer: Json, *, escape_html: bool = True) -> str:
    """A JSON document in the order it came in, compact."""
    return "".join(_document_pieces(answer, escape_html))


def _document_pieces(answer: Json, escape_html: bool) -> list[str]:
    if isinstance(answer, str):
        return [quote(answer, escape_html=escape_html)]
    if isinstance(answer, Mapping):
        members = [
            [quote(key, escape_html=escape_html), ":", *_document_pieces(item, escape_html)]
            for key, item in answer.items()
        ]
        return ["{", *_joined(members), "}"]
    if isinstance(answer, Sequence):
        return ["[", *_joined([_document_pieces(item, escape_html) for item in answer]), "]"]
    if isinstance(answer, float):
        return [float_text(answer)]
    return [json.dumps(answer)]


def indented(answer: Json, prefix: str = "", indent: str = "    ") -> str:
    """json.Indent of a document as the engine sends it (HTML characters escaped): `{}` and `[]` stay on one line."""
    inner = prefix + indent
    if isinstance(answer, Mapping) and answer:
        members = [f"{inner}{quote(key)}: {indented(item, inner, indent)}" for key, item in answer.items()]
        return "{\n" + ",\n".join(members) + f"\n{prefix}}}"
    if isinstance(answer, Sequence) and not isinstance(answer, str) and answer:
        return "[\n" + ",\n".join(inner + indented(item, inner, indent) for item in answer) + f"\n{prefix}]"
    return document(answer)
