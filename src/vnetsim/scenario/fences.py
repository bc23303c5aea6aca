"""The fenced code blocks of a Markdown text (CommonMark 0.31.2, section 4.5), with their lines.

The only module that knows markdown_it.
"""

from __future__ import annotations

from vnetsim.errors import UsageError
from vnetsim.values import frozen


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
    for token in MarkdownIt("commonmark").parse(text):
        if token.type != "fence" or token.map is None:
            continue
        first, end = token.map
        fence = Fence(token.info, token.content, first, end)
        if fence.kind not in kinds:
            continue
        if not lines[end - 1].strip(" \t>").startswith(token.markup) or end - 1 == first:
            raise UsageError(
                f"{name}:{first + 1}: this {fence.kind} block is not closed: expected a line {token.markup}"
            )
        found.append(fence)
    return found
