"""YAML text to nodes and nodes to values, as go-yaml v3 and compose-go's ResetProcessor make them.

Anchors, merge keys, `!reset` and `!override`; each key's line.  The scanner is ruamel.yaml's; its errors get the
messages and line numbers of libyaml's Go translation.
"""

from __future__ import annotations

import base64
import binascii
import io
import re
from collections.abc import Iterator
from typing import Final

import attrs
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.scanner import ScannerError

from vnetsim.compose import scalars
from vnetsim.compose.golang import quote
from vnetsim.compose.scanner import new_parser
from vnetsim.compose.values import ComposeError
from vnetsim.values import define

#: How deep a file may nest, and how many nodes it may have once its aliases are followed.
MAX_DEPTH: Final = 150
MAX_NODES: Final = 200_000
_MESSAGES: Final = (
    (r"mapping values are not allowed here", "mapping values are not allowed in this context"),
    (r"sequence entries are not allowed here", "block sequence entries are not allowed in this context"),
    (r"mapping keys are not allowed here", "mapping keys are not allowed in this context"),
    (r"found character .* that cannot start any token", "found character that cannot start any token"),
    (r"found unknown escape character .*", "found unknown escape character"),
    (r"expected ',' or '(.)', but got .*", r"did not find expected ',' or '\1'"),
    (r"expected the node content, but found .*", "did not find expected node content"),
    (r"expected '<document start>', but found .*", "did not find expected <document start>"),
    (
        r"expected alphabetic or numeric character, but found .*",
        "did not find expected alphabetic or numeric character",
    ),
    (r"found undefined tag handle .*", "found undefined tag handle"),
    (r"expected a comment or a line break, but found .*", "did not find expected comment or line break"),
    (r"expected ' ', but found .*", "did not find expected whitespace or line break"),
    (r"expected chomping or indentation indicators, but found .*", "did not find expected comment or line break"),
    (r"expected a digit, but found .*", "did not find expected version number"),
    (r"expected a digit or '\.', but found .*", "did not find expected digit or '.' character"),
)


@define(eq=False)
class YamlNode:
    """`content` of a mapping alternates keys and values; `plain` scalars are resolved by what they look like."""

    kind: str
    line: int
    tag: str = ""
    value: str = ""
    plain: bool = False
    content: list[YamlNode] = attrs.field(factory=list)
    target: YamlNode | None = None

    def short_tag(self) -> str:
        if self.kind == "alias" and self.target is not None:
            return self.target.short_tag()
        if self.tag and self.tag != "!":
            return self.tag
        if self.kind != "scalar":
            return scalars.MAP if self.kind == "mapping" else scalars.SEQ
        return scalars.resolve(self.value)[0] if self.plain else scalars.STR


def documents(text: str) -> Iterator[YamlNode]:
    """The documents of a stream; an error is raised when the parser reaches its line."""
    text = text.removeprefix("\ufeff")
    try:
        parser = new_parser().parse(io.StringIO(text))
        for event in parser:
            if isinstance(event, DocumentStartEvent):
                _refuse_version(event)
                node = _Composer(parser, {}).node(next(parser), 0)
                # At the end of the document the scanner reports what cannot follow.
                next(parser)
                yield node
    except MarkedYAMLError as error:
        raise ComposeError(_error_text(error, text), line=_mark_line(error, text) + 1) from None
    except (YAMLError, ValueError) as error:
        raise ComposeError(f"yaml: {'control characters are not allowed' if text else error}") from None


def _refuse_version(event: DocumentStartEvent) -> None:
    """go-yaml takes the directive of YAML 1.1 alone."""
    if event.version is not None and tuple(event.version) != (1, 1):
        line = max(event.start_mark.line - 1, 0)
        raise ComposeError(f"yaml: {f'line {line}: ' if line else ''}found incompatible YAML document", line=line + 1)


@define
class _Composer:
    events: Iterator[Event]
    anchors: dict[str, YamlNode]

    def node(self, event: Event, depth: int) -> YamlNode:
        if depth > MAX_DEPTH:
            raise ComposeError(f"yaml: line {event.start_mark.line + 1}: exceeded max depth of {MAX_DEPTH}")
        line = event.start_mark.line + 1
        if isinstance(event, AliasEvent):
            target = self.anchors.get(event.anchor)
            if target is None:
                raise ComposeError(f"yaml: unknown anchor '{event.anchor}' referenced", line=line)
            return YamlNode("alias", line, value=event.anchor, target=target)
        assert isinstance(event, NodeEvent)
        node = YamlNode(_KINDS[type(event)], line, scalars.short_tag(str(getattr(event, "ctag", None) or "")))
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        if isinstance(event, ScalarEvent):
            node.value, node.plain = event.value, not event.style
        else:
            while not isinstance(event := next(self.events), MappingEndEvent | SequenceEndEvent):
                node.content.append(self.node(event, depth + 1))
        return node


