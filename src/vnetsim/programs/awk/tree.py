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
class AwkNode:
    """An expression or a statement: its kind, a name, operator or text, and what it is made of."""

    kind: str
    text: str = ""
    parts: tuple[AwkNode, ...] = ()
    line: int = 0

    def walk(self) -> Iterator[AwkNode]:
        """This node and all below it, as they are written."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.parts))


NOTHING: Final = AwkNode("nothing")


@frozen
class AwkFunction:
    name: str
    parameters: tuple[str, ...]
    body: AwkNode


@frozen
class AwkRule:
    """`last` is the second pattern of a range."""

    pattern: AwkNode
    last: AwkNode
    action: AwkNode


@define
class AwkProgram:
    """`code` is everything as it is written, with the name of the function; `lines` counts the end of the text."""

    begin: list[AwkNode] = attrs.field(factory=list)
    rules: list[AwkRule] = attrs.field(factory=list)
    end: list[AwkNode] = attrs.field(factory=list)
    functions: dict[str, AwkFunction] = attrs.field(factory=dict)
    code: list[tuple[str, AwkNode]] = attrs.field(factory=list)
    lines: int = 1
