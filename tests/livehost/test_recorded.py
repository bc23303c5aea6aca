"""Hosts that were collected with collect.sh: who connects to what in their import is what did on the host itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from vnetsim.reach.endpoints.probe import parse_probe
from vnetsim.reach.matrix.matrix import Matrix
from vnetsim.scenario.build import load

HOSTS = Path(__file__).parent.parent / "recorded" / "hosts"
#: How many cells of the matrix the recorded answers are about, at least.
CELLS = {"dual": 272, "engine": 384, "local": 192, "macvlan": 96, "nft": 504, "policy": 200, "router": 135}


def triples(path: Path) -> set[tuple[str, ...]]:
    return {tuple(line.split()) for line in path.read_text("utf-8").splitlines()}


def test_each_recorded_host_is_compared() -> None:
    assert {path.name for path in HOSTS.iterdir() if path.is_dir()} == set(CELLS)


@pytest.mark.parametrize("name", CELLS)
def test_the_matrix_of_an_import_is_what_the_host_answered(name: str) -> None:
    asked, connected = triples(HOSTS / name / "asked"), triples(HOSTS / name / "answers")
    ports = [parse_probe([f"tcp/{port}"]) for port in sorted({port for _, port in asked})]
    rows = [
        (row["source"].rpartition(":")[2], row["address"], str(row["port"]), row["reached"])
        for row in Matrix.of(load(HOSTS / name / "host"), ports=ports, names=False).rows()
    ]
    found = [row for row in rows if row[1:3] in asked]
    assert len(found) >= CELLS[name]
    assert [row for row in found if row[3] is not (row[:3] in connected)] == []
