"""A terminal is told how far something is that takes its time, and nothing else is."""

from __future__ import annotations

import sys
import time

import pytest

from vnetsim.cli.options import ProgressLine, progress_line


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def told(line: ProgressLine, now: list[float]) -> None:
    for done in range(1, 5):
        now[0] += 1.0
        line(done, 4)
    line.write("done\n")


def test_a_terminal_is_told_after_two_seconds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], seconds: list[float]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    told(ProgressLine("files"), seconds)
    out, err = capsys.readouterr()
    assert (out, err) == ("done\n", "3 of 4 files\r            \r")


@pytest.mark.parametrize(("terminal", "quiet"), [(False, False), (True, True)])
def test_nothing_is_told_otherwise(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], seconds: list[float], terminal: bool,
    quiet: bool,
) -> None:  # fmt: skip
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    told(ProgressLine("files", quiet=quiet), seconds)
    assert capsys.readouterr() == ("done\n", "")


def test_a_line_is_erased_in_the_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], seconds: list[float]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with progress_line("probes") as progress:
        seconds[0] = 3.0
        progress(1, 2)
    assert capsys.readouterr().err == "1 of 2 probes\r             \r"