_KINDS: Final = {ScalarEvent: "scalar", MappingStartEvent: "mapping", SequenceStartEvent: "sequence"}


def _error_text(error: MarkedYAMLError, text: str) -> str:
    problem = str(error.problem)
    if problem.startswith("expected <block end>, but found"):
        key = "mapping" in str(error.context)
        problem = f"did not find expected {'key' if key else chr(39) + '-' + chr(39) + ' indicator'}"
    for pattern, message in _MESSAGES:
        problem = re.sub(f"^{pattern}$", message, problem, flags=re.DOTALL)
    line = _mark_line(error, text)
    if line and isinstance(error, ScannerError):
        line += 1
    return f"yaml: {f'line {line}: ' if line else ''}{problem}"


def _mark_line(error: MarkedYAMLError, text: str) -> int:
    """parser.fail: the line, from 0, of the context unless that is the first one, else of the problem.

    The end of a stream is on a line of its own.
    """
    if error.context_mark is not None and error.context_mark.line:
        return int(error.context_mark.line)
    mark = error.problem_mark
    if mark is None:
        return 0
    at_end = "<stream end>" in str(error.problem) and not text.endswith("\n")
    return int(mark.line) + at_end


# --- !reset and !override ------------------------------------------------------------------------------------------


@define
class Resets:
    """ResetProcessor: the paths that carry `!reset` or `!override`."""

    paths: list[tuple[str, ...]] = attrs.field(factory=list)
    visited: dict[YamlNode, list[tuple[str, ...]]] = attrs.field(factory=dict)
    nodes: int = 0

    def resolve(self, node: YamlNode, path: tuple[str, ...] = ()) -> YamlNode | None:
        """The node without what is reset and with aliases replaced by their nodes."""
        self.nodes += 1
        if self.nodes > MAX_NODES or len(path) > MAX_DEPTH:
            raise ComposeError("yaml: document contains excessive aliasing")
        if "<<" in path[1:]:
            index = path.index("<<", 1)
            path = path[:index] + path[index + 1 :]
        if node.target is not None:
            self._refuse_cycle(node.target, path)
            return self.resolve(node.target, path)
        if node.tag == "!reset":
            self.paths.append(path)
            return None
        if node.tag == "!override":
            self.paths.append(path)
        elif node.kind == "sequence":
            found = [self.resolve(item, (*path, str(index))) for index, item in enumerate(node.content)]
            node.content = [item for item in found if item is not None]
        elif node.kind == "mapping":
            self._mapping(node, path)
        return node

    def _mapping(self, node: YamlNode, path: tuple[str, ...]) -> None:
        lines: dict[str, int] = {}
        content: list[YamlNode] = []
        for key, value in zip(node.content[::2], node.content[1::2], strict=True):
            if key.value in lines:
                raise ComposeError(
                    f"line {key.line}: mapping key {quote(key.value)} already defined at line {lines[key.value]}",
                    (*path, key.value),
                    line=key.line,
                )
            lines[key.value] = key.line
            found = self.resolve(value, (*path, key.value))
            if found is not None:
                content += [key, found]
        node.content = content

    def _refuse_cycle(self, node: YamlNode, path: tuple[str, ...]) -> None:
        for previous in self.visited.get(node, []):
            shorter = min(len(path), len(previous))
            if path == previous or "<<" in (*path, *previous) or path[:shorter] != previous[:shorter]:
                continue
            if not _in_different_services(path, previous):
                raise ComposeError(
                    f"cycle detected: node at path {'.'.join(path)} references node at path {'.'.join(previous)}", path
                )
        self.visited.setdefault(node, []).append(path)


def _in_different_services(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    for index, (left, right) in enumerate(zip(one[:-1], other[:-1], strict=False)):
        if left == right == "services":
            return one[index + 1] != other[index + 1]
    return False


def decoded_binary(text: str) -> str:
    try:
        return base64.b64decode(text, validate=False).decode("utf-8", "surrogateescape")
    except (binascii.Error, ValueError):
        raise ComposeError("yaml: !!binary value contains invalid base64 data") from None
