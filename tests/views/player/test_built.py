"""What is stored of the pages."""

from __future__ import annotations

import sys
from importlib import resources

import pytest

from vnetsim.errors import UsageError
from vnetsim.views.player.built import built


def test_each_file_is_stored_once() -> None:
    pages = ["play.css", "play.html", "play.js", "player.css", "player.html", "player.js", "sw.js", "worker.js"]
    assert sorted(built()) == pages
    for package in ("vnetsim.views.player", "vnetsim.browser"):
        names = {path.name for path in resources.files(package).iterdir()}
        assert not names & set(built())


def test_a_python_without_liblzma_is_told_so_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lzma", None)
    with pytest.raises(UsageError, match="this Python has no module lzma"):
        built()
