"""`vnetsim check compose.yaml`: the findings as text, JSON, Markdown, SARIF and JUnit, and the exit status."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result

from tests.findings.files import examined, only
from vnetsim.cli import main
from vnetsim.findings import addresses
from vnetsim.findings.addresses import Subject, UnknownAddress
from vnetsim.findings.references import ServiceReference

WRONG = """\
services:
  web: { image: nginx, environment: { CACHE: "redis://localhost" }, networks: [front] }
  cache: { image: redis, networks: [NETWORK] }
networks: { front: {}, back: {} }
"""
FRONT = WRONG.replace("NETWORK", "front")


def check(directory: Path, text: str, *options: str) -> Result:
    (directory / "compose.yaml").write_text(text)
    return CliRunner().invoke(main, ["check", str(directory), *options])


def test_a_change_that_does_not_help_is_not_proposed(tmp_path: Path) -> None:
    """The name of the cache instead of localhost, but the services share no network."""
    assert only(examined(tmp_path, WRONG.replace("NETWORK", "back"))).change is None


def test_a_change_that_helps_is(tmp_path: Path) -> None:
    change = only(examined(tmp_path, FRONT)).change
    assert change is not None
    assert change.text == "localhost becomes cache"


def test_a_change_after_which_nothing_is_known_does_not_help(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = addresses.tried

    def unknown(subject: Subject, each: ServiceReference) -> Iterator[object]:
        return tried(subject, each) if each.host == "localhost" else iter([UnknownAddress(str(each))])

    monkeypatch.setattr(addresses, "tried", unknown)
    assert only(examined(tmp_path, FRONT)).change is None


def test_no_change_is_tried_on_request(tmp_path: Path) -> None:
    assert only(examined(tmp_path, FRONT, changes=False)).change is None


def test_text(tmp_path: Path) -> None:
    result = check(tmp_path, FRONT)
    assert result.exit_code == 1
    first, *_, last = result.stdout.splitlines()
    assert first.startswith(f"{tmp_path}/compose.yaml:2: error: web uses localhost:6379 (CACHE)")
    assert last == f"{tmp_path}/compose.yaml: 1 error (1 address tried)"


def test_without_findings(tmp_path: Path) -> None:
    result = check(tmp_path, FRONT.replace("localhost", "cache"))
    assert (result.exit_code, result.stdout) == (0, f"{tmp_path}/compose.yaml: no findings (1 address tried)\n")


def test_json(tmp_path: Path) -> None:
    document = json.loads(check(tmp_path, FRONT, "--json").stdout)
    assert (document["exit_status"], document["tried"], document["unknown"]) == (1, 1, [])
    assert [(each["rule"], each["line"], each["level"]) for each in document["findings"]] == [
        ("loopback-of-itself", 2, "error")
    ]


def test_markdown(tmp_path: Path) -> None:
    lines = check(tmp_path, FRONT, "--markdown").stdout.splitlines()
    assert lines[2] == "| location | level | finding |"
    assert "```diff" in lines


def test_sarif_and_junit(tmp_path: Path) -> None:
    sarif, junit = tmp_path / "a.sarif", tmp_path / "a.xml"
    check(tmp_path, FRONT, "--sarif", str(sarif), "--junit", str(junit))
    (result,) = json.loads(sarif.read_text())["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == 2
    assert "+  web" in result["properties"]["change"]
    root = ET.parse(junit).getroot()
    assert len(root.findall(".//failure")) == 1
    assert len(root.findall(".//testcase")) > 5


def test_assumptions_and_what_is_not_known_reach_the_answer(tmp_path: Path) -> None:
    text = FRONT.replace("image: redis", "image: acme/cache").replace("localhost", "cache")
    result = check(tmp_path, text, "--json")
    document = json.loads(result.stdout)
    assert (result.exit_code, document["findings"]) == (2, [])
    assert check(tmp_path, text, "--json", "--allow-unknown").exit_code == 0
    assert document["unknown"] == ["web uses cache:6379 (CACHE): at which ports cache listens is not known"]
    assert document["assumptions"] == ["what acme/cache runs is not known: assumed to listen on no port"]


def test_a_declared_image_is_known(tmp_path: Path) -> None:
    text = FRONT.replace("image: redis", "image: acme/cache").replace("localhost", "cache")
    result = check(tmp_path, text, "--image", "acme/cache=listen:tcp/6380")
    assert result.exit_code == 1
    assert "[nothing-listens]" in result.stdout


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        (FRONT.replace("[front]", "[nowhere]"), [], "no answer: the lab is incomplete"),
        ("services: 1\n", [], "YAML without a mapping `services`"),
    ],
)
def test_there_is_no_answer(text: str, options: list[str], message: str, tmp_path: Path) -> None:
    result = check(tmp_path, text, *options)
    assert result.exit_code == 2
    assert message in result.stderr


def test_other_scenarios_need_a_policy(tmp_path: Path) -> None:
    script = tmp_path / "lab.sh"
    script.write_text("ip netns add red\n")
    result = CliRunner().invoke(main, ["check", str(script)])
    assert (result.exit_code, "expected a compose file, or a policy" in result.stderr) == (2, True)
