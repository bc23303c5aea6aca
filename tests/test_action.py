"""The GitHub action and the pre-commit hook: what they run is what they say."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from vnetsim.compose.options import DEFAULT_FILES

ROOT = Path(__file__).parent.parent
COMPOSE = "services: {web: {image: nginx, environment: [API=http://api]}, api: {image: acme/api, networks: [back]}}\n"
UNKNOWN = "services: {web: {image: nginx, environment: [API=http://api:8000]}, api: {image: acme/api}}\n"
NETWORKS = "networks: {back: {}}\n"


def action() -> Any:
    return YAML(typ="safe").load((ROOT / "action.yml").read_text("utf-8"))


def run_step(directory: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    """The step of the action that checks, as the runner starts it."""
    program = directory / "bin" / "vnetsim"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m vnetsim "$@"\n')
    program.chmod(0o755)
    step = action()["runs"]["steps"][1]
    given = {name: str(declared["default"]) for name, declared in action()["inputs"].items()} | inputs
    environment = {
        name: re.sub(r"\$\{\{ inputs\.(\w+) \}\}", lambda found: given[found[1]], value)
        for name, value in step["env"].items()
    }
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=directory, check=False, capture_output=True, text=True,
        env={**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT / "src"),
             "RUNNER_TEMP": str(directory), "GITHUB_STEP_SUMMARY": str(directory / "summary"),
             "GITHUB_OUTPUT": str(directory / "outputs"), **environment},
    )  # fmt: skip


needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")


@needs_bash
@pytest.mark.parametrize(("compose", "status"), [(COMPOSE + NETWORKS, 1), ("services: {web: {image: nginx}}\n", 0)])
def test_the_action_reports_and_ends_as_the_check(compose: str, status: int, tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(compose)
    result = run_step(tmp_path)
    assert result.returncode == status, result.stderr
    assert (tmp_path / "summary").read_text() == result.stdout
    assert (tmp_path / "vnetsim.sarif").exists()


@needs_bash
def test_the_action_takes_a_policy_and_images(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(COMPOSE + NETWORKS)
    (tmp_path / "a.policy").write_text("web !-> api: tcp/8000\n")
    result = run_step(tmp_path, policy="a.policy", images="acme/api=listen:tcp/8000\n")
    assert (result.returncode, "| holds |" in result.stdout) == (0, True), result.stderr


@needs_bash
def test_the_action_takes_files_and_profiles(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("services: {web: {image: nginx}}\n")
    (tmp_path / "more.yaml").write_text(
        "services: {web: {environment: [API=http://api]}, api: {image: nginx, networks: [b], profiles: [x]}}\n"
        "networks: {b: {}}\n"
    )
    assert run_step(tmp_path, files="more.yaml\n", profiles="x\n").returncode == 1
    assert (tmp_path / "outputs").read_text() == "status=1\n"


@needs_bash
@pytest.mark.parametrize(("allow_unknown", "status"), [("true", 0), ("false", 2), ("perhaps", 2)])
def test_what_is_unknown_is_a_failure_unless_it_is_allowed(allow_unknown: str, status: int, tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(UNKNOWN)
    assert run_step(tmp_path, allow_unknown=allow_unknown).returncode == status


@needs_bash
def test_without_an_answer_the_action_fails(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("services: {web: {image: nginx, networks: [gone]}}\n")
    assert run_step(tmp_path).returncode == 2


def test_the_hook_runs_for_compose_files() -> None:
    (hook,) = YAML(typ="safe").load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert [
        name for name in (*DEFAULT_FILES, ".env", "compose.override.yaml") if not re.search(hook["files"], name)
    ] == []
    assert not re.search(hook["files"], "src/decompose.py")
    assert (hook["entry"], hook["pass_filenames"]) == ("vnetsim check", False)
