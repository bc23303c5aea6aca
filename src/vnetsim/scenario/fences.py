"""The fenced code blocks of a Markdown text (CommonMark 0.31.2, section 4.5), with their lines.

The only module that knows markdown_it.
"""

from __future__ import annotations

import re
from typing import Final

from vnetsim.errors import UsageError
from vnetsim.values import frozen

_OPENING: Final = re.compile(r"\s*`{3,}\s*(\w+)[^`]*`")


@frozen
class Fence:
    """A block: its info string, its content, without the indentation of a list or a quotation.

    `first` is the index of the line with the opening fence, `end` that of the line after the closing one.
    """

    info: str
    content: str
    first: int
    end: int

    @property
    def kind(self) -> str:
        """The info string up to its first space."""
        return (self.info.split() or [""])[0]


def fences(name: str, text: str, lines: tuple[str, ...], kinds: frozenset[str]) -> list[Fence]:
    """The blocks of these kinds, in order; UsageError for one that is not closed."""
    from markdown_it import MarkdownIt  # noqa: PLC0415 -- only those who read Markdown wait for it

    found: list[Fence] = []
    tokens = [token for token in MarkdownIt("commonmark").parse(text) if token.type == "fence"]
    _require_info(name, lines, kinds, [range(*(token.map or ())) for token in tokens if token.map])
    for token in tokens:
        first, end = token.map or (0, 0)
        fence = Fence(token.info, token.content, first, end)
        if fence.kind not in kinds:
            continue
        if not lines[end - 1].strip(" \t>").startswith(token.markup) or end - 1 == first:
            raise UsageError(
                f"{name}:{first + 1}: this {fence.kind} block is not closed: expected a line {token.markup}"
            )
        found.append(fence)
    return found


def _require_info(name: str, lines: tuple[str, ...], kinds: frozenset[str], blocks: list[range]) -> None:
    """UsageError for an opening fence with a backtick in its info string, which makes the line text."""
    for index, line in enumerate(lines):
        opening = _OPENING.match(line)
        if opening and opening[1] in kinds and not any(index in block for block in blocks):
            raise UsageError(f"{name}:{index + 1}: expected no backtick behind ```{opening[1]}: it makes the line text")
