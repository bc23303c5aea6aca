"""Arithmetic of jq (binop_plus … of builtin.c of jq 1.6)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.programs.jq.values import JqError, Value, about, as_double, beginning, kind, order

#: More than any text may have.
_MOST: Final = 1 << 40


def arithmetic(name: str, left: Value, right: Value) -> Value:
    """All numbers are doubles: whole ones that a double cannot have exactly become doubles."""
    try:
        found = _OPERATORS[name](left, right)
    except (OverflowError, ValueError):
        raise NotModelled(f"jq: {beginning(left)} {name} {beginning(right)}") from None
    return as_double(found) if isinstance(found, int) else found


def length_of(name: str, left: Value, right: Value) -> int:
    """How long a text or array may become."""
    if name == "*" and {kind(left), kind(right)} == {"string", "number"}:
        text, count = (left, right) if isinstance(left, str) else (right, left)
        return math.ceil(len(text) * min(count, _MOST)) if count > 0 else 0
    return sum(len(each) for each in (left, right) if isinstance(each, (str, list))) if name == "+" else 0


def _both(left: Value, right: Value, wanted: str) -> bool:
    return kind(left) == wanted and kind(right) == wanted


def _refused(left: Value, right: Value, what: str) -> JqError:
    return JqError(f"{about(left)} and {about(right)} cannot be {what}")


def add(left: Value, right: Value) -> Value:
    if left is None:
        return right
    if right is None:
        return left
    if kind(left) != kind(right) or isinstance(left, bool):
        raise _refused(left, right, "added")
    return {**left, **right} if isinstance(left, dict) else left + right


def _subtract(left: Value, right: Value) -> Value:
    if _both(left, right, "number"):
        return left - right
    if _both(left, right, "array"):
        gone = [order(each) for each in right]
        return [each for each in left if order(each) not in gone]
    raise _refused(left, right, "subtracted")


def _multiply(left: Value, right: Value) -> Value:
    if _both(left, right, "number"):
        return left * right
    if {kind(left), kind(right)} == {"string", "number"}:
        text, count = (left, right) if isinstance(left, str) else (right, left)
        return text * max(1, math.ceil(count)) if count > 0 else None
    if _both(left, right, "object"):
        return _merged(left, right)
    raise _refused(left, right, "multiplied")


def _merged(left: dict[str, Value], right: dict[str, Value]) -> dict[str, Value]:
    merged = dict(left)
    for name, value in right.items():
        both = isinstance(value, dict) and isinstance(merged.get(name), dict)
        merged[name] = _merged(merged[name], value) if both else value
    return merged


def _divide(left: Value, right: Value) -> Value:
    if _both(left, right, "number"):
        if right == 0:
            raise _refused(left, right, "divided because the divisor is zero")
        quotient = left / right
        return int(quotient) if quotient.is_integer() and abs(quotient) < 1e15 else quotient
    if _both(left, right, "string"):
        return left.split(right) if left and right else list(left)
    raise _refused(left, right, "divided")


def _modulo(left: Value, right: Value) -> Value:
    if not _both(left, right, "number"):
        raise _refused(left, right, "divided (remainder)")
    if int(right) == 0:
        raise _refused(left, right, "divided (remainder) because the divisor is zero")
    return int(math.fmod(int(left), abs(int(right))))


_OPERATORS: Final[dict[str, Callable[[Value, Value], Value]]] = {
    "+": add, "-": _subtract, "*": _multiply, "/": _divide, "%": _modulo,
}  # fmt: skip
