"""What a plain scalar means for go-yaml v3 (resolve.go): YAML 1.2, with the integers of 1.1, not its booleans."""

from __future__ import annotations

import re
from typing import Final

from vnetsim.compose.golang import parse_float
from vnetsim.compose.values import ComposeError, Timestamp, YamlValue

NULL, BOOL, STR, INT, FLOAT = "!!null", "!!bool", "!!str", "!!int", "!!float"
TIMESTAMP, BINARY, MERGE, SEQ, MAP = "!!timestamp", "!!binary", "!!merge", "!!seq", "!!map"
_LONG: Final = "tag:yaml.org,2002:"

_CONSTANTS: Final[dict[str, tuple[str, YamlValue]]] = {
    **dict.fromkeys(("true", "True", "TRUE"), (BOOL, True)),
    **dict.fromkeys(("false", "False", "FALSE"), (BOOL, False)),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), (NULL, None)),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), (FLOAT, float("nan"))),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), (FLOAT, float("inf"))),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), (FLOAT, float("-inf"))),
    "<<": (MERGE, "<<"),
}
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INT: Final = re.compile(r"([-+]?)(?:0([xX])([0-9a-fA-F]+)|0([bB])([01]+)|0([oO]?)([0-7]+)|(0|[1-9][0-9]*))")
_TIME: Final = re.compile(
    r"\d{4}-(0?[1-9]|1[0-2])-(0?[1-9]|[12]\d|3[01])"
    r"([Tt]\d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?(Z|[-+]\d\d:\d\d)| \d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?)?",
    re.A,
)
#: What YAML 1.1 took for booleans and for sexagesimal numbers is written in quotes.
_OLD_BOOLEANS: Final = frozenset(
    ["y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off", "OFF"]
)
_SEXAGESIMAL: Final = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")


def short_tag(tag: str) -> str:
    return f"!!{tag.removeprefix(_LONG)}" if tag.startswith(_LONG) else tag


def resolve(text: str, tag: str = "") -> tuple[str, YamlValue]:
    """The tag and the value of a plain scalar, whose explicit tag may be one of those that are resolved."""
    if tag not in ("", STR, BOOL, INT, FLOAT, NULL, TIMESTAMP):
        return tag, text
    if tag == STR:
        return STR, text
    found, value = _plain(text, tag)
    if tag == FLOAT and found == INT and isinstance(value, int):
        return FLOAT, float(value)
    if tag not in ("", found):
        raise ComposeError(f"yaml: cannot decode {found} `{text}` as a {tag}")
    return found, value


def _plain(text: str, tag: str) -> tuple[str, YamlValue]:
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] == ".":
        try:
            return FLOAT, parse_float(text)
        except ComposeError:
            return STR, text
    if text[0] not in "+-0123456789":
        return STR, text
    if tag in ("", TIMESTAMP) and _TIME.fullmatch(text):
        return TIMESTAMP, Timestamp(text)
    number = _integer(text)
    if number is not None:
        return INT, number
    plain = text.replace("_", "")
    return (FLOAT, float(plain)) if _FLOAT.fullmatch(plain) else (STR, text)


def _integer(text: str) -> int | None:
    """strconv.ParseInt(text, 0, 64): with the prefixes 0x, 0b, 0o and 0, up to 64 bits."""
    found = _INT.fullmatch(text.replace("_", ""))
    if found is None or len(text) > 70:
        return None
    sign, _, hexadecimal, _, binary, _, octal, decimal = found.groups()
    if hexadecimal or binary or octal:
        value = int(hexadecimal or binary or octal, 16 if hexadecimal else 2 if binary else 8)
    else:
        value = int(decimal)
    if value >= 1 << (63 if sign else 64) and not (sign == "-" and value == 1 << 63):
        return None
    return -value if sign == "-" else value


def needs_quotes(text: str) -> bool:
    """Whether a string would be read as something else if it were written plainly."""
    if resolve(text)[0] != STR or text in _OLD_BOOLEANS:
        return True
    return ":" in text and _SEXAGESIMAL.fullmatch(text) is not None
