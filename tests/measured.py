"""Which branches of the kernel, of netfilter and of the engine their own tests take, and whether these become fewer.

VNETSIM_COVERAGE=DIRECTORY pytest       loads this, and each process writes there what it measured
python -m tests.measured DIRECTORY      adds it up and compares it with coverage.json

Measured are only the tests in the directories that mirror these packages, and of them none that draws its examples:
the figures do not depend on a draw, and the tracer slows down a part of the tests only.  As it makes them take twice as
long, those of unmeasured.txt are left out too: others take the same branches.

A floor in coverage.json is a percentage that may only rise.  It is set a little below what was measured, because caches
that an earlier test filled hide a branch or two; where it is far below, the command prints the number to write there.
"""

from __future__ import annotations

import json
import math
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import coverage
import pytest

HERE = Path(__file__).parent
SOURCES = HERE.parent / "src" / "vnetsim"
PACKAGES = ("docker", "kernel", "netfilter", "protocols")
FLOORS = HERE / "coverage.json"
#: Functions of tests, a line each: `kernel/test_a.py::test_b`.
UNMEASURED = frozenset((HERE / "unmeasured.txt").read_text("utf-8").split())
#: How far below the measured percentage a floor is set, and from which distance on it may rise.
MARGIN, DISTANCE = 0.2, 0.5


class Measure:
    """A plugin of pytest."""

    def __init__(self, directory: Path) -> None:
        self._coverage = coverage.Coverage(
            data_file=str(directory / "data"),
            data_suffix=True,
            branch=True,
            source=[str(SOURCES / package) for package in PACKAGES],
            messages=False,
        )

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        if not _is_measured(item):
            return (yield)
        self._coverage.start()
        try:
            return (yield)
        finally:
            self._coverage.stop()

    def pytest_sessionfinish(self) -> None:
        self._coverage.save()


def _is_measured(item: pytest.Item) -> bool:
    file = item.path.relative_to(HERE)
    if not isinstance(item, pytest.Function) or file.parts[0] not in PACKAGES:
        return False
    return (
        not getattr(item.obj, "is_hypothesis_test", False)
        and f"{file.as_posix()}::{item.originalname}" not in UNMEASURED
    )


def percentages(directory: Path) -> dict[str, float]:
    """Of each package, the share of its branches that was taken."""
    measured = coverage.Coverage(data_file=str(directory / "data"), branch=True, messages=False)
    measured.combine([str(directory)], keep=True)
    report = directory / "report.json"
    measured.json_report(outfile=str(report))
    taken, there = Counter[str](), Counter[str]()
    for name, file in json.loads(report.read_text("utf-8"))["files"].items():
        package = Path(name).resolve().relative_to(SOURCES).parts[0]
        taken[package] += file["summary"]["covered_branches"]
        there[package] += file["summary"]["num_branches"]
    return {package: 100 * taken[package] / there[package] for package in sorted(there)}


def main(directory: Path) -> int:
    found = percentages(directory)
    print("branches that their tests take:", ", ".join(f"{package} {found[package]:.1f} %" for package in found))
    fallen = 0
    for package, floor in json.loads(FLOORS.read_text("utf-8")).items():
        reached = found[package]
        if reached < floor:
            fallen += 1
            print(f"{package}: {reached:.2f} % of the branches are tested, and {floor} % were (coverage.json)")
        elif reached >= floor + DISTANCE:
            print(f"coverage.json: the floor of {package} may rise to {math.floor(10 * (reached - MARGIN)) / 10}")
    return min(fallen, 1)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Measure(Path(os.environ["VNETSIM_COVERAGE"])))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
