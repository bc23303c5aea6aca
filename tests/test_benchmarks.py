"""The table of benchmarks judges by its goals and names what is absent."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("simpy")
if not (Path(__file__).parent.parent / "benchmarks").is_dir():
    pytest.skip("benchmarks are in a checkout only", allow_module_level=True)

from benchmarks import peers
from benchmarks.__main__ import absent, table
from benchmarks.figures import FIGURES, LONG, Value

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    ("value", "met"),
    [
        (Value("a", 2.0, "s", 2.0), True),
        (Value("a", 2.1, "s", 2.0), False),
        (Value("a", 2.1, "s"), None),
        (Value("a", 30.0, "us", 1.5, "peer", 20.0, by_ratio=True), True),
        (Value("a", 31.0, "us", 1.5, "peer", 20.0, by_ratio=True), False),
        (Value("a", 31.0, "us", 1.5, "peer", None, by_ratio=True), None),
    ],
)
def test_a_goal_is_judged_by_the_figure_or_by_the_ratio(value: Value, met: bool | None) -> None:
    assert value.met is met


def test_an_absent_peer_is_named_absent() -> None:
    lines = table([Value("hop", 1.5, "us", 0.2, "ns-3", None, by_ratio=True), Value("hop", 1.5, "us", 2)]).splitlines()
    assert lines[1].split() == ["hop", "1.5", "us", "ns-3", "absent", "<=", "0.2", "x"]
    assert lines[2].split() == ["hop", "1.5", "us", "<=", "2", "us", "yes"]


def test_what_would_bring_an_absent_peer_is_told() -> None:
    hop = Value("hop", 1.5, "us", 0.2, "ns-3", None, by_ratio=True)
    other = Value("hop", 1.5, "us", 0.2, "plain hop", 1.0, by_ratio=True)
    assert absent([hop, other, hop]) == ["absent: ns-3 (--peers DIR, or --ns3 PYTHON)"]


def test_a_peer_that_is_named_and_not_there_ends_the_run() -> None:
    with pytest.raises(SystemExit, match="the peer is not there, or failed"):
        peers.nspy_hop_us(sys.executable, 1)
    with pytest.raises(SystemExit, match="/nowhere/python: No such file"):
        peers.ns3_hop_us("/nowhere/python", 1, 2)
    assert peers.ns3_hop_us(None, 1, 2) is None


def test_long_figures_are_figures() -> None:
    assert set(FIGURES) > LONG


def test_an_unknown_figure_is_refused() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks", "speed"], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert ran.returncode == 2
    assert ran.stderr.splitlines()[-1].startswith("python -m benchmarks: error: no figure 'speed': they are hop, ")
