"""Dockerfiles: their instructions, and their syntax (frontend/dockerfile/parser, instructions of BuildKit).

    for one in instructions(text): ...

The variables of an instruction are not expanded: `instructions.BuildStage` does that, which knows the variables.
Not modelled: parser directives.
"""

from __future__ import annotations

import difflib
import re
import shlex
from collections.abc import Iterator
from typing import Final

from vnetsim.docker.gotypes import quote
from vnetsim.docker.images.execform import json_list
from vnetsim.docker.images.healthcheck import health_check
from vnetsim.errors import EngineError
from vnetsim.values import frozen

#: What each needs, in the refusal of one that has nothing.
_ONE: Final = "requires at least one argument"
_EXACTLY_ONE: Final = "requires exactly one argument"
_LEAST: Final = {
    **dict.fromkeys(("ARG", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "ONBUILD", "SHELL", "VOLUME"), _ONE),
    **dict.fromkeys(("MAINTAINER", "STOPSIGNAL", "USER", "WORKDIR"), _EXACTLY_ONE),
}
_INSTRUCTIONS: Final = (*_LEAST, "ADD", "CMD", "COPY", "ENTRYPOINT", "FROM", "RUN")
_HEREDOC: Final = re.compile(r"<<(-?)[\"']?(\w+)[\"']?")
_FLAG: Final = re.compile(r"--([a-z-]*)(?:=(\S*))?(?:\s+|$)")
_FLAGS: Final = {
    "ADD": ("chown", "chmod", "link", "checksum", "keep-git-dir", "exclude", "unpack"),
    "COPY": ("from", "chown", "chmod", "link", "parents", "exclude"),
    "FROM": ("platform",),
    "HEALTHCHECK": ("interval", "timeout", "start-period", "start-interval", "retries"),
    "RUN": ("mount", "network", "security", "device"),
}
_STAGE_NAME: Final = re.compile(r"[a-z][a-z0-9-_.]*")
#: How like an unknown instruction must be to one that there is.
_SIMILAR: Final = 0.5


@frozen
class Instruction:
    """`text` is what follows the name and its `flags`; `line` counts from 1; `original` is the whole instruction."""

    line: int
    name: str
    text: str
    original: str = ""
    flags: tuple[tuple[str, str], ...] = ()

    def flag(self, name: str) -> str:
        return dict(self.flags).get(name, "")

    @property
    def words(self) -> list[str]:
        """The arguments: a JSON list of texts, or what is between blanks."""
        found = json_list(self.text)
        return self.text.split() if found is None else found


def instructions(text: str) -> list[Instruction]:
    """EngineError 400 for what is no Dockerfile."""
    found = list(_read(text.splitlines()))
    if not found:
        raise EngineError(400, "failed to parse Dockerfile: file with no instructions")
    return found


def _read(lines: list[str]) -> Iterator[Instruction]:
    index = 0
    while index < len(lines):
        number, logical = index + 1, ""
        while index < len(lines):
            line = lines[index]
            index += 1
            if not line.strip() or line.lstrip().startswith("#"):
                if logical and index < len(lines):
                    continue
                break
            if not line.rstrip().endswith("\\"):
                logical += line
                break
            logical += line.rstrip()[:-1]
        index = _after_heredocs(lines, index, logical)
        if logical.strip():
            yield _instruction(number, logical.strip())


def _after_heredocs(lines: list[str], index: int, logical: str) -> int:
    """The line behind the texts that RUN, COPY and ADD are given by `<<EOF`."""
    if not logical.lstrip().upper().startswith(("RUN ", "COPY ", "ADD ")):
        return index
    for dash, delimiter in _HEREDOC.findall(logical):
        while index < len(lines) and (lines[index].lstrip("\t") if dash else lines[index]) != delimiter:
            index += 1
        index += 1
    return index


