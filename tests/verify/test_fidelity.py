"""docs/fidelity.md says what the recordings and the latest campaign say."""

from __future__ import annotations

import json
from pathlib import Path

from tests.recorded.floor import CAMPAIGN, HERE, PAGE
from vnetsim.verify import fidelity
from vnetsim.verify.judge import steps_of

AGAIN = "out of date: python -m tests.recorded.floor"


def test_the_page_says_how_many_steps_are_the_same() -> None:
    assert "\n".join(fidelity.tables(HERE)) in PAGE.read_text("utf-8"), AGAIN


def test_the_page_says_what_the_latest_campaign_found() -> None:
    tally = json.loads(CAMPAIGN.read_text("utf-8"))
    assert "\n".join(fidelity.campaign(tally)) in PAGE.read_text("utf-8"), AGAIN
    assert tally["same"] <= tally["steps"]


def test_every_recording_is_counted_once() -> None:
    counts = fidelity.counts(HERE)
    floor = json.loads((HERE / "floor.json").read_text("utf-8"))
    assert sum(count.scenarios for areas in counts.values() for count in areas.values()) == len(floor)
    assert sum(count.same for areas in counts.values() for count in areas.values()) == sum(floor.values())
    assert all(count.same <= count.steps for areas in counts.values() for count in areas.values())


def test_every_recording_that_differs_has_a_reason() -> None:
    assert not fidelity.unexplained(HERE), "say why in tests/recorded/reasons.json"


def test_a_reason_is_one_of_a_recording_that_differs_and_of_a_command_in_it() -> None:
    floor = json.loads((HERE / "floor.json").read_text("utf-8"))
    for name, parts in fidelity.reasons(HERE).items():
        if name.startswith("public/"):
            continue  # tests/docker/images has their own counts
        steps = list(steps_of(json.loads((HERE / f"{name}.json").read_text("utf-8"))))
        assert floor[name] < sum(not step.varies for step in steps), f"{name} is the same from end to end by now"
        for part, why in parts.items():
            assert any(part in step.command for step in steps), (name, part)
            assert why.endswith("."), (name, why)


def test_a_recording_without_a_reason_is_told_by_name(tmp_path: Path) -> None:
    (tmp_path / "kernel").mkdir()
    step = {"cmd": "ip route", "rc": 0, "stdout": "default dev v0\n", "stderr": ""}
    (tmp_path / "kernel" / "route_one.json").write_text(json.dumps({"steps": [step]}))
    (tmp_path / "floor.json").write_text(json.dumps({"kernel/route_one": 0}))
    (tmp_path / "reasons.json").write_text("{}")
    assert fidelity.unexplained(tmp_path) == ["kernel/route_one"]
    (tmp_path / "reasons.json").write_text(json.dumps({"kernel/route_one": {"route": "Routes are random here."}}))
    assert fidelity.unexplained(tmp_path) == []
    known = fidelity.reasons(tmp_path)
    assert fidelity.reason(known, "kernel/route_one", "ip route") == "Routes are random here."
    assert fidelity.reason(known, "kernel/route_one", "ip link") is None
