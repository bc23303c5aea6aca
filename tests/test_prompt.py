"""The interactive session as a whole: which of its parts are used where."""

from __future__ import annotations

from pathlib import Path

import pytest

from vnetsim import prompt
from vnetsim.errors import UsageError
from vnetsim.lab import Lab
from vnetsim.prompt.session import PromptSession


def test_there_is_nothing_to_join_without_a_shell_at_a_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with pytest.raises(UsageError, match="attach: no `vnetsim shell` runs at a terminal"):
        prompt.attach(None)


def test_a_shell_that_no_other_can_join_says_so_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    session = PromptSession(Lab(docker=False), lambda _text: None)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / ("x" * 200)))
    assert prompt._attach_server(session) is None
    assert capsys.readouterr().out.startswith("vnetsim: no further terminal can join this one: ")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    server = prompt._attach_server(session)
    assert server is not None
    server.close()
