"""The Go structures of the Engine API as the docker command (28.2.2) knows them (api/types of moby), from `types.txt`.

A line without indentation declares a type: its name and, after two spaces, its definition unless it is a structure.
The lines of a structure are its fields in Go's order: names, two spaces, type.  `Name=json` has another name in JSON,
`Name?` has omitempty; a type without a name is an embedded structure.  `--format` takes the names of Go, `{{json .}}`
prints those of JSON.  The types are recorded from the client with `{{printf "%T" .}}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final, cast

import attrs

from vnetsim.packagedata import data_text
from vnetsim.programs.docker.go import values
from vnetsim.programs.docker.go.times import TIME
from vnetsim.programs.docker.go.values import ANY, STRING, GoField, GoMethod, GoType, GoValue, boolean

_BUILTINS: Final = {
    builtin.name: builtin
    for builtin in (
        ANY, STRING, TIME, values.BOOL, values.EMPTY_STRUCT, values.INT, values.INT64, values.UINT, values.UINT16,
        values.UINT64,
    )
}  # fmt: skip


def _mode_is(*modes: str) -> GoMethod:
    return GoMethod(lambda mode: boolean(mode in modes))


def _is_container(mode: object) -> bool:
    return cast("str", mode).startswith("container:")


def _is_user_defined(mode: object) -> bool:
    return mode not in ("default", "bridge", "host", "none", "") and not _is_container(mode)


_METHODS: Final[Mapping[str, Mapping[str, GoMethod]]] = {
    "container.NetworkMode": {
        "IsBridge": _mode_is("bridge"),
        "IsDefault": _mode_is("default"),
        "IsHost": _mode_is("host"),
        "IsNone": _mode_is("none"),
        "IsContainer": GoMethod(lambda mode: boolean(_is_container(mode))),
        "IsUserDefined": GoMethod(lambda mode: boolean(_is_user_defined(mode))),
        "NetworkName": GoMethod(lambda mode: GoValue(STRING, cast("str", mode).partition(":")[0])),
    },
}


@cache
def go_type(name: str) -> GoType:
    """The type that Go writes so: `*container.State`, `map[string]string`."""
    if name in _BUILTINS:
        return _BUILTINS[name]
    if name.startswith("*"):
        return values.pointer_to(go_type(name[1:]))
    if name.startswith("["):
        length, _, element = name[1:].partition("]")
        if length:
            return values.array_of(go_type(element), int(length))
        # The elements of undeclared types are decoded as interfaces.
        return values.slice_of(go_type(element) if _is_declared(element) else ANY, name)
    if name.startswith("map["):
        key, _, element = name[4:].partition("]")
        return values.map_of(go_type(element), go_type(key))
    definition, *fields = _declarations().get(name, [""])
    if definition:
        return attrs.evolve(go_type(definition), name=name, methods=_METHODS.get(name, {}))
    return values.structure(name, *(field for line in fields for field in _fields(line)))


@cache
def _declarations() -> dict[str, list[str]]:
    """The definition of each type (empty for a structure), and its fields."""
    found: dict[str, list[str]] = {}
    for line in data_text("vnetsim.programs", "docker/types.txt").splitlines():
        if line.startswith(" "):
            next(reversed(found.values())).append(line.strip())
        elif line and not line.startswith("#"):
            name, _, definition = line.partition("  ")
            found[name] = [definition.strip()]
    return found


def _is_declared(name: str) -> bool:
    base = re.sub(r"^(\*|\[\d*\])+", "", name)
    return base in _BUILTINS or base in _declarations()


def _fields(line: str) -> Iterator[GoField]:
    names, _, type_name = line.rpartition("  ")
    kind = go_type(type_name)
    if not names:
        yield GoField(type_name.rpartition(".")[2], kind, "")
        return
    for name in names.strip().split(", "):
        go_name, _, json_name = name.removesuffix("?").partition("=")
        yield GoField(go_name, kind, json_name or go_name, omit_empty=name.endswith("?"))
