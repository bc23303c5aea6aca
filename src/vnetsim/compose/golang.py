"""Numbers, durations, sizes and messages as the Go libraries under compose read and write them.

strconv, fmt and time of the standard library, docker/go-units (sizes), xhit/go-str2duration (durations with d and w).
"""

from __future__ import annotations

import json
import re
import struct
from typing import Final

from vnetsim.compose.values import ComposeError, Timestamp, YamlValue

_INT64: Final = 1 << 63
_BOOLEANS: Final = {
    **dict.fromkeys(("1", "t", "T", "TRUE", "true", "True"), True),
    **dict.fromkeys(("0", "f", "F", "FALSE", "false", "False"), False),
}


def quote(text: str) -> str:
    """%q."""
    out = json.dumps(text, ensure_ascii=False)
    out = out.replace("\\b", "\\b").replace("\\u007f", "\\x7f")
    return re.sub(r"\\u00([01][0-9a-f])", lambda found: {"07": "\\a", "0b": "\\v"}.get(found[1], f"\\x{found[1]}"), out)


def type_name(value: YamlValue) -> str:
    """%T."""
    names = {bool: "bool", int: "int", float: "float64", str: "string", Timestamp: "time.Time"}
    if isinstance(value, list):
        return "[]interface {}"
    if isinstance(value, dict):
        return "map[string]interface {}"
    return "<nil>" if value is None else names[type(value)]


def sprint(value: YamlValue) -> str:
    """%v."""
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return float_text(value, threshold=21)
    if isinstance(value, list):
        return f"[{' '.join(map(sprint, value))}]"
    if isinstance(value, dict):
        return f"map[{' '.join(f'{key}:{sprint(value[key])}' for key in sorted(value))}]"
    return value.text if isinstance(value, Timestamp) else str(value)


def string_verb(value: YamlValue) -> str:
    """%s, which complains about what is no string."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return f"[{' '.join(map(string_verb, value))}]"
    if isinstance(value, dict):
        return f"map[{' '.join(f'{key}:{string_verb(value[key])}' for key in sorted(value))}]"
    return "%!s(<nil>)" if value is None else f"%!s({type_name(value)}={sprint(value)})"


def _shortest(value: float, bits: int) -> str:
    """The shortest decimal that reads back as the same float of that size."""
    if bits == 64:
        return repr(value)
    single = to_float32(value)
    for precision in range(1, 10):
        text = f"{single:.{precision}g}"
        if to_float32(float(text)) == single:
            return text
    return repr(single)


def to_float32(value: float) -> float:
    """What is left of a number in a Go float32."""
    try:
        return float(struct.unpack("f", struct.pack("f", value))[0])
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def float_text(value: float, *, bits: int = 64, threshold: int = 6) -> str:
    """strconv.FormatFloat(value, 'g', -1, bits); %v has exponents from `threshold` 21 on."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "+Inf" if value > 0 else "-Inf"
    shortest = _shortest(value, bits)
    digits, exponent = _scientific(shortest)
    sign = "-" if shortest.startswith("-") else ""
    if exponent < -4 or exponent >= threshold:
        fraction = f".{digits[1:]}" if len(digits) > 1 else ""
        return f"{sign}{digits[0]}{fraction}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
    if exponent < 0:
        return f"{sign}0.{'0' * (-exponent - 1)}{digits}"
    whole = digits[: exponent + 1].ljust(exponent + 1, "0")
    rest = digits[exponent + 1 :]
    return f"{sign}{whole}{f'.{rest}' if rest else ''}"


def _scientific(text: str) -> tuple[str, int]:
    """Digits without zeros at either end, and the exponent of the first."""
    number, _, power = text.lstrip("-").lower().partition("e")
    whole, _, fraction = number.partition(".")
    digits = (whole + fraction).lstrip("0")
    exponent = int(power or 0) + len(whole) - 1 - (len(whole + fraction) - len(digits))
    return digits.rstrip("0") or "0", exponent if digits else 0


def parse_bool(text: str) -> bool | None:
    return _BOOLEANS.get(text)


def parse_int(text: str, *, function: str = "ParseInt", bits: int = 64) -> int:
    """strconv.ParseInt(text, 10, bits) and Atoi."""
    if re.fullmatch(r"[+-]?[0-9]+", text) is None:
        raise ComposeError(f"strconv.{function}: parsing {quote(text)}: invalid syntax")
    if len(text) > 20 or not -(1 << bits - 1) <= (value := int(text)) < 1 << bits - 1:
        raise ComposeError(f"strconv.{function}: parsing {quote(text)}: value out of range")
    return value


