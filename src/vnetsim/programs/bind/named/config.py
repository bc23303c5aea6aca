"""named.conf(5): the statements `options`, `zone` of the types primary and hint, and `include`.

Not modelled: all others, each refused by its name; names of access lists but any, none, localhost and localnets.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Final

import attrs

from vnetsim.errors import KernelError, NotModelled
from vnetsim.process.files import Files
from vnetsim.values import define

_TOKEN: Final = re.compile(r'\s+|//[^\n]*|#[^\n]*|/\*.*?\*/|("[^"]*"|[{};]|[^\s{};"]+|")', re.S)
#: Of 9.11, which 9.18 does not know.
OLD: Final = frozenset(("dnssec-enable", "dnssec-lookaside", "auto-dnssec", "filter-aaaa-on-v4"))
#: Its queries have no cookies and are not signed.
_WITHOUT_EFFECT: Final = OLD | {"send-cookie"}
_DEFAULTS: Final = (["listen-on-v6", "{", "any", ";", "}"], ["auth-nxdomain", "no"])


@define
class NamedConfig:
    """`zones` are types and files; `askers` may ask about other zones; `said` is what comes once."""

    directory: str = "/var/cache/bind"
    recursion: bool = True
    validation: str = "auto"
    askers: list[str] = attrs.field(factory=lambda: ["localnets", "localhost"])
    zones: dict[str, tuple[str, str]] = attrs.field(factory=dict)
    said: list[str] = attrs.field(factory=list)

    def note(self, what: str) -> None:
        if what in self.said:
            raise NotModelled(f"named: a second {what}")
        self.said.append(what)

    def text(self, files: Files, file: str) -> str:
        try:
            return files.read(posixpath.join(self.directory, file))
        except KernelError as error:
            raise NotModelled(f"named with {file}: {error.errno.strerror}") from None


def read(files: Files, path: str, config: NamedConfig) -> NamedConfig:
    """NotModelled for what cannot be read, and for what it says."""
    tokens = iter([found[1] for found in _TOKEN.finditer(config.text(files, path)) if found[1]])
    for name, *rest in _statements(tokens):
        match name, rest:
            case "include", [file]:
                read(files, file.strip('"'), config)
            case "options", ["{", *body]:
                config.note(name)
                for option, *values in _statements(iter(body[:-1])):
                    _option(config, option, values)
            case "zone", [domain, *words, "{", kind_word, kind, ";", file_word, file, ";", "}"] if (
                words in ([], ["IN"], ["in"]) and (kind_word, file_word) == ("type", "file")
                and kind in ("hint", "master", "primary")
            ):  # fmt: skip
                origin = domain.strip('"').rstrip(".").lower() + "."
                config.note(origin)
                config.zones[origin] = kind, file.strip('"')
            case _:
                raise NotModelled(f"named: the statement `{' '.join([name, *rest[:6]])}` of {path}")
    return config


def _statements(tokens: Iterator[str]) -> Iterator[list[str]]:
    statement: list[str] = []
    depth = 0
    for token in tokens:
        depth += (token == "{") - (token == "}")
        if token == ";" and not depth and statement:
            yield statement
            statement = []
        else:
            statement.append(token)
    if statement:
        raise NotModelled(f"named: a statement without its end: `{' '.join(statement[:4])}`")


def _option(config: NamedConfig, option: str, values: list[str]) -> None:
    config.note(option)
    match option, values:
        case "directory", [path]:
            config.directory = path.strip('"')
        case "recursion", [("yes" | "no") as answer]:
            config.recursion = answer == "yes"
        case "dnssec-validation", [("yes" | "no" | "auto") as validation]:
            config.validation = validation
        case "allow-recursion", ["{", *names, "}"]:
            config.askers = [" ".join(each).strip('"') for each in _statements(iter(names))]
        case _ if option not in _WITHOUT_EFFECT and [option, *values] not in _DEFAULTS:
            raise NotModelled(f"named: the option {option}")
