"""Patterns: `*`, `?` and `[...]` against strings (`case`, `${x#...}`) and against the names of files.

POSIX.1-2017, XCU 2.13.  A piece of a pattern is its text and whether it was quoted: quoted text stands for itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

from vnetsim.errors import KernelError
from vnetsim.process import Files

Piece: TypeAlias = tuple[str, bool]

_CLASSES: Final = {
    "alpha": "a-zA-Z", "digit": "0-9", "alnum": "a-zA-Z0-9", "upper": "A-Z", "lower": "a-z", "space": r"\s",
    "blank": r" \t", "punct": re.escape("!\"#$%&'()*+,-./:;<=>?@[]^_`{|}~"), "xdigit": "0-9a-fA-F",
}  # fmt: skip
_NEVER: Final = "[^\\x00-\U0010ffff]"


def regular_expression(pieces: Iterable[Piece], *, greedy: bool = True) -> str:
    """The pattern as a regular expression (to be used with re.DOTALL)."""
    characters = [(character, quoted) for text, quoted in pieces for character in text]
    star = ".*" if greedy else ".*?"
    out: list[str] = []
    index = 0
    while index < len(characters):
        character, quoted = characters[index]
        index += 1
        if quoted or character not in "*?[\\":
            out.append(re.escape(character))
        elif character == "\\" and index < len(characters):
            out.append(re.escape(characters[index][0]))
            index += 1
        elif character == "[":
            bracket, index = _bracket(characters, index)
            out.append(bracket)
        else:
            out.append({"*": star, "?": "."}.get(character, re.escape(character)))
    return "".join(out)


def _bracket(characters: Sequence[Piece], start: int) -> tuple[str, int]:
    """A bracket expression whose `[` is behind us, and where it ends; a mere `[` if it never does."""
    text = "".join(character for character, _ in characters[start:])
    found = re.match(r"([!^]?)(\]?(?:\[:\w+:\]|[^\]])*)\]", text)
    if found is None:
        return re.escape("["), start
    body = re.sub(r"\[:(\w+):\]", lambda match: f"\0{match[1]}\0", found[2])
    parts = body.split("\0")
    inner = "".join(
        _CLASSES.get(part, "") if index % 2 else re.sub(r"([\\\[\]^&|~])", r"\\\1", part)
        for index, part in enumerate(parts)
    )
    if not inner:
        return _NEVER, start + found.end()
    return f"[{'^' if found[1] else ''}{inner}]", start + found.end()


def matches(text: str, pieces: Iterable[Piece]) -> bool:
    return _compile(regular_expression(pieces)).fullmatch(text) is not None


def _compile(expression: str) -> re.Pattern[str]:
    try:
        return re.compile(expression, re.DOTALL)
    except re.error:
        return re.compile(_NEVER)


def remove(text: str, pieces: Sequence[Piece], operator: str) -> str:
    """`${text OPERATOR pattern}` for `#`, `##` (from the start), `%`, `%%` (from the end)."""
    pattern = _compile(regular_expression(pieces))
    ends = range(len(text) + 1)
    if operator in ("#", "##"):
        for end in ends if operator == "#" else reversed(ends):
            if pattern.fullmatch(text[:end]):
                return text[end:]
    else:
        for start in reversed(ends) if operator == "%" else ends:
            if pattern.fullmatch(text[start:]):
                return text[:start]
    return text


def substitute(text: str, pieces: Sequence[Piece], replacement: str, operator: str) -> str:
    """`${text/pattern/replacement}` for `/`, `//`, `/#`, `/%`."""
    expression = regular_expression(pieces)
    if not expression and operator in ("/", "//"):
        return text
    expression = {"/#": rf"\A(?:{expression})", "/%": rf"(?:{expression})\Z"}.get(operator, expression)
    return _compile(expression).sub(lambda _: replacement, text, count=0 if operator == "//" else 1)


def is_pattern(pieces: Iterable[Piece]) -> bool:
    return any(not quoted and any(character in text for character in "*?[") for text, quoted in pieces)


def expand(files: Files, directory: str, pieces: Sequence[Piece]) -> list[str]:
    """The paths that match, sorted as in the C locale; hidden ones only where the dot was written."""
    components = _components(pieces)
    absolute = bool(components) and not components[0]
    found = ["/"] if absolute else [""]
    for index, component in enumerate(components[1:] if absolute else components):
        last = index == len(components) - (2 if absolute else 1)
        found = [path for base in found for path in _step(files, directory, base, component, last=last)]
    return sorted(found)


def _components(pieces: Sequence[Piece]) -> list[list[Piece]]:
    components: list[list[Piece]] = [[]]
    for text, quoted in pieces:
        first, *others = text.split("/")
        if first:
            components[-1].append((first, quoted))
        for other in others:
            components.append([(other, quoted)] if other else [])
    return components


def _step(files: Files, directory: str, base: str, component: Sequence[Piece], *, last: bool) -> list[str]:
    text = "".join(piece for piece, _ in component)
    here = base if base.startswith("/") else f"{directory}/{base}"
    if not is_pattern(component):
        path = base + text + ("" if last else "/")
        exists = not last or not text or files.exists((f"{here}/{text}").replace("//", "/"))
        return [path] if exists else []
    try:
        names = files.list(here.rstrip("/") or "/")
    except KernelError:
        return []
    shown = [name for name in names if matches(name, component) and (text.startswith(".") or not name.startswith("."))]
    return [base + name + ("" if last else "/") for name in shown]