def parse_float(text: str) -> float:
    """strconv.ParseFloat(text, 64)."""
    if re.fullmatch(r"[+-]?(\d[\d_]*\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?(inf|infinity)|nan", text, re.I | re.A) is None:
        raise ComposeError(f"strconv.ParseFloat: parsing {quote(text)}: invalid syntax")
    return float(text.replace("_", ""))


# --- durations -----------------------------------------------------------------------------------------------------

_UNITS: Final = {
    "ns": 1, "us": 10**3, "µs": 10**3, "μs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9,
    "d": 24 * 3600 * 10**9, "w": 168 * 3600 * 10**9,
}  # fmt: skip
_DAYS: Final = ("d", "w")
_TERM: Final = re.compile(r"([0-9]*)(\.([0-9]*))?([^0-9.]*)")


def parse_duration(text: str, *, days: bool = True) -> int:
    """Nanoseconds of `1m30s`; `days`: as str2duration, with units d and w, else as time.ParseDuration."""
    rest = text[1:] if text[:1] in ("-", "+") else text
    if rest == "0":
        return 0
    invalid = ComposeError(f"time: invalid duration {_plain_quote(text, days)}")
    if not rest:
        raise invalid
    total = 0
    while rest:
        found = _TERM.match(rest)
        if found is None or not (found[1] or found[3]):
            raise invalid
        unit = found[4]
        if not unit:
            raise ComposeError(f"time: missing unit in duration {_plain_quote(text, days)}")
        if unit not in _UNITS or (unit in _DAYS and not days):
            raise ComposeError(f"time: unknown unit {_plain_quote(unit, days)} in duration {_plain_quote(text, days)}")
        fraction = found[3] or ""
        if len(found[1]) > 19:
            raise invalid
        total += int(found[1] or 0) * _UNITS[unit]
        total += int(int(fraction[:18] or 0) * (_UNITS[unit] / 10 ** len(fraction[:18])))
        if total >= _INT64:
            raise invalid
        rest = rest[found.end() :]
    return -total if text.startswith("-") else total


def _plain_quote(text: str, days: bool) -> str:
    return f'"{text}"' if days else quote(text)


def duration_text(value: int) -> str:
    """time.Duration.String."""
    sign, rest = ("-", -value) if value < 0 else ("", value)
    if rest == 0:
        return "0s"
    if rest < 10**9:
        for unit, size in (("ms", 10**6), ("µs", 10**3), ("ns", 1)):
            if rest >= size:
                return f"{sign}{_decimal(rest, size)}{unit}"
    minutes, seconds = divmod(rest, 60 * 10**9)
    out = f"{_decimal(seconds, 10**9)}s"
    if minutes:
        hours, minutes = divmod(minutes, 60)
        out = f"{f'{hours}h' if hours else ''}{minutes}m{out}"
    return sign + out


def _decimal(value: int, size: int) -> str:
    whole, rest = divmod(value, size)
    fraction = str(rest).rjust(len(str(size)) - 1, "0").rstrip("0")
    return f"{whole}.{fraction}" if fraction else str(whole)


# --- sizes ---------------------------------------------------------------------------------------------------------

_SIZES: Final = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40, "p": 1 << 50}


def ram_in_bytes(text: str) -> int:
    """units.RAMInBytes: `512m`, `1.5 GiB`, `20`."""
    end = max((text.rfind(char) for char in "0123456789. "), default=-1)
    if end == -1:
        raise ComposeError(f"invalid size: '{text}'")
    number, suffix = (text[:end] if text[end] == " " else text[: end + 1]), text[end + 1 :].lower()
    size = parse_float(number)
    if size < 0:
        raise ComposeError(f"invalid size: '{text}'")
    if suffix not in ("", "b"):
        factor = _SIZES.get(suffix[0])
        if factor is None or suffix[1:] not in ("", "b", "ib"):
            shown = text[end + 1 :] if len(suffix) > 3 else suffix
            raise ComposeError(f"invalid suffix: '{shown}'")
        size *= factor
    return int(size) if size < _INT64 else -_INT64
