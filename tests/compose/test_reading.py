"""YAML read as go-yaml reads it."""

from __future__ import annotations

import pytest

from vnetsim.compose.reading import Resets, documents
from vnetsim.compose.values import ComposeError


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: b: c", "yaml: mapping values are not allowed in this context"),
        ("a:\n  - b\n c: d\n", "yaml: line 2: did not find expected key"),
        ("- a\nb: c\n", "yaml: line 1: did not find expected '-' indicator"),
        ("a: *b", "yaml: unknown anchor 'b' referenced"),
        ("a: 'b", "yaml: found unexpected end of stream"),
    ],
)
def test_complaints_are_those_of_libyaml(text: str, message: str) -> None:
    with pytest.raises(ComposeError) as refused:
        list(documents(text))
    assert str(refused.value) == message


def test_resets_are_recorded_with_their_paths_and_taken_out() -> None:
    resets = Resets()
    node = resets.resolve(next(documents("a: {b: !reset 1, c: !override {d: 2}}")))
    assert node is not None
    assert resets.paths == [("a", "b"), ("a", "c")]
    assert [key.value for key in node.content[1].content[::2]] == ["c"]


def test_a_key_is_given_once() -> None:
    with pytest.raises(ComposeError, match='line 3: mapping key "b" already defined at line 2'):
        Resets().resolve(next(documents("a:\n  b: 1\n  b: 2\n")))


def test_several_documents() -> None:
    assert [node.line for node in documents("a: 1\n---\nb: 2\n")] == [1, 3]
