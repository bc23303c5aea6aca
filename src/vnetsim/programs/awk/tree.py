"""What a program of awk is, as values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import attrs

from vnetsim.errors import VnetsimError
from vnetsim.values import define, frozen


class AwkError(VnetsimError):
    """awk complains and ends with status 2."""


@frozen
class Node:
    """An expression or a statement: its kind, a name, operator or text, and what it is made of."""

    kind: str
    text: str = ""
    parts: tuple[Node, ...] = ()
    line: int = 0

    def walk(self) -> Iterator[Node]:
        """This node and all below it, as they are written."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.parts))


NOTHING: Final = Node("nothing")


@frozen
class AwkFunction:
    name: str
    parameters: tuple[str, ...]
    body: Node


@frozen
class AwkRule:
    """`last` is the second pattern of a range."""

    pattern: Node
    last: Node
    action: Node


@define
class AwkProgram:
    """`code` is everything as it is written, with the name of the function; `lines` counts the end of the text."""

    begin: list[Node] = attrs.field(factory=list)
    rules: list[AwkRule] = attrs.field(factory=list)
    end: list[Node] = attrs.field(factory=list)
    functions: dict[str, AwkFunction] = attrs.field(factory=dict)
    code: list[tuple[str, Node]] = attrs.field(factory=list)
    lines: int = 1
