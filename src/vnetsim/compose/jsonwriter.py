"""JSON as Go's encoding/json writes it: `<`, `>` and `&` escaped, the keys of maps sorted, structs in order."""

from __future__ import annotations

import json
import re
from typing import Final

from vnetsim.compose.golang import float_text
from vnetsim.compose.kinds import Fields, Float32, Plain
from vnetsim.compose.values import Timestamp

_SPECIAL: Final = re.compile("[<>&\u2028\u2029\x7f\udc80-\udcff]")
_REPLACED: Final = {"\x7f": "\x7f"}


def to_json(value: Plain, *, indent: int = 0) -> str:
    """json.Marshal, or json.MarshalIndent with that many spaces."""
    return _value(value, " " * indent, "\n" if indent else "")


def _value(value: Plain, step: str, newline: str) -> str:
    if isinstance(value, Fields):
        return _object(value.pairs, step, newline)
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-8", "surrogateescape"))
        return _object(tuple((key, value[key]) for key in keys), step, newline)
    if isinstance(value, list):
        deeper = f"{newline}{step}" if newline else ""
        return _enclosed("[", [_value(item, step, deeper) for item in value], "]", deeper, newline)
    return _scalar(value)


def _object(pairs: tuple[tuple[str, Plain], ...], step: str, newline: str) -> str:
    deeper = f"{newline}{step}" if newline else ""
    space = " " if newline else ""
    items = [f"{_string(key)}:{space}{_value(value, step, deeper)}" for key, value in pairs]
    return _enclosed("{", items, "}", deeper, newline)


def _enclosed(start: str, items: list[str], end: str, deeper: str, newline: str) -> str:
    return f"{start}{deeper}{f',{deeper}'.join(items)}{newline}{end}" if items else start + end


def _scalar(value: Plain) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Float32 | float):
        return _float(value.value, 32) if isinstance(value, Float32) else _float(value, 64)
    if isinstance(value, str):
        return _string(value)
    return _string(value.text) if isinstance(value, Timestamp) else str(value)


def _float(value: float, bits: int) -> str:
    """Exponents below 1e-6 and from 1e21 on, without a leading zero."""
    text = float_text(value, bits=bits, threshold=21)
    if "e" not in text:
        return text
    if text.endswith(("e-05", "e-06")):
        digits = text.partition("e")[0].replace(".", "").lstrip("-")
        return f"{'-' if value < 0 else ''}0.{'0' * (int(text[-1]) - 1)}{digits}"
    return text.replace("e-0", "e-")


def _string(text: str) -> str:
    return _SPECIAL.sub(_escape, json.dumps(text, ensure_ascii=False))


def _escape(found: re.Match[str]) -> str:
    char = found[0]
    return "\\ufffd" if "\udc80" <= char <= "\udcff" else _REPLACED.get(char, f"\\u{ord(char):04x}")
