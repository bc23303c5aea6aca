"""Keys in what a terminal sends."""

from __future__ import annotations

from vnetsim.programs.screen.window import Keys


def keys(*parts: str) -> list[str]:
    typed, found = Keys(), []
    for part in parts:
        typed.add(part)
        while (key := typed.next()) is not None:
            found.append(key)
    return found


def test_sequences_have_names_and_enter_is_one_key() -> None:
    assert keys("a\x1b[A\x1bOB\x1b[5~", "\n\r\x08") == ["a", "up", "down", "pageup", "\r", "\r", "\x7f"]


def test_escape_is_a_key_and_an_unknown_sequence_is_none() -> None:
    assert keys("\x1b", "\x1b[24~", "x") == ["escape", "", "x"]
