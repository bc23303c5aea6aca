"""What listeners of `nft monitor` and `nft -e` are sent, as recorded on Linux 6.18; floors: tests/recorded."""

from __future__ import annotations

import json

import pytest

from tests.recorded.floor import FLOOR, judged

FLOORS: dict[str, int] = json.loads(FLOOR.read_text("utf-8"))


@pytest.mark.parametrize("scenario", ["kernel-vm/nft_monitor", "kernel-vm/nft_echo", "kernel/nf_nft_native"])
def test_events_are_the_recorded_ones(scenario: str) -> None:
    assert sum(step.verdict == "same" for step in judged(scenario)) >= FLOORS[scenario]
