"""Values of awk: numbers are floats, strings are str; what was read is a string that may be a number as well (strnum).

A character is a byte, as in mawk.  Numbers become text as in mawk 1.3.4 or busybox, whose largest integers differ.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final, TypeAlias

from vnetsim.programs.libc.octets import decode, encode

Value: TypeAlias = "float | str"


class InputText(str):
    """A string from outside, which compares as a number if it looks like one."""

    __slots__ = ()


class Unset(InputText):
    """A value that was never assigned: zero and empty."""

    __slots__ = ()


UNSET: Final = Unset()
MAWK_LARGEST: Final = (1 << 31) - 1
NAN: Final = -math.nan
_FLOAT: Final = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_BLANK: Final = r"[ \t\n\v\f\r]*"
_LOOKS: Final = re.compile(rf"{_BLANK}(?:{_FLOAT}|[-+]?0x\d+(?:\.\d*)?(?:p\d+)?|[-+]?(?:inf|nan)){_BLANK}", re.ASCII)
_HEXADECIMAL: Final = r"[-+]?0x(?:[0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(?:p[-+]?\d+)?"
_START: Final = re.compile(
    rf"{_BLANK}(?:({_HEXADECIMAL})|({_FLOAT})|([-+]?(?:inf(?:inity)?|nan)))", re.ASCII | re.IGNORECASE
)


def octets(text: str) -> str:
    """A character for each byte."""
    return text if text.isascii() else encode(text).decode("latin-1")


def characters(text: str) -> str:
    """The opposite."""
    return text if text.isascii() else decode(text.encode("latin-1"))


@lru_cache(4096)
def _number(text: str) -> float:
    """strtod(3)."""
    found = _START.match(text)
    if found is None:
        return 0.0
    return float.fromhex(found[1]) if found[1] else float(found[2] or found[3])


def number(value: Value) -> float:
    return value if isinstance(value, float) else _number(value)


def numeric(value: Value) -> bool:
    return isinstance(value, float) or (
        isinstance(value, InputText) and (value is UNSET or _LOOKS.fullmatch(value) is not None)
    )


def truth(value: Value) -> bool:
    if isinstance(value, float):
        return value != 0.0
    return number(value) != 0.0 if numeric(value) else value != ""


def compare(left: Value, right: Value, text: Callable[[Value], str]) -> int:
    """Below zero, zero or above: as numbers if both are or may be, as strings otherwise."""
    if numeric(left) and numeric(right):
        one, other = number(left), number(right)
        return (one > other) - (one < other)
    first, second = text(left), text(right)
    return (first > second) - (first < second)


def integral(value: float, limit: int) -> str | None:
    """The text of an integer that is not above the limit."""
    return str(int(value)) if value.is_integer() and -limit <= value <= limit else None


def divide(left: float, right: float) -> float:
    if right:
        return left / right
    return NAN if not left or math.isnan(left) else math.copysign(math.inf, left) * math.copysign(1, right)


def modulo(left: float, right: float) -> float:
    return NAN if not right or math.isinf(left) else math.fmod(left, right)


def power(left: float, right: float) -> float:
    return _checked(math.pow, left, right)


def compute(name: str, *args: float) -> float:
    """A function of C's mathematics."""
    return _checked(getattr(math, name), *args)


def _checked(function: Callable[..., float], *args: float) -> float:
    try:
        return float(function(*args))
    except OverflowError:
        return math.inf
    except ValueError:
        return -math.inf if args == (0.0,) else NAN


def integer(value: float) -> float:
    return float(math.trunc(value)) if math.isfinite(value) else value
