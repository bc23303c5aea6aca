"""Patterns: `*`, `?` and `[...]` against strings (`case`, `${x#...}`) and against the names of files.

POSIX.1-2017, XCU 2.13.  A part of a pattern is its text and whether it was quoted: quoted text is literal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeAlias

from vnetsim.errors import KernelError
from vnetsim.process.files import Files
from vnetsim.regex import RegexPattern
from vnetsim.regex.tree import ANY, CLASSES, Chars, Concatenation, Node, Repetition

PatternPart: TypeAlias = tuple[str, bool]

#: A bracket expression after its `[`: `!`, the contents, the end.
_BRACKET: Final = re.compile(r"([!^]?)(\]?(?:\[:\w+:\]|[^\]])*)\]")
_ELEMENT: Final = re.compile(r"\[:(\w+):\]|(.)-(.)|(.)", re.DOTALL)
_STAR: Final = Repetition(ANY, 0, many=True)


def _node(pieces: Iterable[PatternPart]) -> Node:
    """The pattern as a regular expression."""
    characters = [(character, quoted) for text, quoted in pieces for character in text]
    out: list[Node] = []
    index = 0
    while index < len(characters):
        character, quoted = characters[index]
        index += 1
        if quoted or character not in "*?[\\":
            out.append(Chars(frozenset(character)))
        elif character == "\\" and index < len(characters):
            out.append(Chars(frozenset(characters[index][0])))
            index += 1
        elif character == "[":
            bracket, index = _bracket(characters, index)
            out.append(bracket)
        elif character == "*" and out[-1:] == [_STAR]:
            continue
        elif character == "*":
            out.append(_STAR)
        else:
            out.append(ANY if character == "?" else Chars(frozenset(character)))
    return Concatenation(tuple(out))


def _bracket(characters: Sequence[PatternPart], start: int) -> tuple[Node, int]:
    """A bracket expression after its `[`, and its end; a literal `[` if it is not closed."""
    text = "".join(character for character, _ in characters[start:])
    found = _BRACKET.match(text)
    if found is None:
        return Chars(frozenset("[")), start
    single: set[str] = set()
    ranges = []
    for element in _ELEMENT.finditer(found[2]):
        if element[1] is not None:
            single |= CLASSES.get(element[1], frozenset())
        elif element[2] is not None:
            ranges.append((element[2], element[3]))
        else:
            single.add(element[4])
    valid = all(low <= high for low, high in ranges)
    negated = bool(found[1]) and valid and bool(single or ranges)
    return Chars(frozenset(single if valid else ()), tuple(ranges if valid else ()), negated), start + found.end()


def _compile(pieces: Iterable[PatternPart]) -> RegexPattern:
    return RegexPattern(_node(pieces))


def matches(text: str, pieces: Sequence[PatternPart]) -> bool:
    if not is_pattern(pieces) and not any("\\" in piece for piece, _ in pieces):
        return text == "".join(piece for piece, _ in pieces)
    return _compile(pieces).fullmatch(text)


def remove(text: str, pieces: Sequence[PatternPart], operator: str) -> str:
    """`${text OPERATOR pattern}` for `#`, `##` (from the start), `%`, `%%` (from the end)."""
    pattern = _compile(pieces)
    if operator in ("#", "##"):
        end = pattern.prefix(text, shortest=operator == "#")
        return text[max(end, 0) :]
    start = pattern.suffix(text, shortest=operator == "%")
    return text if start < 0 else text[:start]


def substitute(
    text: str, pieces: Sequence[PatternPart], replacement: str, operator: str, check: Callable[[int], object]
) -> str:
    """`${text/pattern/replacement}` for `/`, `//`, `/#`, `/%`; `check` raises if it may not be that long."""
    if not any(piece for piece, _ in pieces) and operator in ("/", "//"):
        return text
    pattern = _compile(pieces)
    if operator == "/#":
        end = pattern.prefix(text)
        return text if end < 0 else replacement + text[end:]
    if operator == "/%":
        start = pattern.suffix(text)
        return text if start < 0 else text[:start] + replacement
    if operator == "//":
        check(len(text) + len(replacement) * sum(1 for _ in pattern.matches(text)) if replacement else 0)
    return pattern.replace(text, lambda _: replacement, limit=None if operator == "//" else 1)


def is_pattern(pieces: Iterable[PatternPart]) -> bool:
    return any(not quoted and any(character in text for character in "*?[") for text, quoted in pieces)


def expand(files: Files, directory: str, pieces: Sequence[PatternPart]) -> list[str]:
    """The paths that match, sorted as in the C locale; hidden ones only where the dot was written."""
    components = _components(pieces)
    absolute = bool(components) and not components[0]
    found = ["/"] if absolute else [""]
    for index, component in enumerate(components[1:] if absolute else components):
        last = index == len(components) - (2 if absolute else 1)
        found = [path for base in found for path in _step(files, directory, base, component, last=last)]
    return sorted(found)


def _components(pieces: Sequence[PatternPart]) -> list[list[PatternPart]]:
    components: list[list[PatternPart]] = [[]]
    for text, quoted in pieces:
        first, *others = text.split("/")
        if first:
            components[-1].append((first, quoted))
        for other in others:
            components.append([(other, quoted)] if other else [])
    return components


def _step(files: Files, directory: str, base: str, component: Sequence[PatternPart], *, last: bool) -> list[str]:
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
