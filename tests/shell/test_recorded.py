"""Held against the real shells: recorded.json was captured (capture.py) from bash 5.2.15 and dash 0.5.12, Debian 12."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.shell.machine import Machine

RECORDED: list[dict[str, Any]] = json.loads(Path(__file__).with_name("recorded.json").read_text("utf-8"))


def blurred(text: str) -> str:
    """Without the numbers of processes."""
    return re.sub(r"(?<=[ (]) *\d{4,6}(?=[) ])|^\d{4,6}$", "<pid>", text, flags=re.MULTILINE)


@pytest.mark.parametrize("entry", RECORDED, ids=lambda entry: f"{entry['shell']} {entry['command'][:60]}")
def test_the_shell_answers_as_the_real_one(entry: dict[str, Any]) -> None:
    outcome = Machine().run(entry["shell"], "-c", entry["command"])
    answered = (outcome.status, blurred(outcome.stdout), blurred(outcome.stderr))
    assert answered == (entry["status"], blurred(entry["stdout"]), blurred(entry["stderr"]))
