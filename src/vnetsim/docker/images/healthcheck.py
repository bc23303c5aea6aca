"""HEALTHCHECK of a Dockerfile, as the engine keeps it (frontend/dockerfile/instructions of BuildKit)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from vnetsim.docker.api.types import Json
from vnetsim.docker.gotypes import quote
from vnetsim.docker.images.execform import json_list
from vnetsim.errors import EngineError

_TIMES: Final = {
    "interval": "Interval", "timeout": "Timeout", "start-period": "StartPeriod", "start-interval": "StartInterval",
}  # fmt: skip
_DURATION: Final = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)")
_UNITS: Final = {"ns": 1, "us": 1000, "µs": 1000, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}


def health_check(line: int, text: str, flags: Iterable[tuple[str, str]]) -> Json:
    """EngineError 400 for what is none; times in nanoseconds."""
    kind, *rest = text.split(None, 1)
    if kind.upper() == "NONE":
        return {"Test": ["NONE"]}
    if kind.upper() != "CMD":
        raise _unparsable(line, f"Unknown type {quote(kind.upper())} in HEALTHCHECK (try CMD)")
    if not rest:
        raise _unparsable(line, "Missing command after HEALTHCHECK CMD")
    words = json_list(rest[0])
    found: Json = {"Test": ["CMD-SHELL", rest[0]] if words is None else ["CMD", *words]}
    for flag, value in flags:
        if flag in _TIMES:
            found[_TIMES[flag]] = _duration(line, flag, value)
        else:
            found["Retries"] = _number(line, value)
    return {key: value for key, value in found.items() if value}


def _number(line: int, text: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]{1,9}", text):
        raise _unparsable(line, f"strconv.ParseInt: parsing {quote(text)}: invalid syntax")
    if int(text) < 0:
        raise _unparsable(line, f"--retries cannot be negative ({text})")
    return int(text)


def _duration(line: int, flag: str, text: str) -> int:
    parts = _DURATION.findall(text)
    if text == "0" or not text:
        return 0
    if "".join(number + unit for number, unit in parts) != text:
        unit = re.search(r"[^\d.]+$", text)
        what = f"unknown unit {quote(unit[0])}" if unit else "missing unit"
        raise _unparsable(line, f"time: {what} in duration {quote(text)}")
    found = int(sum(float(number) * _UNITS[unit] for number, unit in parts))
    if found < _UNITS["ms"]:
        raise _unparsable(line, f"Interval {quote(flag)} cannot be less than 1ms")
    return found


def _unparsable(line: int, message: str) -> EngineError:
    return EngineError(400, f"dockerfile parse error on line {line}: {message}")
