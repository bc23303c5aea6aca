"""Each format of each answer names the assumptions that it is built on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from vnetsim.cli import main

ASSUMED = "what acme/api runs is not known: assumed to listen on tcp/8000"
COMPOSE = "services: { api: { image: acme/api, expose: [8000] }, web: { image: nginx } }\n"
POLICY = "web -> api: tcp/8000\n"


def answer(directory: Path, *arguments: str, compose: str = COMPOSE) -> str:
    """What a command writes to standard output and to its files."""
    (directory / "compose.yaml").write_text(compose)
    (directory / "a.policy").write_text(POLICY)
    arguments = (*arguments, *(("-o", str(directory / "found.session")) if "explore" in arguments else ()))
    paths = {"COMPOSE": "compose.yaml", "POLICY": "a.policy", "REPORT": "report"}
    given = [str(directory / paths[each]) if each in paths else each for each in arguments]
    result = CliRunner().invoke(main, given)
    assert result.exit_code in (0, 1), result.output
    report = directory / "report"
    return result.stdout + (report.read_text() if report.exists() else "")


ANSWERS = [
    ("reach", "COMPOSE", "--format", "json"),
    ("reach", "COMPOSE", "--format", "markdown"),
    ("reach", "COMPOSE", "--format", "html"),
    ("why", "COMPOSE", "web", "api:8000", "--json", "--no-change"),
    ("check", "COMPOSE", "POLICY", "--json"),
    ("check", "COMPOSE", "POLICY", "--markdown"),
    ("check", "COMPOSE", "POLICY", "--sarif", "REPORT"),
    ("check", "COMPOSE", "POLICY", "--junit", "REPORT"),
    ("check", "COMPOSE", "--json"),
    ("check", "COMPOSE", "--markdown"),
    ("check", "COMPOSE", "--sarif", "REPORT"),
    ("check", "COMPOSE", "--junit", "REPORT"),
    ("explore", "COMPOSE", "POLICY", "--examples", "1", "--steps", "1", "--moves", "firewall", "--json"),
    ("explore", "COMPOSE", "POLICY", "--examples", "1", "--steps", "1", "--moves", "firewall", "--sarif", "REPORT"),
]


@pytest.mark.parametrize("arguments", ANSWERS, ids=" ".join)
def test_an_answer_names_its_assumptions(arguments: tuple[str, ...], tmp_path: Path) -> None:
    assert ASSUMED in answer(tmp_path, *arguments)


@pytest.mark.parametrize("arguments", ANSWERS, ids=" ".join)
def test_an_answer_without_assumptions_names_none(arguments: tuple[str, ...], tmp_path: Path) -> None:
    known = COMPOSE.replace("acme/api, expose: [8000]", "nginx")
    assert "assumed to listen" not in answer(tmp_path, *arguments, compose=known)


def test_comma_separated_values_count_them(tmp_path: Path) -> None:
    lines = answer(tmp_path, "reach", "COMPOSE", "--format", "csv").splitlines()
    assert lines[0].endswith(",assumptions")
    assert all(line.endswith(",1") for line in lines[1:])


def test_an_assumption_does_not_make_an_execution_unsuccessful(tmp_path: Path) -> None:
    log = answer(tmp_path, "check", "COMPOSE", "POLICY", "--sarif", "REPORT")
    (run,) = json.loads(log[log.index("{") :])["runs"]
    assert run["invocations"][0]["executionSuccessful"] is True
    assert run["invocations"][0]["toolExecutionNotifications"][0]["level"] == "note"
