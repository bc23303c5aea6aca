"""Every scenario of the tutorial says what the real kernel says; of those with Docker, the host's side."""

from __future__ import annotations

from pathlib import Path

from tests.real import kernel_session
from vnetsim.reports import verification as report
from vnetsim.verify.plan import read
from vnetsim.verify.scenarios import verify_all

SCENARIOS = sorted((Path(__file__).parent.parent.parent / "scenarios").glob("*.md"))


def test_every_scenario_is_as_on_the_real_kernel() -> None:
    kernel_session().close()
    machine, outcomes = verify_all([read(path) for path in SCENARIOS], jobs=6)
    differing = [outcome for outcome in outcomes if outcome.differences]
    assert not differing, report.text(differing, machine.described())
    for outcome in outcomes:
        played = [step for step in outcome.steps if step.verdict != "skipped"]
        assert played, outcome.name
