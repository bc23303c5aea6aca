"""Structs: what `omitempty` leaves out of YAML and of JSON."""

from __future__ import annotations

import attrs

from vnetsim.compose.fieldtypes import SHELL_COMMAND, STRING
from vnetsim.compose.kinds import Extensible, Fields, ListOf, MapOf, Struct, field, pointer


@attrs.define
class Inner(Extensible):
    a: str = field(STRING)


@attrs.define
class Outer:
    value: Inner = field(Struct(Inner))  # noqa: RUF009
    maybe: Inner | None = field(pointer(Struct(Inner)))  # noqa: RUF009
    command: list[str] | None = field(SHELL_COMMAND, json_always=True)  # noqa: RUF009
    always: str = field(STRING, omit=False, json="Always")


def test_a_struct_by_value_is_left_out_of_yaml_alone_and_a_pointer_where_there_is_none() -> None:
    kind = Struct(Outer)
    assert kind.encode(Outer(), False) == Fields((("always", ""),))
    assert kind.encode(Outer(), True) == Fields((("value", Fields(())), ("command", None), ("Always", "")))
    assert kind.encode(Outer(maybe=Inner(), command=[]), False) == Fields(
        (("maybe", Fields(())), ("command", []), ("always", ""))
    )


def test_extensions_are_behind_all_fields_and_not_in_json() -> None:
    inner = Struct(Inner).decode({"#extensions": {"x-b": 1, "x-a": None}, "a": "v"}, "")
    assert Struct(Inner).encode(inner, False) == Fields((("a", "v"), ("x-a", None), ("x-b", 1)))
    assert Struct(Inner).encode(inner, True) == Fields((("a", "v"),))


def test_lists_and_maps() -> None:
    assert ListOf(STRING).decode(["a", 1], "l") == ["a", "1"]
    assert MapOf(pointer(STRING)).decode({"a": None, "b": "c"}, "m") == {"a": None, "b": "c"}
