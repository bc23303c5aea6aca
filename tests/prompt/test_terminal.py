"""Where lines come from: standard input, and a terminal with its keys."""

from __future__ import annotations

import io
import sys

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from vnetsim.docker.term import DETACH
from vnetsim.errors import UsageError
from vnetsim.lab import Lab
from vnetsim.prompt.session import PromptSession
from vnetsim.prompt.terminal import asker, next_line
from vnetsim.wallclock import WallClock


def asked(keys: str, *, live: bool = False) -> str:
    session = PromptSession(Lab(docker=False), lambda _text: None)
    session.begin()
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        pipe.send_text(keys)
        return asker(session, WallClock() if live else None)("$ ")


@pytest.mark.parametrize("live", [False, True])
def test_a_line_is_edited(live: bool) -> None:
    assert asked("echo ax\x08b\r", live=live) == "echo ab"


def test_the_detach_keys_are_a_line() -> None:
    assert asked("\x10\x11") == DETACH


def test_ctrl_d_and_ctrl_c_are_told_apart() -> None:
    with pytest.raises(EOFError):
        asked("\x04")
    with pytest.raises(KeyboardInterrupt):
        asked("abc\x03")


def test_standard_input_is_read_line_by_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("a\nb"))
    assert [next_line(""), next_line("")] == ["a", "b"]
    with pytest.raises(EOFError):
        next_line("")


def test_input_that_is_no_text_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff\n"), encoding="utf-8"))
    with pytest.raises(UsageError, match="expected UTF-8 text, found the byte 0xff"):
        next_line("")
