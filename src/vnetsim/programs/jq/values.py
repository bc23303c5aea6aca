"""Values of jq: their order, names, texts and the errors about them (jv.c, jv_print.c, jv_aux.c of jq 1.6)."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final, TypeAlias

from vnetsim.errors import NotModelled

Value: TypeAlias = Any

#: How much of a value an error message shows.
_SHOWN: Final = 11
#: All whole numbers up to this one are doubles.
_EXACT: Final = 1 << 53
#: Of a number that is read as a whole one.
_DIGITS: Final = 18
#: As far as an array may grow by an assignment.
_LONGEST: Final = 1_000_000
_LARGEST: Final = 1.7976931348623157e308


class JqError(Exception):
    """What `try` catches; `value` is what is caught."""

    def __init__(self, value: Value) -> None:
        super().__init__(value)
        self.value = value


class JqBreak(Exception):
    """`break $name`."""

    def __init__(self, label: object) -> None:
        super().__init__()
        self.label = label


def loads(text: str) -> Value:
    """JSON; ValueError, RecursionError."""
    return json.loads(text, parse_int=number)


def number(text: str) -> Value:
    """A whole number as it is written, as far as a double has it."""
    return as_double(int(text)) if len(text) <= _DIGITS else float(text)


def as_double(value: int) -> Value:
    return value if isinstance(value, bool) or abs(value) <= _EXACT else _double(value)


def _double(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.copysign(math.inf, value)


def kind(value: Value) -> str:
    """The name of its type."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    return "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"


def about(value: Value) -> str:
    """As error messages have it: the type, and the beginning of its text."""
    return f"{kind(value)} ({beginning(value)})"


def beginning(value: Value) -> str:
    text = dumps(value)
    return text if len(text) <= _SHOWN + 3 else f"{text[:_SHOWN]}..."


def is_true(value: Value) -> bool:
    return value is not None and value is not False


def order(value: Value) -> tuple[Any, ...]:
    """A key by which values are sorted: null, false, true, numbers, strings, arrays, objects."""
    if value is None:
        return (0,)
    if isinstance(value, bool):
        return (2,) if value else (1,)
    if isinstance(value, (int, float)):
        return 3, value
    if isinstance(value, str):
        return 4, value
    if isinstance(value, list):
        return 5, [order(each) for each in value]
    names = sorted(value)
    return 6, names, [order(value[name]) for name in names]


def number_text(value: float) -> str:
    """All numbers are doubles, and have as few digits as say which one it is (jv_dtoa.c)."""
    if value != value:
        return "null"
    limited = max(min(float(value), _LARGEST), -_LARGEST)
    sign, digits, exponent = Decimal(repr(limited)).normalize().as_tuple()
    text, point = "".join(map(str, digits)), len(digits) + int(exponent)
    minus = "-" if sign else ""
    if text == "0":
        return f"{minus}0"
    if point <= -4 or point > len(text) + 15:
        fraction = f".{text[1:]}" if len(text) > 1 else ""
        return f"{minus}{text[0]}{fraction}e{'-' if point < 1 else '+'}{abs(point - 1):02}"
    if point <= 0:
        return f"{minus}0.{'0' * -point}{text}"
    if point >= len(text):
        return minus + text + "0" * (point - len(text))
    return f"{minus}{text[:point]}.{text[point:]}"


def dumps(value: Value, *, indent: str | None = None, sort: bool = False, ascii_only: bool = False) -> str:
    return "".join(_pieces(value, indent, "\n", sort, ascii_only))


def _pieces(value: Value, indent: str | None, line: str, sort: bool, ascii_only: bool) -> Iterator[str]:
    if isinstance(value, str):
        yield json.dumps(value, ensure_ascii=ascii_only).replace("\x7f", "\\u007f")
        return
    if value is None or isinstance(value, bool):
        yield {None: "null", True: "true", False: "false"}[value]
        return
    if not isinstance(value, (list, dict)):
        yield number_text(value)
        return
    opening, closing = "[]" if isinstance(value, list) else "{}"
    yield opening
    inner = "" if indent is None else line + indent
    names = [None] * len(value) if isinstance(value, list) else sorted(value) if sort else list(value)
    items = value if isinstance(value, list) else [value[name] for name in names]
    for at, (name, item) in enumerate(zip(names, items, strict=True)):
        yield ("," if at else "") + inner
        if name is not None:
            yield json.dumps(name, ensure_ascii=ascii_only) + (":" if indent is None else ": ")
        yield from _pieces(item, indent, inner, sort, ascii_only)
    if value and indent is not None:
        yield line
    yield closing


