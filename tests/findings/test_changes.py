"""Changes keep the style of the file, and there is none for what they cannot spell."""

from __future__ import annotations

from pathlib import Path

import pytest

from vnetsim.findings import changes
from vnetsim.findings.changes import FileProposal
from vnetsim.findings.yamllocations import YamlLocation
from vnetsim.scenario.composefile import ComposeScenario

NETWORKS = "networks: {a: {}, b: {}}\n"


def scenario(tmp_path: Path, text: str) -> ComposeScenario:
    path = tmp_path / "compose.yaml"
    path.write_text(text)
    return ComposeScenario.of(str(path), text)


def lines(proposal: FileProposal | None) -> list[str]:
    assert proposal is not None
    return [line for line in proposal.changed.split("\n") if line]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("    networks: [a]\n", "    networks: [a, b]"),
        ("    networks: [ a ]  # one\n", "    networks: [ a , b]  # one"),
        ("    networks:\n    - a\n", "    networks:\n    - b\n    - a"),
        ("    networks:\n      - 'a'\n", "    networks:\n      - b\n      - 'a'"),
        ("    networks:\n      a:\n", "    networks:\n      b:\n      a:"),
        ("", "    networks:\n      - default\n      - b\n    image: nginx"),
    ],
)
def test_a_service_on_one_more_network(before: str, after: str, tmp_path: Path) -> None:
    given = scenario(tmp_path, f"services:\n  web:\n    image: nginx\n{before}{NETWORKS}")
    proposal = changes.on_network(given, "web", "b")
    assert proposal is not None
    assert f"{after}\n" in proposal.changed
    project = proposal.applied(given).project
    assert project is not None
    assert sorted(project.services["web"].networks) == (["a", "b"] if before else ["b", "default"])


@pytest.mark.parametrize("node", ["    networks: {a: {}}\n", "    networks: []\n"])
def test_no_change_of_other_spellings(node: str, tmp_path: Path) -> None:
    given = scenario(tmp_path, f"services:\n  web:\n    image: nginx\n{node}{NETWORKS}")
    assert changes.on_network(given, "web", "b") is None


def test_no_line_is_added_to_a_service_in_flow_style(tmp_path: Path) -> None:
    assert changes.with_host_gateway(scenario(tmp_path, "services: {web: {image: nginx}}\n"), "web") is None


def test_no_second_extra_hosts(tmp_path: Path) -> None:
    text = "services:\n  web:\n    image: nginx\n    extra_hosts: [a:10.0.0.1]\n"
    assert changes.with_host_gateway(scenario(tmp_path, text), "web") is None


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        ("      X: db:15432", "      X: db:5432"),
        ("      X: mydb:15432", None),
        ("      X: db:15432,db:15432", None),
        ("      X: db:154321", None),
    ],
)
def test_a_name_is_replaced_whole_and_once(line: str, changed: str | None, tmp_path: Path) -> None:
    given = scenario(tmp_path, f"services:\n  web:\n    image: nginx\n    environment:\n{line}\n")
    proposal = changes.replaced(given, YamlLocation(given.path, 5), "db:15432", "db:5432")
    assert (proposal and lines(proposal)[4]) == changed


def test_a_range_of_ports_is_left_alone(tmp_path: Path) -> None:
    given = scenario(tmp_path, 'services:\n  web:\n    image: redis\n    ports: ["6370-6379:6370-6379"]\n')
    assert changes.bound_to_loopback(given, "web", 6379) is None


def test_the_change_is_a_unified_diff(tmp_path: Path) -> None:
    given = scenario(tmp_path, 'services:\n  web:\n    image: redis\n    ports: ["6379:6379"]\n')
    proposal = changes.bound_to_loopback(given, "web", 6379)
    assert proposal is not None
    assert list(proposal.change(given).diff)[2:] == [
        "@@ -3,2 +3,2 @@",
        "     image: redis",
        '-    ports: ["6379:6379"]',
        '+    ports: ["127.0.0.1:6379:6379"]',
    ]
