"""Numbers in queries, as Go reads them (strconv of Go 1.24; ParseTimestamps of api/types/time of moby 28.5).

The engine takes most of these errors for its own: it answers 500, and so it is here (`of_engine`).
"""

from __future__ import annotations

import re
from typing import Final

from vnetsim.clock import SECOND
from vnetsim.docker.gotypes import quote
from vnetsim.errors import EngineError

_SIGNED: Final = re.compile(r"[+-]?[0-9]+")
_UNSIGNED: Final = re.compile(r"[0-9]+")


class NumError(ValueError):
    """A text that is no number for `function`; `reason` is `invalid syntax` or `value out of range`."""

    def __init__(self, function: str, text: str, reason: str) -> None:
        super().__init__(f"strconv.{function}: parsing {quote(text)}: {reason}")
        self.reason = reason

    @property
    def of_engine(self) -> EngineError:
        return EngineError(500, str(self))


def parse_int(text: str, function: str = "ParseInt") -> int:
    """A signed number of 64 bits; NumError."""
    number = _digits(_SIGNED, text, function)
    if not -(1 << 63) <= number < 1 << 63:
        raise NumError(function, text, "value out of range")
    return number


def parse_uint(text: str) -> int:
    """An unsigned number of 64 bits; NumError."""
    number = _digits(_UNSIGNED, text, "ParseUint")
    if number >= 1 << 64:
        raise NumError("ParseUint", text, "value out of range")
    return number


def atoi(text: str) -> int:
    """NumError."""
    return parse_int(text, "Atoi")


def _digits(pattern: re.Pattern[str], text: str, function: str) -> int:
    if not pattern.fullmatch(text):
        raise NumError(function, text, "invalid syntax")
    digits = text.lstrip("+-").lstrip("0")
    # Python refuses to read numbers of thousands of digits; none of more than 20 fits 64 bits.
    return int(digits[:21] or "0") * (-1 if text.startswith("-") else 1)


def optional_atoi(text: str) -> int | None:
    """None for ""; EngineError 500."""
    try:
        return atoi(text) if text else None
    except NumError as error:
        raise error.of_engine from None


def parse_timestamp(text: str) -> int:
    """Seconds since 1970, perhaps with a fraction, as nanoseconds; EngineError 500."""
    whole, point, fraction = text.partition(".")
    try:
        seconds = parse_int(whole)
        if not point:
            return seconds * SECOND
        nanoseconds = parse_int(fraction)
    except NumError as error:
        raise error.of_engine from None
    return seconds * SECOND + int(nanoseconds * SECOND // 10 ** len(fraction))