# --- what is in a value ----------------------------------------------------------------------------------------------


def get(value: Value, key: Value) -> Value:
    """`.[key]` (jv_get)."""
    if isinstance(key, dict) and (value is None or isinstance(value, (list, str))):
        return slice_of(value, key.get("start"), key.get("end"))
    if isinstance(value, dict) and isinstance(key, str):
        return value.get(key)
    if isinstance(value, list) and kind(key) == "number":
        if not math.isfinite(key):
            return None
        at = int(key // 1)
        at = at + len(value) if at < 0 else at
        return value[at] if 0 <= at < len(value) else None
    if value is None and (isinstance(key, str) or kind(key) == "number"):
        return None
    if isinstance(value, list) and isinstance(key, list):
        return indices(value, key)
    if isinstance(key, str):
        raise JqError(f'Cannot index {kind(value)} with string "{key}"')
    raise JqError(f"Cannot index {kind(value)} with {kind(key)}")


def indices(value: list[Value], wanted: list[Value]) -> list[int]:
    """Where an array has these elements."""
    there, found = [order(each) for each in value], [order(each) for each in wanted]
    return [at for at in range(len(there) - len(found) + 1) if found and there[at : at + len(found)] == found]


def slice_of(value: Value, start: Value, end: Value) -> Value:
    if value is None:
        return None
    if not isinstance(value, (list, str)):
        raise JqError(f"Cannot index {kind(value)} with object")
    for bound in (start, end):
        if bound is not None and kind(bound) != "number":
            raise JqError("Start and end indices of an array slice must be numbers")
        if bound is not None and not math.isfinite(bound):
            raise NotModelled(f"jq: a slice with {number_text(bound)}")
    first = None if start is None else int(start // 1)
    last = None if end is None else -int(-end // 1)
    return value[first:last]


def items(value: Value) -> Iterator[tuple[Value, Value]]:
    """Keys and values of `.[]`."""
    if isinstance(value, list):
        yield from enumerate(list(value))
    elif isinstance(value, dict):
        yield from list(value.items())
    else:
        raise JqError(f"Cannot iterate over {about(value)}")


def set_at(value: Value, path: list[Value], new: Value) -> Value:
    """A copy with another value there (jv_setpath)."""
    if not path:
        return new
    key, *rest = path
    if isinstance(key, dict):
        return _set_slice(value, key, rest, new)
    if isinstance(key, str) and (value is None or isinstance(value, dict)):
        return {**(value or {}), key: set_at((value or {}).get(key), rest, new)}
    if kind(key) == "number" and (value is None or isinstance(value, list)):
        found = list(value or [])
        at = int(max(min(key, _LONGEST), -_LONGEST)) + (len(found) if key < 0 else 0)
        if at < 0:
            raise JqError("Out of bounds negative array index")
        if at >= max(_LONGEST, len(found)):
            raise NotModelled(f"jq: an array of {number_text(key)} elements")
        found += [None] * (at + 1 - len(found))
        found[at] = set_at(found[at], rest, new)
        return found
    get(value, key)
    raise JqError(f"Cannot update field at object index of {kind(value)}")


def _set_slice(value: Value, key: dict[str, Value], rest: list[Value], new: Value) -> Value:
    if isinstance(value, str):
        raise JqError("Cannot update field at object index of string")
    changed = set_at(slice_of(value, key.get("start"), key.get("end")), rest, new)
    if not isinstance(changed, list):
        raise JqError("A slice of an array can only be assigned another array")
    found = list(value or [])
    first, last, _ = slice(key.get("start"), key.get("end")).indices(len(found))
    return found[:first] + changed + found[max(first, last) :]


def delete_at(value: Value, path: list[Value]) -> Value:
    key, *rest = path
    if value is None:
        return None
    if rest:
        below = get(value, key)
        return value if below is None else set_at(value, [key], delete_at(below, rest))
    if isinstance(key, dict) and isinstance(value, list):
        first, last, _ = slice(key.get("start"), key.get("end")).indices(len(value))
        return value[:first] + value[max(first, last) :]
    if isinstance(value, dict) and isinstance(key, str):
        return {name: each for name, each in value.items() if name != key}
    if isinstance(value, list) and kind(key) == "number":
        at = int(key) + len(value) if key < 0 else int(key)
        return [each for number, each in enumerate(value) if number != at]
    raise NotModelled(f"jq: deleting {beginning(key)} of {beginning(value)}")
