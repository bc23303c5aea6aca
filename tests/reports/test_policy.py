"""What came of a check, as Markdown for a pull request."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from vnetsim.cli import main


def markdown(directory: Path, policy: str, script: str = "docker run -d --name web nginx\n") -> Result:
    (directory / "lab.sh").write_text(script)
    (directory / "a.policy").write_text(policy)
    return CliRunner().invoke(main, ["check", str(directory / "lab.sh"), str(directory / "a.policy"), "--markdown"])


def test_a_rule_that_holds(tmp_path: Path) -> None:
    result = markdown(tmp_path, "host -> web: tcp/80\n")
    place = f"{tmp_path}/a.policy:1"
    assert result.exit_code == 0
    assert result.stdout.splitlines()[2:] == [
        "| place | rule | status |",
        "| --- | --- | --- |",
        f"| `{place}` | `host -> web: tcp/80` | holds |",
    ]


def test_a_violation_has_its_packet(tmp_path: Path) -> None:
    result = markdown(tmp_path, "host !-> web: tcp/80\n")
    assert result.exit_code == 1
    assert "| broken |" in result.stdout
    assert "host reaches web at tcp/80, and must not" in result.stdout
    assert "  packet: host -> 172.17.0.2 tcp/80: answered" in result.stdout


def test_a_rule_without_an_answer_says_why(tmp_path: Path) -> None:
    result = markdown(tmp_path, "net* -> web: tcp/80\n")
    assert result.exit_code == 2
    assert "| vacuous |" in result.stdout
    assert result.stdout.splitlines()[-1].startswith("- ")
