r"""POSIX regular expressions, basic and extended, with GNU's additions (regex(7)), for grep, sed and awk.

The longest alternative is not looked for: the first that matches wins, as everywhere in Python.
"""

from __future__ import annotations

import re
from typing import Final

from vnetsim.errors import VnetsimError

_CLASSES: Final = {
    "alpha": "a-zA-Z",
    "digit": "0-9",
    "alnum": "a-zA-Z0-9",
    "upper": "A-Z",
    "lower": "a-z",
    "space": r"\s",
    "blank": r" \t",
    "xdigit": "0-9a-fA-F",
    "punct": re.escape("!\"#$%&'()*+,-./:;<=>?@[]^_`{|}~"),
    "cntrl": r"\x00-\x1f\x7f",
    "print": r"\x20-\x7e",
    "graph": r"\x21-\x7e",
}
_GNU_ESCAPES: Final = {"<": r"\b(?=\w)", ">": r"\b(?<=\w)", "`": r"\A", "'": r"\Z", "w": r"\w", "W": r"\W"}
_SAME_ESCAPES: Final = frozenset("bBsS")
#: Special when escaped in a basic expression, when not escaped in an extended one.
_SWITCHED: Final = frozenset("(){}+?|")


class BadExpression(VnetsimError):
    """glibc's words for what is wrong with the expression."""


def compile_posix(expression: str, *, extended: bool, ignore_case: bool = False) -> re.Pattern[str]:
    """As regcomp(3); BadExpression in its words."""
    text = translate(expression, extended=extended)
    try:
        return re.compile(text, re.IGNORECASE if ignore_case else 0)
    except re.error as error:
        raise BadExpression(_words(str(error))) from None


def _words(message: str) -> str:
    if "parenthesis" in message or "unterminated subpattern" in message:
        return "Unmatched ( or \\("
    if "repeat" in message:
        return "Invalid preceding regular expression"
    return "Invalid regular expression"


def translate(expression: str, *, extended: bool) -> str:
    """The same as a Python expression."""
    out: list[str] = []
    position = 0
    while position < len(expression):
        character = expression[position]
        if character == "[":
            bracket, position = _bracket(expression, position)
            out.append(bracket)
            continue
        if character == "\\":
            if position + 1 >= len(expression):
                raise BadExpression("Trailing backslash")
            out.append(_escaped(expression[position + 1], extended=extended))
            position += 2
            continue
        out.append(_plain(expression, position, extended=extended))
        position += 1
    return "".join(out)


def _escaped(character: str, *, extended: bool) -> str:
    if character in _SWITCHED:
        return re.escape(character) if extended else character
    if character in _GNU_ESCAPES:
        return _GNU_ESCAPES[character]
    if character in _SAME_ESCAPES or character.isdigit():
        return "\\" + character
    return {"n": "\n", "t": "\t"}.get(character, re.escape(character))


def _plain(expression: str, position: int, *, extended: bool) -> str:
    character = expression[position]
    before, after = expression[:position], expression[position + 1 :]
    if character in _SWITCHED:
        return character if extended and not _literal_brace(character, after) else re.escape(character)
    if character == "*":
        starts = not before or (not extended and (before.endswith(("\\(", "\\|")) or before == "^"))
        return r"\*" if starts else "*"
    if character == "^":
        return "^" if extended or not before or before.endswith(("\\(", "\\|")) else r"\^"
    if character == "$":
        return r"\Z" if extended or not after or after.startswith(("\\)", "\\|")) else r"\$"
    return "." if character == "." else re.escape(character)


def _literal_brace(character: str, after: str) -> bool:
    return character == "{" and re.match(r"\d*,?\d*\}", after) is None


def _bracket(expression: str, start: int) -> tuple[str, int]:
    found = re.compile(r"\[(\^?)(\]?(?:\[:\w+:\]|\[=.=\]|\[\..\.\]|[^\]])*)\]").match(expression, start)
    if found is None:
        raise BadExpression("Invalid regular expression")
    parts = re.split(r"\[:(\w+):\]", found[2])
    inner = []
    for index, part in enumerate(parts):
        if index % 2 == 0:
            inner.append(re.sub(r"([\\\[\]^&|~])", r"\\\1", part))
        elif part in _CLASSES:
            inner.append(_CLASSES[part])
        else:
            raise BadExpression("Invalid character class name")
    return f"[{found[1]}{''.join(inner)}]", found.end()
