"""Which branches of the kernel, of netfilter and of the engine their own tests take, and whether these become fewer.

VNETSIM_COVERAGE=DIRECTORY pytest tests/docker tests/kernel tests/netfilter tests/protocols
                                        loads this, and each process writes there what it measured
python -m tests.measured DIRECTORY      adds it up and compares it with coverage.json

What other tests take is not counted, so that they are not run with this.  SlipCover measures: it puts a probe at each
branch when a module is loaded, in 14 s, and removes it once the branch was taken.  The tests of the kernel take little
longer then; those that fork, or make many objects, take three times as long.

A floor in coverage.json is a percentage that may only rise.  It is set a little below what was measured, because caches
that an earlier test filled hide a branch or two; where it is far below, the command prints the number to write there.
"""

from __future__ import annotations

import json
import math
import os
import sys
from collections import defaultdict
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

import pytest
from slipcover import FileMatcher, Slipcover
from slipcover.importer import SlipcoverLoader

HERE = Path(__file__).parent
SOURCES = HERE.parent / "src" / "vnetsim"
PACKAGES = ("docker", "kernel", "netfilter", "protocols")
FLOORS = HERE / "coverage.json"
#: How far below the measured percentage a floor is set, and from which distance on it may rise.
MARGIN, DISTANCE = 0.2, 0.5


class Probes(MetaPathFinder):
    """Finds the modules that are measured and has them loaded with probes."""

    def __init__(self, slipcover: Slipcover) -> None:
        self._slipcover = slipcover
        self._measured = FileMatcher(sources=[SOURCES / package for package in PACKAGES])

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path, target) if fullname.startswith("vnetsim.") else None
        if spec is None or spec.loader is None or not self._measured.matches(spec.origin):
            return None
        spec.loader = WithProbes(self._slipcover, spec.loader, str(spec.origin))
        return spec


class WithProbes(SlipcoverLoader):  # type: ignore[misc]  # its package has no types
    """A loader that reads files of its package as the one does that it stands for."""

    def get_data(self, path: str) -> bytes:
        data: bytes = self.orig_loader.get_data(path)
        return data


SLIPCOVER = Slipcover(branch=True, source=[str(SOURCES / package) for package in PACKAGES])
sys.meta_path.insert(0, Probes(SLIPCOVER))


class Measure:
    """A plugin of pytest."""

    def __init__(self, directory: Path) -> None:
        self._file = directory / f"{os.getpid()}.json"

    def pytest_sessionfinish(self) -> None:
        files = SLIPCOVER.get_coverage()["files"]
        kinds = ("executed_branches", "missing_branches")
        self._file.write_text(json.dumps({name: [files[name][kind] for kind in kinds] for name in files}), "utf-8")


def percentages(directory: Path) -> dict[str, float]:
    """Of each package, the share of its branches that was taken."""
    taken, there = defaultdict[str, set[object]](set), defaultdict[str, set[object]](set)
    for measured in directory.glob("*.json"):
        for name, (executed, missing) in json.loads(measured.read_text("utf-8")).items():
            package = Path(name).resolve().relative_to(SOURCES).parts[0]
            taken[package].update((name, *branch) for branch in executed)
            there[package].update((name, *branch) for branch in executed + missing)
    return {package: 100 * len(taken[package]) / len(there[package]) for package in sorted(there)}


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
    if "PYTEST_XDIST_WORKER" in os.environ or not config.getoption("numprocesses", None):
        config.pluginmanager.register(Measure(Path(os.environ["VNETSIM_COVERAGE"])))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
