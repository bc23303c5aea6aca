"""Templates as docker's --format takes them (docker/cli, package templates): Go's, and a few functions of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, cast

from vnetsim.programs.docker.go.encode import marshal
from vnetsim.programs.docker.go.functions import Argument, GoFunction
from vnetsim.programs.docker.go.template import Template
from vnetsim.programs.docker.go.values import ANY, INT, STRING, STRINGS, GoValue, string, strings


def _json(value: Argument) -> GoValue:
    return string(marshal(value, escape_html=False))


def _split(text: GoValue, separator: GoValue) -> GoValue:
    mark = _text(separator)
    return strings(_text(text).split(mark) if mark else list(_text(text)))


def _join(parts: GoValue, separator: GoValue) -> GoValue:
    return string(_text(separator).join(cast("str", part.data) for part in parts.items))


def _title(text: GoValue) -> GoValue:
    """strings.Title: what follows a character that is no letter becomes a capital."""
    source = _text(text)
    pairs = zip(" " + source, source, strict=False)
    return string("".join(here.upper() if not (before.isalnum() or before in "_'") else here for before, here in pairs))


def _truncate(text: GoValue, length: GoValue) -> GoValue:
    return string(_text(text)[: cast("int", length.data)])


def _pad(text: GoValue, before: GoValue, after: GoValue) -> GoValue:
    source = _text(text)
    if not source:
        return string("")
    return string(" " * cast("int", before.data) + source + " " * cast("int", after.data))


def _text(value: GoValue) -> str:
    return cast("str", value.data)


def _same(text: GoValue, *_others: GoValue) -> GoValue:
    return text


def _on_text(change: Callable[[str], str]) -> GoFunction:
    return GoFunction(lambda text: string(change(_text(text))), (STRING,))


FUNCTIONS: Final[Mapping[str, GoFunction]] = {
    "json": GoFunction(_json, (ANY,)),
    "join": GoFunction(_join, (STRINGS, STRING)),
    "lower": _on_text(str.lower),
    "pad": GoFunction(_pad, (STRING, INT, INT)),
    "split": GoFunction(_split, (STRING, STRING)),
    "title": GoFunction(_title, (STRING,)),
    "truncate": GoFunction(_truncate, (STRING, INT)),
    "upper": _on_text(str.upper),
}
#: In the header line most functions return the header unchanged.
HEADER_FUNCTIONS: Final[Mapping[str, GoFunction]] = {
    **FUNCTIONS,
    "json": GoFunction(_same, (STRING,)),
    "join": GoFunction(_same, (STRING, STRING)),
    "lower": GoFunction(_same, (STRING,)),
    "split": GoFunction(_same, (STRING, STRING)),
    "title": GoFunction(_same, (STRING,)),
    "truncate": GoFunction(_same, (STRING, INT)),
    "upper": GoFunction(_same, (STRING,)),
}


def template(source: str, name: str = "") -> Template:
    """A --format; TemplateError if it cannot be parsed."""
    return Template(source, FUNCTIONS, name)


def header_template(source: str) -> Template:
    return Template(source, HEADER_FUNCTIONS)
