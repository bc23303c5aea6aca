"""Brace expansion of bash."""

from __future__ import annotations

import pytest

from vnetsim.shell.ast import Literal, Word
from vnetsim.shell.braces import braces


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a{b,c}d", ["abd", "acd"]),
        ("{1..3}", ["1", "2", "3"]),
        ("{3..1}", ["3", "2", "1"]),
        ("{01..10..4}", ["01", "05", "09"]),
        ("{a..c}{1,2}", ["a1", "a2", "b1", "b2", "c1", "c2"]),
        ("{a,b{1,2}}", ["a", "b1", "b2"]),
        ("{a}", ["{a}"]),
        ("{a,b", ["{a,b"]),
        ("x", ["x"]),
        ("{,x}", ["", "x"]),
    ],
)
def test_braces(text: str, words: list[str]) -> None:
    def plain(word: Word) -> str:
        return "".join(part.text for part in word if isinstance(part, Literal))

    assert [plain(word) for word in braces((Literal(text),), lambda _: None)] == words
