"""A container that ended with an error is told of, one that ended as it should or was stopped is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from vnetsim.lab import Lab
from vnetsim.scenario.endedcontainers import ended_containers
from vnetsim.scenario.session import PlayOptions, run_files

SCRIPT = """\
docker run -d --name db postgres:16
docker run -d --name done alpine true
docker run -d --name stopped alpine sleep 1000
docker stop -t 1 stopped
docker run --name seen alpine false || true
docker run -d --name web nginx
docker run -d --name silent alpine sh -c 'exit 3'
"""
DB = "container db is exited (1) (it said: Error: Database is uninitialized and superuser password is not specified.)"


def test_the_containers_that_ended_are_noted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = tmp_path / "setup.sh"
    script.write_text(SCRIPT, "utf-8")
    text: list[str] = []
    assert run_files([script], text.append, PlayOptions(quiet=True)) == 0
    notes = capsys.readouterr().err.splitlines()
    assert notes[-2:] == [f"vnetsim: {script}: {DB}", f"vnetsim: {script}: container silent is exited (3)"]
    assert not [note for note in notes[:-2] if "container" in note]


def test_no_engine_is_started_for_the_question() -> None:
    lab = Lab()
    assert list(ended_containers(lab)) == []
    assert not lab.has_engine
