"""Fields of Go structures: their names in Go and in JSON."""

from __future__ import annotations

from typing import Final

from vnetsim.programs.docker.go.values import (
    ANY,
    STRING,
    GoField,
    GoKind,
    GoType,
    named,
    pointer_to,
    slice_of,
    structure,
)


def fields(kind: GoType, *names: str) -> tuple[GoField, ...]:
    """Fields of one type; `Name=json` where JSON has another name, `?` where it leaves out an empty one."""
    made = []
    for name in names:
        go_name, _, json_name = name.removesuffix("?").partition("=")
        made.append(GoField(go_name, kind, json_name or go_name, omit_empty=name.endswith("?")))
    return tuple(made)


def embedded(name: str, kind: GoType) -> GoField:
    return GoField(name, kind, "")


UINT: Final = named(GoKind.UINT, "uint")
STR_SLICE: Final = slice_of(STRING, "strslice.StrSlice")
#: Types of which only emptiness is known.
OPAQUE: Final = slice_of(ANY)


def opaque(name: str) -> GoType:
    return slice_of(ANY, name)


def opaque_pointer(name: str) -> GoType:
    return pointer_to(structure(name))
