"""Fenced code blocks of Markdown."""

from __future__ import annotations

import pytest

from vnetsim.errors import UsageError
from vnetsim.scenario.fences import Fence, fences

KINDS = frozenset(("console", "task"))


def found(text: str) -> list[Fence]:
    return fences("x.md", text, tuple(text.split("\n")), KINDS)


def test_blocks_of_the_kinds_are_found_with_their_lines() -> None:
    text = "a\n\n```console solution\n$ x\n```\n\n```python\n```console\n```\n\n> ~~~task\n> y\n> ~~~\n"
    assert found(text) == [Fence("console solution", "$ x\n", 2, 5), Fence("task", "y\n", 10, 13)]
    assert [each.kind for each in found(text)] == ["console", "task"]


def test_a_backtick_behind_the_kind_is_refused() -> None:
    with pytest.raises(UsageError, match=r"x\.md:2: expected no backtick behind ```task: it makes the line text"):
        found("\n```task The name `db`\n$ x\n```\n")
    assert found("````\n```task `db`\n````\n") == []
    assert found("```text `x`\n") == []


def test_a_block_that_is_not_closed_is_refused() -> None:
    with pytest.raises(UsageError, match=r"x\.md:2: this task block is not closed: expected a line ```"):
        found("\n```task A\n$ x\n")
