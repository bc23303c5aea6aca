"""The small programs held against the real ones: recorded.json was captured on Debian 12 (tests/shell/capture.py)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.shell.machine import Machine
from tests.shell.test_recorded import blurred

RECORDED: list[dict[str, Any]] = json.loads(Path(__file__).with_name("recorded.json").read_text("utf-8"))


@pytest.mark.parametrize("entry", RECORDED, ids=lambda entry: entry["command"][:70])
def test_the_program_answers_as_the_real_one(entry: dict[str, Any]) -> None:
    outcome = Machine().run(entry["shell"], "-c", entry["command"])
    answered = (outcome.status, blurred(outcome.stdout), blurred(outcome.stderr))
    assert answered == (entry["status"], blurred(entry["stdout"]), blurred(entry["stderr"]))
