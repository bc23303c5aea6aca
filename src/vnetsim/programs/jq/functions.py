"""Functions of jq that get values (builtin.c, builtin.jq of jq 1.6).

A value of a kind that a function is not for raises TypeError where jq's message is not known.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.programs.jq.formats import to_text
from vnetsim.programs.jq.operators import add
from vnetsim.programs.jq.regexes import matches
from vnetsim.programs.jq.values import (
    JqError,
    Value,
    about,
    beginning,
    delete_at,
    dumps,
    get,
    indices,
    is_true,
    items,
    kind,
    loads,
    number,
    order,
    set_at,
)


def _length(value: Value) -> Value:
    if isinstance(value, bool):
        raise JqError(f"{about(value)} has no length")
    if value is None:
        return 0
    return abs(value) if kind(value) == "number" else len(value)


def _keys(value: Value) -> Value:
    if isinstance(value, list):
        return list(range(len(value)))
    if isinstance(value, dict):
        return sorted(value)
    raise JqError(f"{about(value)} has no keys")


def listed(value: Value) -> list[Value]:
    if not isinstance(value, list):
        raise NotModelled(f"jq: sorting and searching what is no array: {beginning(value)}")
    return value


def _text(value: Value) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _total(value: Value) -> Value:
    found: Value = None
    for _, each in items(value):
        found = add(found, each)
    return found


def _number(value: Value) -> Value:
    if kind(value) == "number":
        return value
    if not isinstance(value, str):
        raise JqError(f"{about(value)} cannot be parsed as a number")
    text = _text(value)
    try:
        return number(text) if re.fullmatch(r"\s*-?\d+\s*", text) else float(text)
    except ValueError:
        raise JqError(
            f"Invalid numeric literal at EOF at line 1, column {len(text)} (while parsing '{text}')"
        ) from None


def _parsed(value: Value) -> Value:
    try:
        return loads(_text(value))
    except ValueError:
        raise JqError(f"{value} (while parsing '{value}')") from None


def _flat(value: Value, depth: float) -> Value:
    if depth < 0:
        raise JqError("flatten depth must not be negative")
    found: list[Value] = []
    for _, each in items(value):
        found += _flat(each, depth - 1) if isinstance(each, list) and depth > 0 else [each]
    return found


def _unique(values: list[Value], keys: list[Value]) -> list[Value]:
    found = {json.dumps(order(key)): value for key, value in reversed(list(zip(keys, values, strict=True)))}
    return [found[key] for key in sorted(found, key=json.loads)]


def entries(value: Value) -> Value:
    return [{"key": key, "value": get(value, key)} for key in (value if isinstance(value, dict) else _keys(value))]


def from_entries(value: Value) -> Value:
    found = {}
    for _, each in items(value):
        names = [each[name] for name in ("key", "k", "name", "Name", "K", "Key") if each.get(name) is not None]
        name = names[0] if names else None
        given = [each[name] for name in ("value", "v", "Value", "V") if name in each]
        if not isinstance(name, str):
            raise JqError(f"Cannot use {about(name)} as object key")
        found[name] = given[0] if given else None
    return found


def _transposed(value: Value) -> Value:
    longest = max((len(listed(row)) for row in listed(value)), default=0)
    return [[row[at] if at < len(row) else None for row in value] for at in range(longest)]


def _math(function: Callable[[float], float]) -> Callable[[Value], Value]:
    def apply(value: Value) -> Value:
        if kind(value) != "number":
            raise JqError(f"{about(value)} number required")
        found = function(value)
        return int(found) if isinstance(found, float) and found.is_integer() and abs(found) < 1e15 else found

    return apply


def _has(value: Value, key: Value) -> bool:
    if isinstance(value, dict) and isinstance(key, str):
        return bool(key in value)
    if isinstance(value, list) and kind(key) == "number":
        return bool(0 <= key < len(value))
    if value is None:
        return False
    raise JqError(f"Cannot check whether {kind(value)} has a {'string' if isinstance(key, str) else kind(key)} key")


def _contains(value: Value, other: Value) -> bool:
    if kind(value) != kind(other):
        raise JqError(f"{about(value)} and {about(other)} cannot have their containment checked")
    if isinstance(value, dict):
        return all(name in value and _holds(value[name], each) for name, each in other.items())
    if isinstance(value, list):
        return all(any(_holds(one, each) for one in value) for each in other)
    return bool(other in value if isinstance(value, str) else value == other)


def _holds(value: Value, other: Value) -> bool:
    return kind(value) == kind(other) and _contains(value, other)


def _affix(value: Value, other: Value, name: str, fits: Callable[[str, str], bool]) -> bool:
    if not isinstance(value, str) or not isinstance(other, str):
        raise JqError(f"{name}() requires string inputs")
    return fits(value, other)


def _joined(value: Value, separator: Value) -> Value:
    texts: list[str] = []
    for _, each in items(value):
        if isinstance(each, (list, dict)):
            raise JqError(f"{about(separator.join(texts) + separator * bool(texts))} and {about(each)} cannot be added")
        texts.append("" if each is None else to_text(each))
    return separator.join(texts)


def _split(value: Value, separator: Value) -> Value:
    if not isinstance(value, str) or not isinstance(separator, str):
        raise JqError("split input and separator must be strings")
    return (value.split(separator) if separator else list(value)) if value else []


def _indices(value: Value, other: Value) -> Value:
    if value is None:
        return None
    if isinstance(value, str) and not isinstance(other, str):
        raise JqError(f"Cannot index string with {kind(other)}")
    if isinstance(value, str) and isinstance(other, str):
        return [at for at in range(len(value) - len(other) + 1) if other and value.startswith(other, at)]
    if not isinstance(value, list):
        raise TypeError
    return indices(value, other if isinstance(other, list) else [other])


def walked(value: Value, path: list[Value]) -> Value:
    for key in path:
        value = None if value is None else get(value, key)
    return value


def deleted(value: Value, paths: list[list[Value]]) -> Value:
    for path in sorted(paths, key=order, reverse=True):
        value = delete_at(value, path) if path else None
    return value


def _exploded(value: Value) -> Value:
    if not isinstance(value, str):
        raise JqError("explode input must be a string")
    return list(map(ord, value))


def _cased(value: Value, change: Callable[[str], str]) -> str:
    if not isinstance(value, str):
        raise JqError("explode input must be a string")
    return "".join(change(each) if each.isascii() else each for each in value)


def _are_texts(*values: Value) -> bool:
    return all(isinstance(value, str) for value in values)


FUNCTIONS: Final[dict[str, Callable[..., Value]]] = {
    "length/0": _length,
    "utf8bytelength/0": lambda value: len(_text(value).encode()),
    "keys/0": _keys,
    "keys_unsorted/0": lambda value: list(value) if isinstance(value, dict) else _keys(value),
    "not/0": lambda value: not is_true(value),
    "true/0": lambda _: True,
    "false/0": lambda _: False,
    "null/0": lambda _: None,
    "type/0": kind,
    "add/0": _total,
    "tostring/0": to_text,
    "tonumber/0": _number,
    "tojson/0": dumps,
    "fromjson/0": _parsed,
    "ascii_downcase/0": lambda value: _cased(value, str.lower),
    "ascii_upcase/0": lambda value: _cased(value, str.upper),
    "reverse/0": lambda value: [] if value is None else listed(value)[::-1],
    "sort/0": lambda value: sorted(listed(value), key=order),
    "unique/0": lambda value: _unique(listed(value), value),
    "min/0": lambda value: min(listed(value), key=order, default=None),
    "max/0": lambda value: max(reversed(listed(value)), key=order, default=None),
    "flatten/0": lambda value: _flat(value, math.inf),
    "flatten/1": _flat,
    "to_entries/0": entries,
    "from_entries/0": from_entries,
    "transpose/0": _transposed,
    "floor/0": _math(math.floor),
    "ceil/0": _math(math.ceil),
    "round/0": _math(lambda value: math.copysign(math.floor(abs(value) + 0.5), value)),
    "sqrt/0": _math(math.sqrt),
    "fabs/0": _math(abs),
    "log/0": _math(math.log),
    "pow/2": lambda _, base, power: _math(lambda number: float(number) ** power)(base),
    "has/1": _has,
    "contains/1": _contains,
    "inside/1": lambda value, other: _contains(other, value),
    "startswith/1": lambda value, text: _affix(value, text, "startswith", str.startswith),
    "endswith/1": lambda value, text: _affix(value, text, "endswith", str.endswith),
    "ltrimstr/1": lambda value, text: value.removeprefix(text) if _are_texts(value, text) else value,
    "rtrimstr/1": lambda value, text: value.removesuffix(text) if _are_texts(value, text) else value,
    "join/1": _joined,
    "split/1": _split,
    "implode/0": lambda value: "".join(map(chr, value)),
    "explode/0": _exploded,
    "index/1": lambda value, other: next(iter(_indices(value, other) or ()), None),
    "rindex/1": lambda value, other: next(reversed(_indices(value, other) or ()), None),
    "indices/1": _indices,
    "setpath/2": set_at,
    "delpaths/1": deleted,
    "test/1": lambda value, regex: any(True for _ in matches(value, regex, None)),
    "test/2": lambda value, regex, flags: any(True for _ in matches(value, regex, flags)),
}
