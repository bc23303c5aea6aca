"""Dockerfiles: what an image that is built has of its base and of ARG, ENV, EXPOSE, CMD and ENTRYPOINT.

    image = build(text, base=registry.image, name="shop-api", args={"PORT": "9000"}, target="")

Follows moby's builder/dockerfile.  What RUN, COPY and ADD put into an image is not modelled: a command of the image
that vnetsim does not have is an assumption, as that of any unknown image.  Of the others (USER, WORKDIR, LABEL,
HEALTHCHECK, VOLUME, ONBUILD, SHELL, STOPSIGNAL) images have nothing.  Not modelled: parser directives.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Mapping
from typing import Final

import attrs

from vnetsim.docker.images import Image, ImageKind, programs
from vnetsim.docker.images.reference import InvalidReference, Reference, parse
from vnetsim.errors import EngineError
from vnetsim.values import define, frozen

_INSTRUCTIONS: Final = frozenset(
    (
        *("ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER"),
        *("ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"),
    )
)
_VARIABLE: Final = re.compile(r"\\\$|\$(?:(\w+)|\{(\w+)(?:(:?[-+])([^}]*))?\})")
_PORT: Final = re.compile(r"(\d{1,5})(?:/(tcp|udp|sctp))?", re.ASCII | re.IGNORECASE)
_HEREDOC: Final = re.compile(r"<<(-?)[\"']?(\w+)[\"']?")
_SHELL: Final = ("/bin/sh", "-c")
#: Packages of Alpine with programs that replace applets of busybox.
_INSTEAD_OF_APPLETS: Final = ("iputils", "iproute2", "bind-tools", "wget")

Base = Callable[[Reference], Image]


@frozen
class Instruction:
    """`line` counts from 1."""

    line: int
    name: str
    text: str


def instructions(text: str) -> list[Instruction]:
    """EngineError 400 for what is no Dockerfile."""
    found: list[Instruction] = []
    lines = text.splitlines()
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
            found.append(_instruction(number, logical.strip()))
    if not found:
        raise EngineError(400, "failed to parse Dockerfile: file with no instructions")
    return found


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
    rest = more[0] if more else ""
    if name.upper() not in _INSTRUCTIONS:
        raise EngineError(400, f"dockerfile parse error on line {number}: unknown instruction: {name}")
    return Instruction(number, name.upper(), rest.strip())


@define
class _Stage:
    """What has been read of one stage."""

    image: Image
    base: Image
    variables: dict[str, str]
    has_command: bool = False

    def add(self, one: Instruction, given: Mapping[str, str], defaults: Mapping[str, str]) -> None:
        if one.name == "ARG":
            self._argument(one, given, defaults)
        elif one.name in ("RUN", "COPY", "ADD"):
            self.image = _with_more(self.image, one.text)
        elif one.name == "ENV":
            for key, value in _assignments(one, self.variables):
                self._environment(key, value)
        elif one.name == "EXPOSE":
            ports = (port for word in _expanded(one.text, self.variables).split() for port in _ports(word))
            self.image = attrs.evolve(self.image, exposed=tuple(sorted({*self.image.exposed, *ports})))
        elif one.name == "CMD":
            self.image = attrs.evolve(self.image, command=_command(one.text))
            self.has_command = True
        elif one.name == "ENTRYPOINT":
            command = self.image.command if self.has_command else ()
            self.image = attrs.evolve(self.image, entrypoint=_command(one.text), command=command)
            self.has_command = True

    def _argument(self, one: Instruction, given: Mapping[str, str], defaults: Mapping[str, str]) -> None:
        for word in shlex.split(_expanded(one.text, self.variables)):
            key, equals, value = word.partition("=")
            if key in given:
                self.variables[key] = given[key]
            elif equals or key in defaults:
                self.variables[key] = value if equals else defaults[key]

    def _environment(self, key: str, value: str) -> None:
        self.variables[key] = value
        kept = tuple(each for each in self.image.environment if each.partition("=")[0] != key)
        self.image = attrs.evolve(self.image, environment=(*kept, f"{key}={value}"))


def build(text: str, *, base: Base, name: str, args: Mapping[str, str], target: str = "") -> Image:
    """The image of the last stage, or of `target`; EngineError 400."""
    defaults: dict[str, str] = {}
    stages: dict[str, _Stage] = {}
    stage: _Stage | None = None
    for one in instructions(text):
        if one.name == "FROM":
            if stage is not None and target and _is_wanted(stages, stage, target):
                break
            stage = _begun(one, base, stages, {**defaults, **{key: args[key] for key in args if key in defaults}})
        elif stage is None:
            if one.name != "ARG":
                raise EngineError(400, "no build stage in current context")
            key, equals, value = one.text.partition("=")
            if equals or key in args:
                defaults[key] = args.get(key, value.strip("\"'"))
        else:
            stage.add(one, args, defaults)
    if stage is None:
        raise EngineError(400, "failed to parse Dockerfile: file with no instructions")
    if target and not _is_wanted(stages, stage, target):
        raise EngineError(400, f'target stage "{target}" could not be found')
    return _named(stage, name)


def _with_more(image: Image, text: str) -> Image:
    """What is put into an image of which all programs were known may be any that vnetsim has."""
    if programs.NO_OTHERS not in image.programs:
        return image
    installs = any(package in text for package in _INSTEAD_OF_APPLETS)
    contained = (image.programs | programs.ALL) - {programs.NO_OTHERS}
    return attrs.evolve(image, programs=contained, busybox="" if installs else image.busybox)


def _is_wanted(stages: Mapping[str, _Stage], stage: _Stage, target: str) -> bool:
    return stages.get(target.lower()) is stage


def _begun(one: Instruction, base: Base, stages: dict[str, _Stage], variables: Mapping[str, str]) -> _Stage:
    words = [word for word in _expanded(one.text, variables).split() if not word.startswith("--")]
    if len(words) not in (1, 3) or (len(words) == 3 and words[1].lower() != "as"):
        raise EngineError(
            400, f"dockerfile parse error on line {one.line}: FROM requires either one or three arguments"
        )
    earlier = stages.get(words[0].lower())
    image = earlier.image if earlier is not None else _base(words[0], base)
    stage = _Stage(
        image, image if earlier is None else earlier.base, dict(each.split("=", 1) for each in image.environment)
    )
    stage.has_command = earlier is not None and earlier.has_command
    stages[str(sum(key.isdigit() for key in stages))] = stage
    if len(words) == 3:
        stages[words[2].lower()] = stage
    return stage


def _base(text: str, base: Base) -> Image:
    if text == "scratch":
        return Image("scratch", (), environment=(), kind=ImageKind.UNKNOWN, base="")
    try:
        reference = parse(text)
    except InvalidReference as error:
        raise EngineError(400, f'failed to parse stage name "{text}": {error}') from None
    if reference is None:
        raise EngineError(400, f"No such image: {text}")
    return base(reference)


def _named(stage: _Stage, name: str) -> Image:
    """What runs is known if it is the base's own server on the base's own ports."""
    image = stage.image
    if stage.has_command or set(image.exposed) - set(stage.base.exposed):
        command = image.command if image.command or image.entrypoint else ("<unknown>",)
        image = attrs.evolve(image, kind=ImageKind.UNKNOWN, listens=(), server="", command=command)
    return attrs.evolve(image, name=name)


# --- values -----------------------------------------------------------------------------------------------------------


def _expanded(text: str, variables: Mapping[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        if found[0] == "\\$":
            return "$"
        known = variables.get(found[1] or found[2])
        operator, word = found[3], found[4]
        if operator and operator.endswith("-"):
            return word if known is None or (operator == ":-" and not known) else known
        if operator:
            return word if known or (operator == "+" and known is not None) else ""
        return known or ""

    return _VARIABLE.sub(value, text)


def _assignments(one: Instruction, variables: Mapping[str, str]) -> list[tuple[str, str]]:
    """`A=1 B="two words"`, or the old form `A the rest`."""
    first, *rest = one.text.split(None, 1)
    if "=" not in first:
        if not rest:
            raise EngineError(400, f"failed to parse Dockerfile: {one.name} must have two arguments")
        return [(first, _expanded(rest[0], variables))]
    try:
        words = shlex.split(_expanded(one.text, variables))
    except ValueError:
        raise EngineError(400, f"failed to parse Dockerfile: unexpected end of statement in line {one.line}") from None
    pairs = [tuple(word.split("=", 1)) for word in words]
    if any(len(pair) != 2 for pair in pairs):
        raise EngineError(400, f"failed to parse Dockerfile: Syntax error - can't find = in line {one.line}")
    return [(key, value) for key, value in pairs]


def _ports(word: str) -> list[str]:
    first, dash, last = word.partition("-")
    number, _, protocol = (last if dash else first).partition("/")
    low = first.partition("/")[0]
    if not _PORT.fullmatch(f"{low}/{protocol or 'tcp'}") or not _PORT.fullmatch(number) or int(low) > int(number):
        raise EngineError(400, f"Invalid containerPort: {word}")
    if int(number) > 0xFFFF:
        raise EngineError(400, f"Invalid containerPort: {word}")
    return [f"{port}/{(protocol or 'tcp').lower()}" for port in range(int(low), int(number) + 1)]


def _command(text: str) -> tuple[str, ...]:
    """The exec form, a JSON list of texts, else the shell form."""
    if text.startswith("["):
        try:
            words = json.loads(text)
        except ValueError:
            words = None
        if isinstance(words, list) and all(isinstance(word, str) for word in words):
            return tuple(words)
    return (*_SHELL, text) if text else ()
