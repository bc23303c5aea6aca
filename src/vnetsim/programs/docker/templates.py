"""Templates as docker's --format takes them (docker/cli, package templates): Go's, and a few functions of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, cast

from vnetsim.programs.docker.go.encode import marshal
from vnetsim.programs.docker.go.execute import Template
from vnetsim.programs.docker.go.functions import Argument, Function
from vnetsim.programs.docker.go.values import ANY, INT, STRING, STRINGS, Value, string, strings


def _json(value: Argument) -> Value:
    return string(marshal(value, escape_html=False))


def _split(text: Value, separator: Value) -> Value:
    mark = _text(separator)
    return strings(_text(text).split(mark) if mark else list(_text(text)))


def _join(parts: Value, separator: Value) -> Value:
    return string(_text(separator).join(cast("str", part.data) for part in parts.items))


def _title(text: Value) -> Value:
    """strings.Title: what follows a character that is no letter becomes a capital."""
    source = _text(text)
    pairs = zip(" " + source, source, strict=False)
    return string("".join(here.upper() if not (before.isalnum() or before in "_'") else here for before, here in pairs))


def _truncate(text: Value, length: Value) -> Value:
    return string(_text(text)[: cast("int", length.data)])


def _pad(text: Value, before: Value, after: Value) -> Value:
    source = _text(text)
    if not source:
        return string("")
    return string(" " * cast("int", before.data) + source + " " * cast("int", after.data))


def _text(value: Value) -> str:
    return cast("str", value.data)


def _same(text: Value, *_others: Value) -> Value:
    return text


def _on_text(change: Callable[[str], str]) -> Function:
    return Function(lambda text: string(change(_text(text))), (STRING,))


FUNCTIONS: Final[Mapping[str, Function]] = {
    "json": Function(_json, (ANY,)),
    "join": Function(_join, (STRINGS, STRING)),
    "lower": _on_text(str.lower),
    "pad": Function(_pad, (STRING, INT, INT)),
    "split": Function(_split, (STRING, STRING)),
    "title": Function(_title, (STRING,)),
    "truncate": Function(_truncate, (STRING, INT)),
    "upper": _on_text(str.upper),
}
#: In the line of headers most functions leave the header alone.
HEADER_FUNCTIONS: Final[Mapping[str, Function]] = {
    **FUNCTIONS,
    "json": Function(_same, (STRING,)),
    "join": Function(_same, (STRING, STRING)),
    "lower": Function(_same, (STRING,)),
    "split": Function(_same, (STRING, STRING)),
    "title": Function(_same, (STRING,)),
    "truncate": Function(_same, (STRING, INT)),
    "upper": Function(_same, (STRING,)),
}


def template(source: str, name: str = "") -> Template:
    """A --format; TemplateError if it cannot be parsed."""
    return Template(source, FUNCTIONS, name)


def header_template(source: str) -> Template:
    return Template(source, HEADER_FUNCTIONS)
