"""Next hops and queueing as recorded on Linux 6.18 (tests/recorded/kernel-vm), step by step: none may differ."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vnetsim.record import record
from vnetsim.verify.judge import judge

RECORDED = Path(__file__).parents[1] / "recorded" / "kernel-vm"


@pytest.mark.parametrize("name", ["nexthop_objects", "nexthop_groups", "route_metrics", "tc_mq", "tc_red"])
def test_each_step_is_as_recorded(name: str) -> None:
    real = json.loads((RECORDED / f"{name}.json").read_text("utf-8"))
    ours = record("kernel-vm", name, (RECORDED / "scripts" / f"{name}.sh").read_text("utf-8"))
    judged = judge(real, ours)
    assert len(judged) > 20
    assert [(each.real.command, each.diff) for each in judged if each.verdict not in ("same", "varies")] == []
