"""Detach keys: their names, and how they are found in what is typed (moby/term)."""

from __future__ import annotations

import pytest

from vnetsim.docker.term import EscapeProxy, parse_keys


@pytest.mark.parametrize(
    ("text", "typed"),
    [("ctrl-p,ctrl-q", "\x10\x11"), ("a", "a"), ("ctrl-@,ctrl-_", "\x00\x1f"), ("DEL", "\x7f"), ("ctrl-a,b", "\x01b")],
)
def test_keys_have_the_names_of_the_real_client(text: str, typed: str) -> None:
    assert parse_keys(text) == typed


@pytest.mark.parametrize("text", ["nope", "ctrl-1", "ctrl-a,,", "", "ctrl-A"])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="unknown character"):
        parse_keys(text)


@pytest.mark.parametrize(
    ("pieces", "passed", "detached"),
    [
        (["abc"], ["abc"], False),
        (["a\x10\x11b"], ["a"], True),
        (["a\x10", "\x11"], ["a", ""], True),
        (["a\x10", "b"], ["a", "\x10b"], False),
        (["\x10\x10\x11"], ["\x10\x10\x11"], False),
        (["\x11\x10x\x10\x11", "y"], ["\x11\x10x", ""], True),
    ],
)
def test_the_keys_are_held_back_until_it_is_known_what_follows(
    pieces: list[str], passed: list[str], detached: bool
) -> None:
    proxy = EscapeProxy("\x10\x11")
    assert [proxy.passed(piece) for piece in pieces] == passed
    assert proxy.detached is detached
