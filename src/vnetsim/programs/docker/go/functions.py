"""The functions of Go's text/template (funcs.go): index, slice, len, comparisons, printing, escaping.

A function gets reflect's values (None: the invalid one) and gives one, or raises CallError with the sentence that
follows `error calling NAME: `.  Not modelled: call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias, cast
from urllib.parse import quote_plus

from vnetsim.errors import NotModelled
from vnetsim.programs.docker.go import printing
from vnetsim.programs.docker.go.values import (
    ANY,
    NUMBERS,
    STRING,
    GoKind,
    GoType,
    GoValue,
    boolean,
    integer,
    is_true,
    string,
    zero,
)
from vnetsim.values import frozen

Argument: TypeAlias = "GoValue | None"


class CallError(Exception):
    """A function rejects its arguments."""


@frozen(eq=False)
class GoFunction:
    """`parameters` of the types given; with `variadic`, the last one repeats.  A parameter of None takes any value
    as it is (reflect.Value), ANY what is inside of it."""

    call: Callable[..., Argument]
    parameters: tuple[GoType | None, ...] = ()
    variadic: bool = False


def unwrap(value: Argument) -> Argument:
    """indirectInterface: what an interface holds."""
    if value is not None and value.kind is GoKind.INTERFACE:
        return value.inside
    return value


def indirect(value: GoValue) -> tuple[GoValue, bool]:
    """Follow pointers and interfaces; True if it ended at a nil one."""
    while value.kind in (GoKind.POINTER, GoKind.INTERFACE):
        inside = value.inside
        if inside is None:
            return value, True
        value = inside
    return value, False


# --- index, slice, len -----------------------------------------------------------------------------------------------


def _index(item: Argument, *indexes: Argument) -> Argument:
    item = unwrap(item)
    if item is None:
        raise CallError("index of untyped nil")
    for index in indexes:
        if item is None:
            raise CallError("index of nil pointer")
        item = _element(item, unwrap(index))
    return item


def _element(item: GoValue, index: Argument) -> Argument:
    item, is_nil = indirect(item)
    if is_nil:
        raise CallError("index of nil pointer")
    if item.kind in (GoKind.SLICE, GoKind.ARRAY):
        return item.items[_position(index, len(item.items))]
    if item.kind is GoKind.STRING:
        text = cast("str", item.data).encode()
        return integer(text[_position(index, len(text))])
    if item.kind is GoKind.MAP:
        key = _key(index, item.type.key or STRING)
        return item.entries.get(key) or zero(item.type.of)
    raise CallError(f"can't index item of type {item.type.name}")


def _key(index: Argument, key: GoType) -> str:
    if index is None:
        raise CallError(f"value is nil; should be of type {key.name}")
    if not index.type.assignable_to(key):
        raise CallError(f"value has type {index.type.name}; should be {key.name}")
    return cast("str", index.data)


def _position(index: Argument, length: int, limit: int | None = None) -> int:
    if index is None:
        raise CallError("cannot index slice/array with nil")
    if index.kind not in (GoKind.INT, GoKind.UINT):
        raise CallError(f"cannot index slice/array with type {index.type.name}")
    position = cast("int", index.data)
    if not 0 <= position < (length if limit is None else limit):
        raise CallError(f"index out of range: {position}")
    return position


def _slice(item: Argument, *indexes: Argument) -> Argument:
    item = unwrap(item)
    if item is None:
        raise CallError("slice of untyped nil")
    if len(indexes) > 3:
        raise CallError(f"too many slice indexes: {len(indexes)}")
    item, is_nil = indirect(item)
    if is_nil or item.kind not in (GoKind.SLICE, GoKind.ARRAY, GoKind.STRING):
        raise CallError(f"can't slice item of type {item.type.name}")
    content = cast("str", item.data) if item.kind is GoKind.STRING else item.items
    if item.kind is GoKind.STRING and len(indexes) == 3:
        raise CallError("cannot 3-index slice a string")
    bounds = [_position(unwrap(index), len(content), len(content) + 1) for index in indexes]
    low, high = (*bounds, *(0, len(content))[len(bounds) :])[:2] if len(bounds) < 2 else (bounds[0], bounds[1])
    if low > high:
        raise CallError(f"invalid slice index: {low} > {high}")
    return GoValue(item.type, content[low:high])


def _len(item: Argument) -> GoValue:
    if item is None:
        raise CallError("reflect: call of reflect.Value.Type on zero Value")
    item, is_nil = indirect(item)
    if is_nil:
        raise CallError("len of nil pointer")
    if item.kind is GoKind.STRING:
        return integer(len(cast("str", item.data).encode()))
    if item.kind in (GoKind.SLICE, GoKind.ARRAY):
        return integer(len(item.items))
    if item.kind is GoKind.MAP:
        return integer(len(item.entries))
    raise CallError(f"len of type {item.type.name}")


# --- truth and comparison --------------------------------------------------------------------------------------------


def _not(value: Argument) -> GoValue:
    return boolean(not is_true(value))


def _short_circuit(*_values: Argument) -> Argument:
    raise AssertionError("and, or are evaluated by the executor")


def _basic_kind(value: Argument) -> GoKind | None:
    if value is None:
        return None
    if value.kind in NUMBERS or value.kind in (GoKind.BOOL, GoKind.STRING):
        return value.kind
    return None


def _equal(first: Argument, *others: Argument) -> GoValue:
    first = unwrap(first)
    if not others:
        raise CallError("missing argument for comparison")
    return boolean(any(_same(first, unwrap(other)) for other in others))


def _same(one: Argument, other: Argument) -> bool:
    kinds = {_basic_kind(one), _basic_kind(other)}
    if len(kinds) == 1 and None not in kinds and one is not None and other is not None:
        return one.data == other.data
    if one is not None and other is not None:
        if kinds == {GoKind.INT, GoKind.UINT}:
            return one.data == other.data
        if len(kinds) > 1:
            raise CallError("incompatible types for comparison")
        return _same_reference(one, other)
    if one is None and other is None:
        return True
    return (one is None or one.is_nil) and (other is None or other.is_nil)


def _same_reference(one: GoValue, other: GoValue) -> bool:
    for value in (one, other):
        if value.kind in (GoKind.SLICE, GoKind.MAP) and not one.is_nil and not other.is_nil:
            if one.type.name == other.type.name:
                raise CallError(f"non-comparable type {printing.text_of(other)}: {other.type.name}")
            texts = (one.type.name, printing.text_of(one), printing.text_of(other), other.type.name)
            raise CallError("non-comparable types {1}: {0}, {3}: {2}".format(*texts))
    if one.is_nil or other.is_nil:
        return one.is_nil and other.is_nil
    return one is other or (one.kind is GoKind.POINTER and one.data is other.data)


def _less(one: Argument, other: Argument) -> bool:
    one, other = unwrap(one), unwrap(other)
    kinds = {_basic_kind(one), _basic_kind(other)}
    if None in kinds or GoKind.BOOL in kinds or one is None or other is None:
        raise CallError("invalid type for comparison")
    if len(kinds) > 1 and kinds != {GoKind.INT, GoKind.UINT}:
        raise CallError("incompatible types for comparison")
    return bool(cast("int", one.data) < cast("int", other.data))


def _not_equal(one: Argument, other: Argument) -> GoValue:
    return boolean(not _equal(one, other).data)


def _less_than(one: Argument, other: Argument) -> GoValue:
    return boolean(_less(one, other))


def _at_most(one: Argument, other: Argument) -> GoValue:
    return boolean(_less(one, other) or bool(_equal(one, other).data))


def _greater(one: Argument, other: Argument) -> GoValue:
    return boolean(not _at_most(one, other).data)


def _at_least(one: Argument, other: Argument) -> GoValue:
    return boolean(not _less(one, other))


# --- printing --------------------------------------------------------------------------------------------------------


def _print(*values: Argument) -> GoValue:
    return string(printing.sprint(values))


def _println(*values: Argument) -> GoValue:
    return string(printing.sprintln(values))


def _printf(form: GoValue, *values: Argument) -> GoValue:
    return string(printing.sprintf(cast("str", form.data), values))


_JS: Final = str.maketrans({
    "\\": r"\\", "'": r"\'", '"': r"\"", "<": r"\u003C", ">": r"\u003E", "&": r"\u0026", "=": r"\u003D",
    **{chr(code): f"\\u{code:04X}" for code in range(32)},
})  # fmt: skip


def _js(*values: Argument) -> GoValue:
    return string(printing.sprint(values).translate(_JS))


_HTML: Final = str.maketrans({"<": "&lt;", ">": "&gt;", "&": "&amp;", '"': "&#34;", "'": "&#39;", "\0": "\ufffd"})


def _html(*values: Argument) -> GoValue:
    return string(printing.sprint(values).translate(_HTML))


def _urlquery(*values: Argument) -> GoValue:
    return string(quote_plus(printing.sprint(values), safe="-_.~"))


def _not_modelled(name: str) -> Callable[..., Argument]:
    def refuse(*_values: Argument) -> Argument:
        raise NotModelled(f"the function {name} in a template")

    return refuse


BUILTINS: Final[Mapping[str, GoFunction]] = {
    "and": GoFunction(_short_circuit, (None, None), variadic=True),
    "call": GoFunction(_not_modelled("call"), (None, None), variadic=True),
    "eq": GoFunction(_equal, (None, None), variadic=True),
    "ge": GoFunction(_at_least, (None, None)),
    "gt": GoFunction(_greater, (None, None)),
    "html": GoFunction(_html, (ANY,), variadic=True),
    "index": GoFunction(_index, (None, None), variadic=True),
    "js": GoFunction(_js, (ANY,), variadic=True),
    "le": GoFunction(_at_most, (None, None)),
    "len": GoFunction(_len, (None,)),
    "lt": GoFunction(_less_than, (None, None)),
    "ne": GoFunction(_not_equal, (None, None)),
    "not": GoFunction(_not, (None,)),
    "or": GoFunction(_short_circuit, (None, None), variadic=True),
    "print": GoFunction(_print, (ANY,), variadic=True),
    "printf": GoFunction(_printf, (STRING, ANY), variadic=True),
    "println": GoFunction(_println, (ANY,), variadic=True),
    "slice": GoFunction(_slice, (None, None), variadic=True),
    "urlquery": GoFunction(_urlquery, (ANY,), variadic=True),
}
