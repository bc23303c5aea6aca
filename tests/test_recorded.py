"""Recordings of a real kernel and a real engine, played on the simulator: what agreed once goes on agreeing."""

from __future__ import annotations

import json

import pytest

from tests.recorded.floor import FLOOR, HERE, WHOLE, judged, scenarios, simulate
from tests.recorded.rules import check_saved_rules
from vnetsim.verify.fidelity import reason, reasons

REASONS = reasons(HERE)
FLOORS: dict[str, int] = json.loads(FLOOR.read_text("utf-8"))


@pytest.mark.parametrize("scenario", scenarios())
def test_no_step_that_was_the_same_is_lost_and_saved_rules_are_line_by_line_the_recorded_ones(scenario: str) -> None:
    steps = judged(scenario)
    for step in steps:
        assert not any("internal error" in line for line in (step.simulated.lines if step.simulated else ())), step
    same = sum(step.verdict == "same" for step in steps)
    others = [f"[{step.verdict}] $ {step.real.command}" for step in steps if step.verdict != "same"]
    assert same >= FLOORS[scenario], f"{same} steps are the same, {FLOORS[scenario]} were; not now:\n" + "\n".join(
        others
    )
    for step in steps:
        known = step.verdict == "same" or reason(REASONS, scenario, step.real.command)
        assert known, f"say why in tests/recorded/reasons.json: {scenario}, $ {step.real.command}"
    if scenario.startswith("docker/"):
        check_saved_rules(scenario, steps)


@pytest.mark.parametrize("scenario", WHOLE)
def test_the_tutorial_is_answered_as_a_real_machine_answers_it(scenario: str) -> None:
    for step in judged(scenario):
        assert step.verdict == "same", (step.real.command, step.real.lines, step.simulated)


@pytest.mark.parametrize("scenario", WHOLE)
def test_the_same_seed_gives_the_same_bytes(scenario: str) -> None:
    assert json.dumps(simulate(scenario, seed=7)) == json.dumps(simulate(scenario, seed=7))


def test_another_seed_gives_other_names() -> None:
    assert json.dumps(simulate(WHOLE[1], seed=7)) != json.dumps(simulate(WHOLE[1], seed=8))
