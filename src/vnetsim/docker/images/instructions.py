"""What the instructions of a Dockerfile make of an image (builder/dockerfile/dispatchers.go of moby 28.5).

    image = declared(text, base=registry.image, name="shop-api", args={"PORT": "9000"}, target="")

`BuildStage.apply` obeys one instruction that only declares something, and gives its line in the history of the image;
RUN, COPY and ADD are the builder's.  `declared` builds what a Dockerfile declares, without these three.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Final, TypeAlias

import attrs

from vnetsim.docker.gotypes import duration, quote
from vnetsim.docker.images import Image, ImageKind, origins, programs
from vnetsim.docker.images.dockerfile import Instruction, instructions, split_pairs
from vnetsim.docker.images.execform import json_list
from vnetsim.docker.images.healthcheck import health_check
from vnetsim.docker.images.layers import ImageOrigin
from vnetsim.docker.images.reference import InvalidReference, Reference, parse
from vnetsim.docker.signal import check_signal
from vnetsim.errors import EngineError
from vnetsim.values import define

_VARIABLE: Final = re.compile(r"\\\$|\$(?:(\w+)|\{(\w+)(?:(:?[-+])([^}]*))?\})")
_PORT: Final = re.compile(r"(\d{1,5})(?:/(tcp|udp|sctp))?", re.ASCII | re.IGNORECASE)
_SHELL: Final = ("/bin/sh", "-c")
#: Arguments that need no ARG, and are no part of the history.
BUILT_IN: Final = frozenset(
    name
    for lower in ("http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy")
    for name in (lower, lower.upper())
)

#: Packages of Alpine with programs that replace applets of busybox.
_INSTEAD_OF_APPLETS: Final = ("iputils", "iproute2", "bind-tools", "wget")

Base = Callable[[Reference], Image]
#: The files that COPY and ADD put into a stage, by path: of the stage, the instruction, and what finds other stages.
Copier: TypeAlias = Callable[["BuildStage", Instruction, "Callable[[str], BuildStage | None]"], Mapping[str, str]]
#: FROM scratch: no image, without an id.
SCRATCH: Final = Image(
    "scratch", (), kind=ImageKind.UNKNOWN, base="", programs=frozenset(), origin=ImageOrigin("", 0, (), ())
)


@define
class BuildStage:
    """What has been read of one stage: `declared` are its ARGs, `variables` those with a value and the environment.

    `files` are those that are known, of what `declared` builds.
    """

    image: Image
    base: Image
    variables: dict[str, str]
    has_command: bool = False
    declared: list[str] = attrs.field(factory=list)
    author: str = ""
    files: Mapping[str, str] = attrs.field(factory=dict)

    @classmethod
    def on(cls, image: Image, earlier: BuildStage | None = None) -> BuildStage:
        """A stage that begins with an image, of an `earlier` stage if there is one."""
        variables = dict(each.split("=", 1) for each in image.environment)
        if earlier is None:
            return cls(image, image, variables)
        return cls(image, earlier.base, variables, earlier.has_command, author=earlier.author, files=earlier.files)

    @property
    def shell(self) -> tuple[str, ...]:
        return self.image.shell or _SHELL

    def expanded(self, text: str) -> str:
        return _expanded(text, self.variables)

    def apply(self, one: Instruction, given: Mapping[str, str], defaults: Mapping[str, str]) -> str:
        """Obey an instruction; its line in the history, `CMD ["nc" "-l"]`.  EngineError 400."""
        if one.name == "ARG":
            return self._argument(one, given, defaults)
        return self.effects[one.name](self, one)

    def arguments(self, given: Mapping[str, str]) -> dict[str, str]:
        """The build arguments that a RUN has in its environment, but for those that ENV sets."""
        own = {each.partition("=")[0] for each in self.image.environment}
        known = {name: self.variables[name] for name in self.declared if name in self.variables and name not in own}
        return known | {name: given[name] for name in sorted(given) if name in BUILT_IN and name not in own}

    def command_line(self, text: str) -> tuple[str, ...]:
        """The exec form, or the shell form."""
        words = json_list(text)
        return (*self.shell, *([text] if text else [])) if words is None else tuple(words)

    def _argument(self, one: Instruction, given: Mapping[str, str], defaults: Mapping[str, str]) -> str:
        for word in shlex.split(self.expanded(one.text)):
            key, equals, value = word.partition("=")
            self.declared.append(key)
            if key in given:
                self.variables[key] = given[key]
            elif equals or key in defaults:
                self.variables[key] = value if equals else defaults[key]
        return f"ARG {self.expanded(one.text)}"

    def _environment(self, one: Instruction) -> str:
        pairs = assignments(one, self.variables)
        for key, value in pairs:
            self.variables[key] = value
            kept = tuple(each for each in self.image.environment if each.partition("=")[0] != key)
            before = next((each for each in self.image.environment if each.partition("=")[0] == key), None)
            changed = f"{key}={value}"
            if before is None:
                self._set(environment=(*kept, changed))
            else:
                self._set(environment=tuple(changed if each == before else each for each in self.image.environment))
        return "ENV " + " ".join(f"{key}={value}" for key, value in pairs)

    def _labels(self, one: Instruction) -> str:
        pairs = assignments(one, self.variables)
        self._set(labels={**(self.image.labels or {}), **dict(pairs)})
        return "LABEL " + " ".join(f"{key}={value}" for key, value in pairs)

    def _expose(self, one: Instruction) -> str:
        words = self.expanded(" ".join(sorted(one.text.split()))).split()
        ports = (port for word in words for port in _ports(word))
        self._set(exposed=tuple(sorted({*self.image.exposed, *ports})))
        return f"EXPOSE {' '.join(words)}"

    def _command(self, one: Instruction) -> str:
        self._set(command=self.command_line(one.text))
        self.has_command = True
        return f"CMD {_quoted(self.image.command)}"

    def _entrypoint(self, one: Instruction) -> str:
        command = self.image.command if self.has_command else ()
        self._set(entrypoint=self.command_line(one.text), command=command)
        self.has_command = True
        return f"ENTRYPOINT {_quoted(self.image.entrypoint)}"

    def _health(self, one: Instruction) -> str:
        check = health_check(one.line, one.text, one.flags)
        self._set(health_check=check)
        times = [duration(int(check.get(key, 0))) for key in ("Interval", "Timeout", "StartPeriod", "StartInterval")]
        shown = " ".join((f"[{' '.join(check['Test'])}]", *times, str(check.get("Retries", 0))))
        return f"HEALTHCHECK &{{{shown}}}"

    def _user(self, one: Instruction) -> str:
        self._set(user=self.expanded(one.text))
        return f"USER {self.image.user}"

    def _volume(self, one: Instruction) -> str:
        paths = [self.expanded(word).strip() for word in one.words]
        self._set(volumes=tuple(sorted({*self.image.volumes, *paths})))
        return f"VOLUME [{' '.join(paths)}]"

    def _directory(self, one: Instruction) -> str:
        path = posixpath.normpath(posixpath.join("/", self.image.directory, self.expanded(one.text)))
        self._set(directory=path)
        return f"WORKDIR {path}"

    def _stop_signal(self, one: Instruction) -> str:
        signal = self.expanded(one.text)
        check_signal(signal)
        self._set(stop_signal=signal)
        return f"STOPSIGNAL {signal}"

    def _shell_form(self, one: Instruction) -> str:
        self._set(shell=tuple(one.words))
        return f"SHELL [{' '.join(one.words)}]"

    def _trigger(self, one: Instruction) -> str:
        self._set(triggers=(*self.image.triggers, one.text))
        return f"ONBUILD {one.text}"

    def _maintainer(self, one: Instruction) -> str:
        self.author = one.text
        return f"MAINTAINER {one.text}"

    def _set(self, **changes: Any) -> None:
        self.image = attrs.evolve(self.image, **changes)

    effects: ClassVar[Mapping[str, Callable[[BuildStage, Instruction], str]]] = {
        "CMD": _command, "ENTRYPOINT": _entrypoint, "ENV": _environment, "EXPOSE": _expose, "HEALTHCHECK": _health,
        "LABEL": _labels, "MAINTAINER": _maintainer, "ONBUILD": _trigger, "SHELL": _shell_form,
        "STOPSIGNAL": _stop_signal, "USER": _user, "VOLUME": _volume, "WORKDIR": _directory,
    }  # fmt: skip

    def named(self, name: str) -> Image:
        """The image of the stage: what runs is known if it is the base's own server on the base's own ports."""
        image = self.image
        if self.has_command or set(image.exposed) - set(self.base.exposed):
            command = image.command if image.command or image.entrypoint else ("<unknown>",)
            image = attrs.evolve(image, kind=ImageKind.UNKNOWN, listens=(), entry="", command=command)
        return attrs.evolve(image, name=name)


#: What obeys `BuildStage.apply`.
DECLARES: Final = frozenset(("ARG", *BuildStage.effects))


def declared(
    text: str, *, base: Base, name: str, args: Mapping[str, str], target: str = "", copier: Copier | None = None
) -> Image:
    """The image of the last stage, or of `target`, with the files of the `copier` alone; EngineError 400."""
    stages = BuildStages(args, base, copier)
    for one in instructions(text):
        if one.name == "FROM" and stages.is_complete(target):
            break
        if one.name in ("ARG", "FROM") or stages.current is not None:
            stages.apply(one)
        else:
            raise EngineError(400, "no build stage in current context")
    stage = stages.wanted(target)
    image = stage.named(name)
    return origins.with_files(image, stage.base, stage.files) if stage.files else image


class BuildStages:
    """The stages of a Dockerfile, as they are read."""

    def __init__(self, args: Mapping[str, str], base: Base, copier: Copier | None = None) -> None:
        self._args, self._base, self._copier = args, base, copier
        #: ARGs before the first FROM.
        self.defaults: dict[str, str] = {}
        self._known: dict[str, BuildStage] = {}
        self._count = 0
        self.current: BuildStage | None = None

    def apply(self, one: Instruction) -> None:
        """FROM, ARG and what declares something; the others have no effect."""
        if one.name == "FROM":
            self.begin(one)
        elif self.current is not None:
            if one.name in DECLARES:
                self.current.apply(one, self._args, self.defaults)
            else:
                self.current.image = _with_more(self.current.image, one.text)
                self._change_files(self.current, one)
        else:
            self.default(one)

    def _change_files(self, stage: BuildStage, one: Instruction) -> None:
        """What RUN makes of files that it names is not known."""
        if one.name == "RUN":
            kept = {path: text for path, text in stage.files.items() if posixpath.basename(path) not in one.text}
            stage.files = kept
        elif self._copier is not None:
            stage.files = {**stage.files, **self._copier(stage, one, self.find)}

    def default(self, one: Instruction) -> None:
        """ARG before the first FROM."""
        key, equals, value = one.text.partition("=")
        if equals or key in self._args:
            self.defaults[key] = self._args.get(key, value.strip("\"'"))

    def base_name(self, one: Instruction) -> str:
        """What FROM names."""
        word = one.text.split()[0]
        name = _expanded(word, self.defaults)
        if not name:
            raise EngineError(400, f"base name ({word}) should not be blank")
        return name

    def begin(self, one: Instruction) -> BuildStage:
        """FROM; EngineError 400."""
        words, name = one.text.split(), self.base_name(one)
        earlier = self._known.get(name.lower())
        stage = BuildStage.on(earlier.image if earlier is not None else base_image(name, self._base), earlier)
        self._known[str(self._count)] = stage
        self._count += 1
        if len(words) == 3:
            self._known[words[2].lower()] = stage
        self.current = stage
        return stage

    def find(self, name: str) -> BuildStage | None:
        """By name or number."""
        return self._known.get(name.lower())

    def is_complete(self, target: str) -> bool:
        """Whether the current stage is the one that is wanted, so that nothing more is read."""
        return bool(target) and self.current is not None and self._known.get(target.lower()) is self.current

    def wanted(self, target: str) -> BuildStage:
        if self.current is None:
            raise EngineError(400, "failed to parse Dockerfile: file with no instructions")
        if target and not self.is_complete(target):
            raise EngineError(400, f'target stage "{target}" could not be found')
        return self.current


def _with_more(image: Image, text: str) -> Image:
    """What is put into an image may be any program."""
    if programs.NO_OTHERS not in image.programs:
        return attrs.evolve(image, programs=image.programs | {programs.UNKNOWN_PROGRAM})
    installs = any(package in text for package in _INSTEAD_OF_APPLETS)
    contained = (image.programs | programs.ALL) - {programs.NO_OTHERS}
    return attrs.evolve(image, programs=contained, busybox="" if installs else image.busybox)


def base_image(text: str, base: Base) -> Image:
    """What FROM names: an image of the registry, or nothing."""
    if text == SCRATCH.name:
        return SCRATCH
    try:
        reference = parse(text)
    except InvalidReference as error:
        raise EngineError(400, f'failed to parse stage name "{text}": {error}') from None
    if reference is None:
        raise EngineError(400, f"No such image: {text}")
    return base(reference)


# --- values -----------------------------------------------------------------------------------------------------------


def _quoted(words: Sequence[str]) -> str:
    """%q of a list."""
    return f"[{' '.join(map(quote, words))}]"


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


def assignments(one: Instruction, variables: Mapping[str, str]) -> list[tuple[str, str]]:
    """The values of ENV or LABEL."""
    if "=" not in shlex.split(one.text)[0]:
        first, rest = one.text.split(None, 1)
        return [(first, _expanded(rest, variables))]
    words = split_pairs(attrs.evolve(one, text=_expanded(one.text, variables)))
    return [(key, value) for key, _, value in (word.partition("=") for word in words)]


def _ports(word: str) -> list[str]:
    first, dash, last = word.partition("-")
    number, _, protocol = (last if dash else first).partition("/")
    low = first.partition("/")[0]
    if not _PORT.fullmatch(f"{low}/{protocol or 'tcp'}") or not _PORT.fullmatch(number) or int(low) > int(number):
        raise EngineError(400, f"Invalid containerPort: {word}")
    if int(number) > 0xFFFF:
        raise EngineError(400, f"Invalid containerPort: {word}")
    return [f"{port}/{(protocol or 'tcp').lower()}" for port in range(int(low), int(number) + 1)]
