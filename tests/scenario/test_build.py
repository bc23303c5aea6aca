"""Scenarios are what they look like."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from click.testing import CliRunner

from vnetsim.cli import main
from vnetsim.errors import UsageError
from vnetsim.failures import IncompleteLab
from vnetsim.scenario.build import load, play_text

SESSION = "$ ip netns add red\n"
MARKDOWN = "# A lesson\n\n```console\n$ ip netns add red\n```\n"
SCRIPT = "# a note\nip netns add red\n@capture red lo\n@stop\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.session", SESSION), ("a.md", MARKDOWN), ("a.sh", SCRIPT), ("-", SESSION), ("-", MARKDOWN), ("-", SCRIPT)],
)
def test_a_scenario_is_what_it_looks_like(
    name: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    path = tmp_path / name
    path.write_text(text)
    lab = load("-" if name == "-" else path)
    assert lab.run("ip netns list").stdout == "red\n"


def test_the_kind_decides_what_a_script_starts_on() -> None:
    assert play_text("-", "ip netns add red", kind="docker").machine.named_namespaces() == ["red", "lan"]
    assert play_text("-", "docker ps").machine.named_namespaces() == ["lan"]
    assert play_text("-", "ip netns add red").machine.named_namespaces() == ["red"]


def test_what_runs_in_the_background_goes_on() -> None:
    assert play_text("-", "ip link set lo up\nnc -lk 80 &").run("nc -z 127.0.0.1 80")


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.sh", "", "no command in this script"),
        ("a.session", "# nothing\n", "no command in this file"),
        ("a.sh", "@nosuch\n", "'@nosuch' is none of"),
        ("nosuch", None, "there is no such file"),
        (".", None, "this is a directory"),
    ],
)
def test_what_cannot_be_played_is_told_in_a_sentence(name: str, text: str | None, words: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if text is not None:
        path.write_text(text)
    with pytest.raises(UsageError, match=words):
        load(path)


def test_an_unknown_kind() -> None:
    with pytest.raises(UsageError, match="'podman' is no kind of script"):
        play_text("-", "true", kind="podman")


@pytest.mark.parametrize("command", ["why", "reach", "check", "explore"])
def test_the_engine_of_a_question_takes_flags(tmp_path: Path, command: str) -> None:
    scenario, policy = tmp_path / "s.session", tmp_path / "p"
    scenario.write_text("$ docker run -d --name one nginx\n$ docker run -d --name two nginx\n")
    policy.write_text("one -> two\n")
    words = {"why": ["one", "two", "--no-change"], "reach": ["--from", "one", "--to", "two"]}
    more = words.get(command, [str(policy), *(["-o", str(tmp_path / "o")] if command == "explore" else [])])
    result = CliRunner().invoke(main, [command, str(scenario), *more, "--dockerd", "--icc=false"])
    assert result.exit_code == (0 if command == "reach" else 1), result.output
    assert "icmp tcp/80" not in result.stdout


def test_a_machine_without_an_engine_takes_no_flags_for_it() -> None:
    with pytest.raises(UsageError, match="--icc=false: expected a scenario with an engine"):
        play_text("s", "ip netns add red", kind="kernel", docker_flags=["--icc=false"])


def test_a_command_that_failed_unexpectedly_leaves_no_answer(tmp_path: Path) -> None:
    path = tmp_path / "s.session"
    path.write_text("$ ip netns add red\n$ ip netns frob blue\n$ ip netns add red\n[1]\n")
    with pytest.raises(IncompleteLab) as refused:
        load(path)
    words = """Command "frob" is unknown, try "ip netns help"."""
    assert [str(each) for each in refused.value.failures] == [f"{path}:2: `ip netns frob blue` ended with 255: {words}"]


def test_a_why_of_a_session_is_not_taken_for_a_failure() -> None:
    """Nobody watches the packets while a scenario is played for what it leaves behind."""
    assert play_text("a.session", "$ ip netns add red\n$ why\n").failures == ()
