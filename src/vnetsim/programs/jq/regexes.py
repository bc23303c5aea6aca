"""Functions of jq for regular expressions: test, match, capture, scan, sub (f_match of builtin.c of jq 1.6)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.programs.jq.nodes import (
    Found,
    JqFilter,
    Path,
    Scope,
)
from vnetsim.programs.jq.values import (
    JqError,
    Value,
    about,
)

#: How often Python's search may go back, as a power of the text's length.
_MOST_RETRIES: Final = 1_000_000_000
#: What a group may not have in it if it is repeated without an end.
_REPEATED: Final = re.compile(r"[*+]|\{\d*,\}")
_ATOM: Final = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)


def _check_effort(regex: str, text: str) -> None:
    """NotModelled for what may take a time that grows with a high power of the length: Python's search goes back."""
    plain = _ATOM.sub("x", regex)
    inner = plain
    while (group := re.search(r"\([^()]*\)", inner)) is not None:
        again = _REPEATED.match(inner, group.end())
        if again is not None and (_REPEATED.search(group[0]) or "|" in group[0] or "?" in group[0][2:]):
            raise NotModelled(f"jq: repetitions within repetitions, as in {regex!r}")
        inner = inner[: group.start()] + ("x+" if _REPEATED.search(group[0]) else "x") + inner[group.end() :]
    if len(text) ** len(_REPEATED.findall(plain)) > _MOST_RETRIES:
        raise NotModelled(f"jq: {regex!r} with a text of {len(text)} characters")


def matches(value: Value, regex: Value, flags: Value) -> Iterator[re.Match[str]]:
    """Python's expressions stand for those of Oniguruma: what scripts use is the same in both."""
    if isinstance(regex, list):
        regex, flags = regex[0], regex[1] if len(regex) > 1 else flags
    if not isinstance(value, str) or not isinstance(regex, str):
        raise JqError(f"{about(regex if isinstance(value, str) else value)} cannot be matched, as it is not a string")
    given = flags or ""
    if set(given) - set("gixsn"):
        raise JqError(f"{given} is not a valid modifier string")
    options = (re.IGNORECASE if "i" in given else 0) | (re.VERBOSE if "x" in given else 0)
    try:
        compiled = re.compile(regex.replace("(?<", "(?P<").replace("(?P<=", "(?<=").replace("(?P<!", "(?<!"), options)
    except re.error as error:
        raise JqError(f"{regex} (at offset 0) is not a valid regex: {error}") from None
    _check_effort(regex, value)
    found = compiled.finditer(value)
    yield from found if "g" in given else list(found)[:1]


def _match_object(found: re.Match[str]) -> Value:
    names = {number: name for name, number in found.re.groupindex.items()}
    captures = [
        {
            "offset": found.start(number),
            "length": len(found[number] or ""),
            "string": found[number],
            "name": names.get(number),
        }
        for number in range(1, found.re.groups + 1)
    ]
    return {"offset": found.start(), "length": len(found[0]), "string": found[0], "captures": captures}


def match(scope: Scope, _path: Path, value: Value, regex: JqFilter, flags: JqFilter | None = None) -> Found:
    for wanted in regex.run(scope, value):
        for given in flags.run(scope, value) if flags is not None else (None,):
            yield from ((None, _match_object(found)) for found in matches(value, wanted, given))


def capture(scope: Scope, _path: Path, value: Value, regex: JqFilter, flags: JqFilter | None = None) -> Found:
    for _, found in match(scope, None, value, regex, flags):
        yield None, {each["name"]: each["string"] for each in found["captures"] if each["name"] is not None}


def scan(scope: Scope, _path: Path, value: Value, regex: JqFilter) -> Found:
    for wanted in regex.run(scope, value):
        for found in matches(value, wanted, "g"):
            yield None, list(found.groups()) if found.re.groups else found[0]


def substituted(everywhere: bool) -> Callable[..., Found]:
    def substitute(
        scope: Scope, _path: Path, value: Value, regex: JqFilter, new: JqFilter, flags: JqFilter | None = None
    ) -> Found:
        for wanted in regex.run(scope, value):
            for given in flags.run(scope, value) if flags is not None else ("",):
                pieces, at = [], 0
                for found in matches(value, wanted, (given or "") + ("g" if everywhere else "")):
                    pieces += [value[at : found.start()], next(new.run(scope, found.groupdict()))]
                    at = found.end()
                yield None, "".join([*pieces, value[at:]])

    return substitute
