"""The flags of `docker compose` at the commands of vnetsim, and the files that `.env` names."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from vnetsim.cli import main
from vnetsim.scenario.build import compose_of, load
from vnetsim.scenario.composearguments import ComposeArguments

BASE = """\
services:
  web: {image: nginx, environment: {MODE: "$MODE"}}
  debug: {image: alpine, command: sleep infinity, profiles: [debug]}
"""
PRODUCTION = "services:\n  web: {ports: ['8080:80']}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("compose.yaml", BASE), ("prod.yaml", PRODUCTION), ("prod.env", "MODE=prod\n")):
        (tmp_path / name).write_text(text)
    return tmp_path


def vnetsim(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_files_profiles_and_variables_are_those_of_the_flags(folder: Path) -> None:
    arguments = ComposeArguments((str(folder / "prod.yaml"),), ("debug",), (str(folder / "prod.env"),))
    lab = load(folder, compose=arguments)
    name = folder.name
    assert lab.run("docker ps --format '{{.Names}} {{.Ports}}' | sort").stdout.splitlines() == [
        f"{name}-debug-1 ",
        f"{name}-web-1 0.0.0.0:8080->80/tcp, [::]:8080->80/tcp",
    ]
    assert "MODE=prod\n" in lab.run(f"docker exec {name}-web-1 env").stdout
    text = (folder / "compose.yaml").read_text()
    assert compose_of(str(folder / "compose.yaml"), text, arguments).up == (
        f"cd /srv/{name} && docker compose -f compose.yaml -f prod.yaml --profile debug --env-file prod.env up -d"
    )


def test_without_flags_the_override_is_read_and_no_profile_is_enabled(folder: Path) -> None:
    (folder / "compose.override.yaml").write_text(PRODUCTION)
    lab = load(folder)
    assert lab.run("docker ps --format '{{.Names}}'").stdout == f"{folder.name}-web-1\n"
    assert "8080" in lab.run("docker ps").stdout
    assert "8080" not in load(folder, compose=ComposeArguments((str(folder / "compose.yaml"),))).run("docker ps").stdout


@pytest.mark.parametrize("default", ["compose.yaml", "base.yaml"])
def test_the_files_and_profiles_of_the_environment_file_are_taken(default: str, folder: Path) -> None:
    (folder / "compose.yaml").rename(folder / default)
    (folder / ".env").write_text(f"COMPOSE_FILE={default}:prod.yaml\nCOMPOSE_PROFILES=debug\n")
    listed = load(folder).run("docker ps").stdout
    assert "8080" in listed
    assert "-debug-1" in listed


@pytest.mark.parametrize("command", ["reach", "check", "why", "explore", "run"])
def test_all_commands_take_them_and_refuse_files_elsewhere(
    command: str, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other") / "x.yaml"
    other.write_text(PRODUCTION)
    more: list[object] = ["web", "debug"] if command == "why" else [folder / "a.policy"] if command == "explore" else []
    (folder / "a.policy").write_text("web !-> debug: tcp/1\n")
    found = vnetsim(command, folder / "compose.yaml", *more, "-f", other)
    assert (found.exit_code, "no file outside it is read" in found.output) == (2, True)
    found = vnetsim(command, folder / "compose.yaml", *more, "--env-file", folder / "no.env")
    assert (found.exit_code, "there is no such file" in found.output) == (2, True)


def test_a_scenario_that_is_no_compose_file_takes_none(tmp_path: Path) -> None:
    script = tmp_path / "a.sh"
    script.write_text("ip netns add a\n")
    found = vnetsim("reach", script, "--profile", "debug")
    assert found.exit_code == 2
    assert "--profile debug: expected a compose file as the scenario, found" in found.output
