"""Sessions captured on a kernel with all modules: what it does with requests about devices, addresses and queues."""

from __future__ import annotations

from pathlib import Path

import pytest

from vnetsim import Lab
from vnetsim.scenario import differences, load, play
from vnetsim.scenario.compare import report

SESSIONS = sorted(Path(__file__).with_name("captured").glob("*.session"))


@pytest.mark.parametrize("path", SESSIONS, ids=lambda path: path.stem)
def test_the_machine_answers_as_captured(path: Path) -> None:
    document = load(path)
    lab = Lab(docker=False, nested=True, without=["smp"])
    assert report(document, differences(document, play(document, lab))) == ""
