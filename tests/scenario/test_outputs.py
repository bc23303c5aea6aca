"""What a run leaves: a page with the player, and a run that prints the same with it and without."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from vnetsim.cli import main
from vnetsim.scenario import tutorial
from vnetsim.views.player import timeline


def ran(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["run", *words])
    return result.exit_code, result.output


@pytest.mark.parametrize("name", ["02", "07"])
def test_a_run_prints_the_same_with_a_page(name: str, tmp_path: Path) -> None:
    lesson = str(tutorial.find(name))
    out = tmp_path / "out.html"
    assert ran(lesson, "--html", str(out)) == ran(lesson)
    assert out.read_text("utf-8").startswith("<!doctype html>")


def test_a_page_and_a_capture_of_one_run(tmp_path: Path) -> None:
    lesson = str(tutorial.find("01"))
    page, capture = tmp_path / "out.html", tmp_path / "out.pcapng"
    both = ran("--quiet", lesson, "--html", str(page), "--pcapng", str(capture))
    alone = tmp_path / "alone.pcapng"
    assert both == ran("--quiet", lesson, "--pcapng", str(alone))
    assert capture.read_bytes() == alone.read_bytes()


def test_a_run_that_is_too_long_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline, "MOST_ITEMS", 100)
    out = tmp_path / "out.html"
    status, text = ran("--quiet", str(tutorial.find("07")), "--html", str(out))
    assert status == 0
    assert f"vnetsim: {out}: too long for the player: the " in text


def test_pictures_of_the_network_at_its_end(tmp_path: Path) -> None:
    files = {option: tmp_path / option[2:] for option in ("--svg", "--dot", "--mermaid")}
    words = [str(word) for pair in files.items() for word in pair]
    assert ran("--quiet", str(tutorial.find("01")), *words)[0] == 0
    begins = {option: path.read_text("utf-8").split(maxsplit=1)[0] for option, path in files.items()}
    assert begins == {"--svg": "<svg", "--dot": "graph", "--mermaid": "flowchart"}


@pytest.mark.parametrize("option", ["--html", "--pcapng", "--svg"])
def test_what_cannot_be_written_is_one_sentence(option: str, tmp_path: Path) -> None:
    lesson = str(tutorial.find("01"))
    status, text = ran("--quiet", lesson, option, str(tmp_path / "none" / "a"))
    assert (status, text.splitlines()[-1][-44:]) == (2, "cannot be written: No such file or directory")
    status, text = ran(lesson, lesson, option, str(tmp_path / "a"))
    assert status == 2
    assert "expected one scenario, because its file is about one machine" in text
