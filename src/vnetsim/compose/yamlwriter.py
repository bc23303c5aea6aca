"""YAML as go-yaml v3 writes it with an indent of two: quotes, styles, sorted keys (encode.go, emitterc.go)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cmp_to_key
from itertools import pairwise
from typing import Final

from vnetsim.compose import scalars
from vnetsim.compose.golang import float_text
from vnetsim.compose.kinds import Fields, Float32, Plain
from vnetsim.compose.values import Timestamp

_INDENT: Final = 2
#: A longer key is written behind a question mark.
_SIMPLE_KEY: Final = 128
_BREAKS: Final = "\r\n\x85\u2028\u2029"
_ESCAPES: Final = {
    "\0": "0", "\a": "a", "\b": "b", "\t": "t", "\n": "n", "\v": "v", "\f": "f", "\r": "r", "\x1b": "e", '"': '"',
    "\\": "\\", "\x85": "N", "\xa0": "_", "\u2028": "L", "\u2029": "P",
}  # fmt: skip


def to_yaml(value: Plain) -> str:
    text = _node(value, 0)
    return text.removeprefix("\n") if text.startswith("\n") else f"{text.removeprefix(' ')}\n"


def _node(value: Plain, indent: int) -> str:
    """The text after a key's colon: ` scalar`, or a block that begins on the next line."""
    if isinstance(value, Fields):
        return _mapping(value.pairs, indent) if value.pairs else " {}"
    if isinstance(value, dict):
        pairs = tuple((key, value[key]) for key in sorted(value, key=cmp_to_key(_compare_keys)))
        return _mapping(pairs, indent) if pairs else " {}"
    if isinstance(value, list):
        lines = (f"{' ' * indent}-{_item(item, indent + _INDENT)}" for item in value)
        return "\n" + "".join(lines) if value else " []"
    text = _scalar(value, indent)
    return f" {text}" if text else ""


def _item(value: Plain, indent: int) -> str:
    """An item of a sequence: its block begins on the line of the dash."""
    text = _node(value, indent)
    if text.startswith("\n"):
        return " " + text[1 + indent :]
    return _ended(text)


def _mapping(pairs: tuple[tuple[str, Plain], ...], indent: int) -> str:
    return "\n" + "".join(_pair(key, value, indent) for key, value in pairs)


def _pair(key: str, value: Plain, indent: int) -> str:
    margin = " " * indent
    if any(char in _BREAKS for char in key) or len(key.encode("utf-8", "surrogateescape")) > _SIMPLE_KEY:
        return f"{margin}?{_ended(_node(key, indent + _INDENT))}{margin}:{_item(value, indent + _INDENT)}"
    text = _node(value, indent + _INDENT)
    return f"{margin}{_string(key, indent, key=True)}:{_ended(text)}"


def _ended(text: str) -> str:
    """Blocks and literal texts that keep their last line break end their line themselves."""
    return text if text.endswith("\n") else f"{text}\n"


def _scalar(value: Plain, indent: int) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Float32):
        return _float(value.value, 32)
    if isinstance(value, float):
        return _float(value, 64)
    if isinstance(value, str):
        return _string(value, indent)
    return value.text if isinstance(value, Timestamp) else str(value)


def _float(value: float, bits: int) -> str:
    text = float_text(value, bits=bits, threshold=21)
    return {"+Inf": ".inf", "-Inf": "-.inf", "NaN": ".nan"}.get(text, text)


def _string(text: str, indent: int, *, key: bool = False) -> str:
    allowed = _allowed_styles(text)
    if "\n" in text:
        return _literal(text, indent) if "literal" in allowed and not key else _double_quoted(text)
    if scalars.needs_quotes(text):
        return _double_quoted(text)
    if "plain" in allowed and text:
        return text
    return _single_quoted(text) if "single" in allowed else _double_quoted(text)


