"""The language of jq (lexer.l, parser.y of jq 1.6).

NotModelled for what is no program here: modules, `@base32d`, `?//`, `$__loc__`, and what is none at all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

import attrs

from vnetsim.errors import NotModelled
from vnetsim.programs.jq import builtins, nodes
from vnetsim.programs.jq.formats import FORMATS, to_text
from vnetsim.programs.jq.nodes import JqFilter, Scope
from vnetsim.programs.jq.values import JqError, Value, about, get, kind, number

_TOKEN: Final = re.compile(
    r"\s*(?:\#[^\n]*|(?P<field>\.[A-Za-z_]\w*)|(?P<recurse>\.\.)|(?P<number>\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+)"
    r"|(?P<string>\")|(?P<variable>\$[A-Za-z_]\w*)|(?P<format>@\w+)|(?P<word>[A-Za-z_]\w*)"
    r"|(?P<sign>\?//|//=|[-+*/%|]=|==|!=|<=|>=|//|[-+*/%|=<>.,:;?(){}\[\]]))"
)
_KEYWORDS: Final = frozenset((
    "def", "if", "then", "elif", "else", "end", "as", "reduce", "foreach", "try", "catch", "label", "import", "include",
    "and", "or", "__loc__",
))  # fmt: skip
#: From the loosest: operators, and whether they group to the right, or not at all.
_LEVELS: Final = (
    (("//",), "right"), (("=", "|=", "+=", "-=", "*=", "/=", "%=", "//="), "none"), (("or",), "left"),
    (("and",), "left"), (("==", "!=", "<", "<=", ">", ">="), "none"), (("+", "-"), "left"), (("*", "/", "%"), "left"),
)  # fmt: skip
_ESCAPE: Final = re.compile(r"\\u[0-9a-fA-F]{4}|\\[^u(]")
Pattern: TypeAlias = "Callable[[Scope, Value], Iterator[dict[str, Value]]]"


class JqParser:
    """Reads one program; `variables` are those of the command line."""

    def __init__(self, text: str, variables: list[str]) -> None:
        self._text, self._position = text, 0
        self._known: list[str] = []
        self._variables = list(variables)

    def program(self) -> JqFilter:
        found = nodes.Identity() if self._end() else self._pipe()
        if not self._end():
            raise self._unknown()
        return found

    def _unknown(self) -> NotModelled:
        return NotModelled(f"the jq program {self._text!r}")

    # --- tokens -----------------------------------------------------------------------------------------------------

    def _peek(self) -> tuple[str, str, int]:
        """Kind, text and end of the next token; kind "" at the end."""
        position = self._position
        while True:
            found = _TOKEN.match(self._text, position)
            if found is None:
                if self._text[position:].strip():
                    raise self._unknown()
                return "", "", position
            if found.lastgroup is not None:
                return found.lastgroup, found[found.lastgroup], found.end()
            position = found.end()

    def _end(self) -> bool:
        return not self._peek()[0]

    def _word(self) -> str:
        name, text, _ = self._peek()
        return text if name in ("word", "sign") else ""

    def _take(self, *texts: str) -> str:
        """The next token if it is one of these."""
        name, text, end = self._peek()
        if name not in ("word", "sign") or text not in texts:
            return ""
        self._position = end
        return text

    def _expect(self, text: str) -> None:
        if not self._take(text):
            raise self._unknown()

    # --- expressions ------------------------------------------------------------------------------------------------

    def _pipe(self) -> JqFilter:
        if self._take("def"):
            return self._definition(self._pipe)
        if self._take("label"):
            name = self._variable()
            self._expect("|")
            return nodes.Label(name, self._pipe())
        left = self._comma()
        if self._take("as"):
            return self._bind(left)
        return nodes.JqPipe(left, self._pipe()) if self._take("|") else left

    def _bind(self, source: JqFilter) -> JqFilter:
        before = len(self._variables)
        pattern = self._pattern()
        self._expect("|")
        found = nodes.Bind(source, pattern, self._pipe())
        del self._variables[before:]
        return found

    def _comma(self) -> JqFilter:
        found = self._level(0)
        while self._take(","):
            found = nodes.Comma(found, self._level(0))
        return found

    def _level(self, at: int) -> JqFilter:
        if at == len(_LEVELS):
            return self._unary()
        names, grouping = _LEVELS[at]
        left = self._level(at + 1)
        while name := self._take(*names):
            right = self._level(at if grouping == "right" else at + 1)
            left = self._joined(name, left, right)
            if grouping != "left":
                break
        return left

    def _joined(self, name: str, left: JqFilter, right: JqFilter) -> JqFilter:
        if name == "//":
            return nodes.Alternative(left, right)
        if name in ("and", "or"):
            return nodes.Logic(left, right, ends_with=name == "or")
        if name in _LEVELS[1][0]:
            return nodes.Update(name, left, right)
        if name in "/%" and isinstance(right, nodes.JqLiteral) and not right.value:
            raise self._unknown()
        return nodes.JqOperator(name, left, right)

    def _unary(self) -> JqFilter:
        if self._take("-"):
            return nodes.Native(_negated, (self._postfix(),))
        if self._take("reduce"):
            return self._reduce(each=False)
        if self._take("foreach"):
            return self._reduce(each=True)
        if self._take("def"):
            return self._definition(self._pipe)
        return self._postfix()

    def _reduce(self, *, each: bool) -> JqFilter:
        source = self._postfix(binds=False)
        self._expect("as")
        before = len(self._variables)
        pattern = self._pattern()
        self._expect("(")
        start = self._pipe()
        self._expect(";")
        update = self._pipe()
        extract = self._pipe() if each and self._take(";") else None
        self._expect(")")
        del self._variables[before:]
        return nodes.Reduce(source, pattern, start, update, extract, each)

    def _definition(self, then: Callable[[], JqFilter]) -> JqFilter:
        _, name, self._position = self._peek()
        names: list[str] = []
        if self._take("("):
            while True:
                _, parameter, self._position = self._peek()
                names.append(parameter)
                if not self._take(";"):
                    break
            self._expect(")")
        self._expect(":")
        known, variables = len(self._known), len(self._variables)
        own = f"{name}/{len(names)}"
        self._known += [own, *(f"{each.removeprefix('$')}/0" for each in names)]
        self._variables += [each for each in names if each[0] == "$"]
        function = self._pipe()
        self._expect(";")
        del self._known[known:], self._variables[variables:]
        self._known.append(own)
        found = nodes.Define(name, tuple(names), function, then())
        self._known.pop()
        return found

    # --- terms ------------------------------------------------------------------------------------------------------

    def _postfix(self, *, binds: bool = True) -> JqFilter:
        """`binds`: it may be the source of `as`."""
        found = self._term()
        while True:
            name, text, end = self._peek()
            if name == "field":
                self._position = end
                found = nodes.JqIndex(found, nodes.JqLiteral(text[1:]))
            elif self._take("?"):
                found = _quiet(found)
            elif self._take("["):
                found = self._bracket(found)
            elif text == "." and self._text[end : end + 1] in ('"', "["):
                self._position = end
                found = nodes.JqIndex(found, self._string()) if self._text[end] == '"' else found
            elif binds and self._take("as"):
                return self._bind(found)
            else:
                return found

    def _bracket(self, term: JqFilter) -> JqFilter:
        null = nodes.JqLiteral(None)
        if self._take("]"):
            return nodes.Iterate(term)
        if self._take(":"):
            end = self._pipe()
            self._expect("]")
            return nodes.Slice(term, null, end)
        key = self._pipe()
        if self._take(":"):
            end = null if self._word() == "]" else self._pipe()
            self._expect("]")
            return nodes.Slice(term, key, end)
        self._expect("]")
        return nodes.JqIndex(term, key)

    def _term(self) -> JqFilter:
        name, text, end = self._peek()
        if name == "string":
            return self._string()
        self._position = end
        if name == "number":
            return nodes.JqLiteral(number(text) if text.isdigit() else float(text))
        if name == "field":
            return nodes.JqIndex(nodes.Identity(), nodes.JqLiteral(text[1:]))
        if name == "recurse":
            return nodes.Recurse()
        if name == "format":
            return self._format(text)
        if name == "variable":
            return self._named(text)
        if name == "word" and text not in _KEYWORDS:
            return self._call(text)
        return self._compound(text)

    def _compound(self, text: str) -> JqFilter:
        if text == ".":
            following = self._text[self._position : self._position + 1]
            return nodes.JqIndex(nodes.Identity(), self._string()) if following == '"' else nodes.Identity()
        if text == "(":
            found = self._pipe()
            self._expect(")")
            return found
        if text == "[":
            if self._take("]"):
                return nodes.MakeArray(None)
            body = self._pipe()
            self._expect("]")
            return nodes.MakeArray(body)
        if text == "{":
            return self._object()
        if text == "if":
            return self._if()
        if text == "try":
            body = self._postfix()
            return nodes.Optional(body, self._postfix() if self._take("catch") else None)
        raise self._unknown()

    def _named(self, text: str) -> JqFilter:
        if text == "$ENV":
            return nodes.Special(builtins.environment, ())
        if text not in self._variables:
            raise self._unknown()
        return nodes.JqVariable(text)

    def _variable(self) -> str:
        name, text, end = self._peek()
        if name != "variable":
            raise self._unknown()
        self._position = end
        return text

    def _call(self, name: str) -> JqFilter:
        if name == "break":
            return nodes.BreakFrom(self._variable())
        arguments: list[JqFilter] = []
        if self._take("("):
            arguments.append(self._pipe())
            while self._take(";"):
                arguments.append(self._pipe())
            self._expect(")")
        if f"{name}/{len(arguments)}" in self._known:
            return nodes.Call(name, tuple(arguments))
        found = builtins.find(name, tuple(arguments))
        if found is None:
            raise self._unknown()
        return found

    def _if(self) -> JqFilter:
        test = self._pipe()
        self._expect("then")
        yes = self._pipe()
        if self._take("elif"):
            return nodes.JqIf(test, yes, self._if())
        no = self._pipe() if self._take("else") else None
        self._expect("end")
        if no is None:
            raise self._unknown()
        return nodes.JqIf(test, yes, no)

    def _object(self) -> JqFilter:
        entries: list[tuple[JqFilter, JqFilter]] = []
        while not self._take("}"):
            entries.append(self._entry())
            if not self._take(","):
                self._expect("}")
                break
        return nodes.MakeObject(tuple(entries))

    def _entry(self) -> tuple[JqFilter, JqFilter]:
        name, text, end = self._peek()
        if name == "variable":
            self._position = end
            return nodes.JqLiteral(text[1:]), self._named(text)
        key = self._key(name, text, end)
        if not self._take(":"):
            if name not in ("word", "string", "format"):
                raise self._unknown()
            return key, nodes.JqIndex(nodes.Identity(), key)
        value = self._level(len(_LEVELS))
        while self._take("|"):
            value = nodes.JqPipe(value, self._level(len(_LEVELS)))
        return key, value

    def _key(self, name: str, text: str, end: int) -> JqFilter:
        if name == "string":
            return self._string()
        self._position = end
        if name == "word":
            return nodes.JqLiteral(text)
        if name == "format":
            return self._format(text)
        if text == "(":
            found = self._pipe()
            self._expect(")")
            return found
        raise self._unknown()

    # --- strings and patterns -----------------------------------------------------------------------------------------

    def _format(self, name: str) -> JqFilter:
        write = FORMATS.get(name)
        if write is None:
            raise self._unknown()
        if self._peek()[0] == "string":
            return self._string(write)
        return nodes.Native(write, ())

    def _string(self, write: Callable[[Value], str] = to_text) -> JqFilter:
        _, _, at = self._peek()
        parts: list[str | JqFilter] = []
        text = ""
        while True:
            if at >= len(self._text):
                raise self._unknown()
            character = self._text[at]
            if character == '"':
                break
            if self._text.startswith("\\(", at):
                self._position = at + 2
                parts += [text, self._pipe()]
                self._expect(")")
                text, at = "", self._position
                continue
            escape = _ESCAPE.match(self._text, at) if character == "\\" else None
            raw = escape[0] if escape else character
            try:
                text += json.loads(f'"{raw}"') if escape else raw
            except ValueError:
                raise self._unknown() from None
            at += len(raw)
        self._position = at + 1
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return nodes.Text((*parts, text), write) if parts else nodes.JqLiteral(text)

    def _pattern(self) -> Pattern:
        if self._take("["):
            return self._array_pattern()
        if self._take("{"):
            return self._object_pattern()
        name = self._variable()
        self._variables.append(name)
        return lambda _scope, value: iter(({name: value},))

    def _array_pattern(self) -> Pattern:
        parts = [self._pattern()]
        while self._take(","):
            parts.append(self._pattern())
        self._expect("]")
        return _all_of([(nodes.JqLiteral(at), part) for at, part in enumerate(parts)])

    def _object_pattern(self) -> Pattern:
        parts: list[tuple[JqFilter, Pattern]] = []
        while not self._take("}"):
            name, text, end = self._peek()
            if name == "variable":
                self._position = end
                self._variables.append(text)
                parts.append((nodes.JqLiteral(text[1:]), _only(text)))
            else:
                key = self._key(name, text, end)
                self._expect(":")
                parts.append((key, self._pattern()))
            self._take(",")
        return _all_of(parts)


def _quiet(term: JqFilter) -> JqFilter:
    """`?` is about the last step of a term alone."""
    if isinstance(term, (nodes.JqIndex, nodes.Iterate)):
        return attrs.evolve(term, quiet=True)
    return nodes.Optional(term)


def _only(name: str) -> Pattern:
    return lambda _scope, value: iter(({name: value},))


def _all_of(parts: list[tuple[JqFilter, Pattern]]) -> Pattern:
    def bind(scope: Scope, value: Value) -> Iterator[dict[str, Value]]:
        yield from _bound(scope, value, parts)

    return bind


def _bound(scope: Scope, value: Value, parts: list[tuple[JqFilter, Pattern]]) -> Iterator[dict[str, Value]]:
    if not parts:
        yield {}
        return
    (key_filter, pattern), *rest = parts
    for key in key_filter.run(scope, value):
        for first in pattern(scope, get(value, key)):
            yield from ({**first, **others} for others in _bound({**scope, **first}, value, rest))


def _negated(_input: Value, value: Value) -> Value:
    if kind(value) != "number":
        raise JqError(f"{about(value)} cannot be negated")
    return -value
