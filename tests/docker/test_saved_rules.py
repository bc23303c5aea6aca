"""After every recorded configuration, the rules are line by line those of the real engine's host.

Goldens: `iptables-save` and `ip6tables-save` of Engine 28.5.2, in the recordings.  Where the order is chance on a real
engine (it goes through its networks and containers in any order when it starts), the rules are compared as a set.
"""

from __future__ import annotations

import pytest

from tests.recorded.floor import judged, real, scenarios
from vnetsim.verify.judge import Step

#: Recordings in which an engine starts with networks or containers of an engine before it.
ANY_ORDER = ("docker/daemon_json", "docker/daemon_json_errors", "docker/life_engine_restart", "docker/life_reboot")
_SAVES = ("iptables-save", "ip6tables-save")


def _saves(scenario: str) -> bool:
    return any(step.get("cmd", "").startswith(_SAVES) for step in real(scenario)["steps"])


SCENARIOS = [scenario for scenario in scenarios() if scenario.startswith("docker/") and _saves(scenario)]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_saved_rules_are_the_recorded_ones(scenario: str) -> None:
    steps = [step for step in judged(scenario) if step.real.command.startswith(_SAVES) and not step.real.varies]
    assert steps
    for step in steps:
        assert step.simulated is not None
        if scenario in ANY_ORDER:
            assert _unordered(step.simulated) == _unordered(step.real), step.real.command
        else:
            assert step.verdict == "same", "\n".join([step.real.command, *step.diff])


def _unordered(step: Step) -> list[str]:
    """Lines without names and ids: in which order they appear says nothing here."""
    return sorted(line.blurred.skeleton for line in step.output.lines)
