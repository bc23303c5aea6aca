"""Changes of the tables that iptables shares: what is done and what is refused, as a real kernel answered.

iptables_answers.json names the versions; each answer was given in a network namespace of its own.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from vnetsim import Lab

ANSWERS = json.loads((Path(__file__).parent / "iptables_answers.json").read_text("utf-8"))["answers"]


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer["commands"])
def test_the_answer_is_the_recorded_one(answer: dict[str, Any]) -> None:
    lab = Lab(docker=False)
    result = lab.run(f"{answer['before']}; {answer['commands']}")
    assert (result.exit_code, result.stdout, result.stderr) == (answer["status"], answer["stdout"], answer["stderr"])
