"""Whole projects (tests/conformance/projects), recorded on a real engine with Compose 2.40.3, and here.

Names, addresses, networks, rules, reachability: each step is the same, but for what a real engine leaves to chance.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conformance.compose_projects import compare, play

RECORDED = Path(__file__).parents[2] / "recorded" / "compose" / "projects"
SOURCES = Path(__file__).parents[2] / "conformance" / "projects"
NAMES = sorted(path.stem for path in RECORDED.glob("*.json"))


def test_each_project_is_recorded() -> None:
    assert sorted(path.name for path in SOURCES.iterdir()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_each_step_is_as_recorded(name: str) -> None:
    real = json.loads((RECORDED / f"{name}.json").read_text("utf-8"))
    ours = play(real)
    assert len(ours["steps"]) + sum("docker build" in step.get("cmd", "") for step in real["steps"]) == len(
        real["steps"]
    )
    judged = list(compare(real, ours))
    wrong = [
        (verdict, each.real.command, each.diff)
        for verdict, each in judged
        if verdict not in ("same", "order", "chance")
    ]
    assert wrong == []
    assert sum(verdict == "same" for verdict, _ in judged) > len(judged) / 2


def test_what_differs_is_found() -> None:
    """A rule, an address or an answer that is not the recorded one."""
    real = json.loads((RECORDED / "tiers.json").read_text("utf-8"))
    ours = play(real)
    for changed, into in (
        (" -j MASQUERADE", " -j ACCEPT"),
        ("172.28.5.20", "172.28.5.21"),
        ("tiers-api-1:8080 0", "tiers-api-1:8080 1"),
    ):
        other = json.loads(json.dumps(ours).replace(changed, into))
        assert {verdict for verdict, _ in compare(real, other)} - {"same", "order", "chance"}, changed
