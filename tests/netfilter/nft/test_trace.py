"""What `nft monitor trace` tells, as recorded on Linux 6.18 (floors: tests/recorded), and what it refuses."""

from __future__ import annotations

import json

import pytest

from tests.recorded.floor import FLOOR, judged
from vnetsim.lab import Lab

FLOORS: dict[str, int] = json.loads(FLOOR.read_text("utf-8"))


def test_traces_are_the_recorded_ones() -> None:
    scenario = "kernel-vm/nft_monitor_trace"
    assert sum(step.verdict == "same" for step in judged(scenario)) >= FLOORS[scenario]


_MARKED = "meta nftrace set 1; }; }'"


@pytest.mark.parametrize(
    "rule",
    [
        "iptables -A OUTPUT -j TRACE",
        f"iptables -A OUTPUT; nft 'table ip t {{ chain o {{ type filter hook output priority -400; {_MARKED}",
        f"nft 'table ip t {{ chain o {{ type filter hook postrouting priority 0; {_MARKED}",
    ],
)
def test_what_it_does_not_know_is_refused(rule: str) -> None:
    lab = Lab(docker=False)
    assert lab.run(f"ip link set lo up; {rule}; ping -c 1 127.0.0.1").exit_code == 0
    assert "not modelled: nft monitor trace" in lab.run("nft monitor trace & sleep 1; ping -c 1 127.0.0.1").stderr