def _allowed_styles(text: str) -> set[str]:
    """yaml_emitter_analyze_scalar: in which styles the text can be written outside of flow collections."""
    if not text:
        return {"plain", "single"}
    space_break = any(first == " " and second in _BREAKS for first, second in pairwise(text))
    break_space = any(first in _BREAKS and second == " " for first, second in pairwise(text))
    special = any(not _printable(char) for char in text if char != "\t")
    breaks = any(char in _BREAKS for char in text)
    allowed = {"plain", "single", "literal"}
    if text[0] in " " + _BREAKS or text[-1] in " " + _BREAKS or breaks or _has_indicators(text):
        allowed.discard("plain")
    if break_space or space_break or special or "\t" in text:
        allowed -= {"plain", "single"}
    if text[-1] == " " or space_break or special:
        allowed.discard("literal")
    return allowed


def _has_indicators(text: str) -> bool:
    if text.startswith(("---", "...")) or text[0] in "#,[]{}&*!|>'\"%@`":
        return True
    if text[0] in "?:-" and (len(text) == 1 or text[1] in " \t"):
        return True
    for index, char in enumerate(text[1:], 1):
        if char == ":" and (index + 1 == len(text) or text[index + 1] in " \t"):
            return True
        if char == "#" and text[index - 1] in " \t" + _BREAKS:
            return True
    return False


def _printable(char: str) -> bool:
    """is_printable of yamlprivateh.go, which has no characters beyond the basic plane."""
    code = ord(char)
    return (
        code == 0x0A or 0x20 <= code <= 0x7E or 0xA0 <= code < 0xD800 or (0xE000 <= code <= 0xFFFD and code != 0xFEFF)
    )


def _single_quoted(text: str) -> str:
    return f"'{text.replace(chr(39), chr(39) * 2)}'"


def _double_quoted(text: str) -> str:
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(char: str) -> str:
    if _printable(char) and char not in _BREAKS and char not in '"\\':
        return char
    if char in _ESCAPES:
        return f"\\{_ESCAPES[char]}"
    code = ord(char)
    return f"\\x{code:02X}" if code <= 0xFF else f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"


def _literal(text: str, indent: int) -> str:
    """`|` with hints; lines that are empty have no margin."""
    hint = str(_INDENT) if text[0] in " " + _BREAKS else ""
    chomp = "" if len(text) > 1 and text[-1] in _BREAKS and text[-2] not in _BREAKS else "+"
    chomp = "-" if text[-1] not in _BREAKS else chomp
    lines = text.split("\n")
    margin = " " * max(indent, _INDENT)
    return f"|{hint}{chomp}\n" + "\n".join(f"{margin}{line}" if line else "" for line in lines)


# --- the order of keys ---------------------------------------------------------------------------------------------


def _compare_keys(one: str, other: str) -> int:
    """keyList.Less: numbers within names are compared as numbers, and letters come last."""
    return -1 if _less(one, other) else int(_less(other, one))


def _less(one: str, other: str) -> bool:
    digits = False
    for index, (left, right) in enumerate(zip(one, other, strict=False)):
        if left == right:
            digits = left.isdecimal()
            continue
        if left.isalpha() and right.isalpha():
            return left < right
        if left.isalpha() or right.isalpha():
            return left.isalpha() if digits else right.isalpha()
        return _less_number(one, other, index)
    return len(one) < len(other)


def _less_number(one: str, other: str, index: int) -> bool:
    lead = 0
    if "0" in (one[index], other[index]):
        for char in reversed(one[:index]):
            if not char.isdecimal():
                break
            if char != "0":
                lead = 1
                break
    left, right = (_number_at(lead, text[index:]) for text in (one, other))
    if left != right:
        return left < right
    return one[index] < other[index]


def _number_at(lead: int, text: str) -> tuple[int, int]:
    """The number at the start of a text, and how many digits it has."""
    digits = "".join(_leading_digits(text))
    return int(f"{lead}{digits}") if digits else lead, len(digits)


def _leading_digits(text: str) -> Iterator[str]:
    for char in text:
        if not (char.isascii() and char.isdecimal()):
            return
        yield char
