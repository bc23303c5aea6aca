"""Health checks, volumes and runtimes as recorded on a real engine (tests/recorded/engine), step by step."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vnetsim.record import record
from vnetsim.verify.judge import judge

RECORDED = Path(__file__).parents[2] / "recorded" / "engine"
#: Steps that differ, by a part of their commands, and why.
DIFFERENT = {
    "-v /srv/vol12/f:/etc alpine": "mounts over /etc are refused as not modelled",
    "docker stats": "figures: see tests/programs/docker/test_stats.py",
    "docker top": "numbers of processes and times of starts",
    "docker inspect gone": "a shell that the engine starts by its path says its name without it",
    "docker inspect slow": "how long the runtime takes to kill a probe",
    "{{len .State.Health.Log}}": "how many probes have run depends on how long commands take",
    "docker inspect period": "how many probes have run depends on how long commands take",
    "docker events": "how many probes have run depends on how long commands take",
    "getent hosts bar": "a container that joins another has a copy of its files",
    "inspect -f '{{.HostnamePath}}": "and its paths are its own",
}


#: Recorded with programs that the simulated machine lacks; test_image_archive_recorded.py loads what it saved.
ELSEWHERE = {"saved_image"}


@pytest.mark.parametrize("name", sorted({path.stem for path in RECORDED.glob("*.json")} - ELSEWHERE))
def test_each_step_is_as_recorded(name: str) -> None:
    real = json.loads((RECORDED / f"{name}.json").read_text("utf-8"))
    ours = record("docker", name, (RECORDED / "scripts" / f"{name}.sh").read_text("utf-8"))
    wrong = [
        (each.real.command, each.verdict, each.diff)
        for each in judge(real, ours)
        if each.verdict != "same" and not any(part in each.real.command for part in DIFFERENT)
    ]
    assert wrong == []
