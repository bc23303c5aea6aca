"""Compose files for the tests of findings."""

from __future__ import annotations

from pathlib import Path

from vnetsim.findings.examine import examine
from vnetsim.findings.finding import ComposeFinding, Examination
from vnetsim.scenario.build import compose_scenario, play_compose


def examined(directory: Path, text: str, *, changes: bool = True, **others: str) -> Examination:
    """The findings of a compose file, beside other files (`db_env` is `db.env`)."""
    path = directory / "compose.yaml"
    path.write_text(text, "utf-8")
    for name, content in others.items():
        (directory / name.replace("_", ".")).write_text(content, "utf-8")
    return examine(compose_scenario(path), play_compose, changes=changes)


def only(found: Examination) -> ComposeFinding:
    assert len(found.findings) == 1, found.findings
    return found.findings[0]


def added(finding: ComposeFinding) -> list[str]:
    """The lines that the change adds, without indentation."""
    assert finding.change is not None, finding
    return [line[1:].strip() for line in finding.change.diff if line.startswith("+") and not line.startswith("+++")]
