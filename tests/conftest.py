"""Laws are tried with the same examples everywhere and take as long as they take.

`HYPOTHESIS_PROFILE=thorough pytest` tries more of them (laws.py), `explore` as many, and new ones each time.
`VNETSIM_SKIPPED=FILE pytest` adds the names of tests that were skipped, one a line, for `pytest @FILE`.
`VNETSIM_COVERAGE=DIRECTORY pytest tests/kernel …` measures branches (measured.py).
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

from tests.laws import THOROUGH

if "VNETSIM_COVERAGE" in os.environ:
    from tests.measured import pytest_configure  # noqa: F401 -- a hook, loaded before the modules that it measures

if TYPE_CHECKING:
    from vnetsim.mininet.emulation import Emulation

#: What is tested here is used here; installed, it comes by its entry point.
pytest_plugins = ["vnetsim.pytest_plugin", "pytester", "tests.by_file"]

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("same", PATIENT, derandomize=True, max_examples=40)
settings.register_profile("thorough", PATIENT, derandomize=True, max_examples=THOROUGH)
settings.register_profile("explore", PATIENT, max_examples=THOROUGH)
if hasattr(providers, "_get_local_constants"):
    # Hypothesis likes to try the numbers and words of our own modules, of those that are loaded: which they are depends
    # on what else is tested, and the examples are to be the same.
    providers._get_local_constants = Constants
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


def pytest_collection_finish() -> None:
    """A lab is much garbage at once: looking for it often, and through all tests again, takes a fourth of the time.

    Looking for it so seldom that it has left the processor's caches takes a tenth.
    """
    gc.freeze()
    gc.set_threshold(60_000, 10, 10)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The skipped tests by their names, or the files that were skipped as a whole."""
    file = os.environ.get("VNETSIM_SKIPPED")
    if file:
        names = dict.fromkeys(report.nodeid for report in terminalreporter.stats.get("skipped", ()))
        with Path(file).open("a", encoding="utf-8") as names_file:
            names_file.writelines(f"{name}\n" for name in names)


@pytest.fixture
def emulation() -> Iterator[Emulation]:
    """The machine on which a test's nodes of Mininet live."""
    from vnetsim.lab import Lab  # noqa: PLC0415 -- few tests have nodes
    from vnetsim.mininet.emulation import Emulation, using  # noqa: PLC0415
    from vnetsim.mininet.log import lg  # noqa: PLC0415

    lg.setLogLevel()
    with using(Emulation(Lab(docker=False))) as machine:
        yield machine
