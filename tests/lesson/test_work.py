"""Works of students as files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vnetsim.errors import UsageError
from vnetsim.journal import JournalRequest, Ran, Slept
from vnetsim.lesson.work import Work, encoded, load
from vnetsim.prompt.entered import CTRL_C, INNER, Begun, Entered, Resized


def test_a_work_has_what_was_typed_and_not_that_the_shell_began() -> None:
    steps: list[list[JournalRequest]] = [
        [Begun(), Resized(30, 100), Entered("ip a\n", 60.0), Slept(1.5)],
        [Entered("ls\n", 2.0, CTRL_C, INNER, True)],
    ]
    text = encoded("A cable", steps)
    assert text.startswith('{\n "work": 1,\n "title": "A cable",\n')
    assert [len(step) for step in json.loads(text)["steps"]] == [2, 1]


def test_a_work_that_was_saved_is_read(tmp_path: Path) -> None:
    steps = ((Entered("ip a\n", 60.0), Slept(1.5)), (Entered("ls\n", 2.0, CTRL_C, INNER, True),))
    path = tmp_path / "a.work"
    path.write_text(encoded("A cable", steps), encoding="utf-8")
    assert load(str(path)) == Work(str(path), "A cable", steps)


def test_a_session_and_a_script_are_works_of_one_step(tmp_path: Path) -> None:
    session, script = tmp_path / "a.session", tmp_path / "a.sh"
    session.write_text("# mine\n$ ip netns add red\n@ +2s\n")
    script.write_text("#!/bin/bash\nip netns add red\n")
    assert load(str(session)).steps == ((Ran("ip netns add red", 600.0), Slept(2.0)),)
    assert len(load(str(script)).steps[0]) == 2


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "expected the work of a student, which is JSON"),
        ("[]", 'expected the work of a student, a JSON object with `"work": 1`'),
        ('{"work": 2}', 'expected the work of a student, a JSON object with `"work": 1`'),
        ('{"work": 1, "title": "", "steps": [1]}', "expected `title`, a text, and `steps`, a list of lists"),
        (
            '{"work": 1, "title": "", "steps": [[{"text": "x"}]]}',
            "expected an entry with `seconds` up to 86400, found {'text': 'x'}",
        ),
        (
            '{"work": 1, "title": "", "steps": [[{"text": 1, "seconds": 1}]]}',
            "expected what was typed, as `vnetsim lesson` writes it, found {'text': 1, 'seconds': 1}",
        ),
        (
            '{"work": 1, "title": "", "steps": [[{"seconds": 1e99}]]}',
            "expected an entry with `seconds` up to 86400, found {'seconds': 1e+99}",
        ),
    ],
)
def test_what_is_no_work_is_one_sentence(text: str, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "a.work"
    path.write_text(text)
    with pytest.raises(UsageError) as caught:
        load(str(path))
    assert str(caught.value) == f"{path}: {sentence}"


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file or directory"):
        load(str(tmp_path / "none.work"))