def _instruction(number: int, logical: str) -> Instruction:
    name, *more = logical.split(None, 1)
    upper, rest = name.upper(), more[0].strip() if more else ""
    if upper not in _INSTRUCTIONS:
        near = difflib.get_close_matches(upper, sorted(_INSTRUCTIONS), 1, _SIMILAR)
        raise _unparsable(number, f"unknown instruction: {name}{f' (did you mean {near[0]}?)' if near else ''}")
    flags: list[tuple[str, str]] = []
    while upper in _FLAGS and (match := _FLAG.match(rest)):
        if match[1] not in _FLAGS[upper]:
            raise _unparsable(number, f"unknown flag: --{match[1]}")
        if match[2] is None and match[1] not in ("link", "keep-git-dir", "parents", "unpack"):
            raise _unparsable(number, f"missing a value on flag: --{match[1]}")
        flags.append((match[1], match[2] or ""))
        rest = rest[match.end() :]
    found = Instruction(number, upper, rest, logical, tuple(flags))
    _check(found)
    return found


def _check(one: Instruction) -> None:
    """instructions.ParseInstruction: what is refused before any variable is expanded."""
    said = _LEAST.get(one.name)
    if said is not None and not one.words:
        raise _unparsable(one.line, f"{one.name} {said}")
    checks = {
        "ADD": _check_copy, "COPY": _check_copy, "ENV": _check_pairs, "FROM": _check_from, "LABEL": _check_pairs,
        "HEALTHCHECK": _check_health, "ONBUILD": _check_trigger, "SHELL": _check_shell, "VOLUME": _check_volume,
    }  # fmt: skip
    if one.name in checks:
        checks[one.name](one)


def _check_copy(one: Instruction) -> None:
    if len(one.words) < 2:
        said = "requires at least two arguments, but only one was provided. Destination could not be determined"
        raise _unparsable(one.line, f"{one.name} {said}")


def _check_from(one: Instruction) -> None:
    words = one.text.split()
    if len(words) not in (1, 3) or (len(words) == 3 and words[1].lower() != "as"):
        raise _unparsable(one.line, "FROM requires either one or three arguments")
    if len(words) == 3 and not _STAGE_NAME.fullmatch(words[2].lower()):
        said = "name can't start with a number or contain symbols"
        raise _unparsable(one.line, f"invalid name for build stage: {quote(words[2])}, {said}")


def _check_health(one: Instruction) -> None:
    health_check(one.line, one.text, one.flags)


def _check_pairs(one: Instruction) -> None:
    split_pairs(one)


def split_pairs(one: Instruction) -> list[str]:
    """`A=1 B="two words"`, or the old form `A the rest`; EngineError 400."""
    try:
        words = shlex.split(one.text)
    except ValueError:
        raise EngineError(400, f"failed to parse Dockerfile: unexpected end of statement in line {one.line}") from None
    if "=" not in words[0]:
        first, *rest = one.text.split(None, 1)
        if not rest:
            raise EngineError(400, f"failed to parse Dockerfile: {one.name} must have two arguments")
        return [f"{first}={rest[0]}"]
    for word in words:
        if "=" not in word:
            said = f"Syntax error - can't find = in {quote(word)}. Must be of the form: name=value"
            raise EngineError(400, f"failed to parse Dockerfile: {said}")
    return words


def _check_trigger(one: Instruction) -> None:
    name = one.text.split(None, 1)[0].upper()
    if name == "ONBUILD":
        raise _unparsable(one.line, "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed")
    if name in ("MAINTAINER", "FROM"):
        raise _unparsable(one.line, f"{name} isn't allowed as an ONBUILD trigger")


def _check_shell(one: Instruction) -> None:
    if json_list(one.text) is None:
        raise _unparsable(one.line, "SHELL requires the arguments to be in JSON form")


def _check_volume(one: Instruction) -> None:
    if "" in one.words:
        raise _unparsable(one.line, "VOLUME specified can not be an empty string")


def _unparsable(line: int, message: str) -> EngineError:
    return EngineError(400, f"dockerfile parse error on line {line}: {message}")
