"""How many steps of each recording must be the same: what was reached once is not to be lost.

python -m tests.recorded.floor        plays all scripts and writes floor.json and docs/fidelity.md anew, and
                                      drops reasons of what is the same by now
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from vnetsim.record import record
from vnetsim.verify import fidelity
from vnetsim.verify.judge import Judged, judge

HERE = Path(__file__).parent
FLOOR = HERE / "floor.json"
#: Why steps of recordings differ.
REASONS = HERE / "reasons.json"
#: The latest campaign's tally, with what was found by all of them.
CAMPAIGN = HERE.parent / "verify" / "campaign.json"
PAGE = HERE.parent.parent / "docs" / "fidelity.md"
KINDS = ("kernel", "docker", "kernel-vm")
#: What has to be the same from the first step to the last.
WHOLE = ("kernel/seed_veth_pair", "docker/seed_walkthrough")


def scenarios() -> list[str]:
    """`KIND/NAME` of all recordings."""
    return [f"{kind}/{path.stem}" for kind in KINDS for path in sorted((HERE / kind).glob("*.json"))]


def real(scenario: str) -> dict[str, Any]:
    recording: dict[str, Any] = json.loads((HERE / f"{scenario}.json").read_text("utf-8"))
    return recording


def simulate(scenario: str, seed: int = 0) -> dict[str, Any]:
    kind, name = scenario.split("/")
    return record(kind, name, (HERE / kind / "scripts" / f"{name}.sh").read_text("utf-8"), seed)


def judged(scenario: str) -> list[Judged]:
    return judge(real(scenario), simulate(scenario))


def main() -> None:
    steps = {scenario: judged(scenario) for scenario in scenarios()}
    counts = {scenario: sum(step.verdict == "same" for step in each) for scenario, each in steps.items()}
    whole = {scenario for scenario, each in steps.items() if counts[scenario] == len(each)}
    known = {scenario: why for scenario, why in fidelity.reasons(HERE).items() if scenario not in whole}
    REASONS.write_text(json.dumps(known, indent=1) + "\n", "utf-8")
    FLOOR.write_text(json.dumps(counts, indent=1, sort_keys=True) + "\n", "utf-8")
    PAGE.write_text(fidelity.page(HERE, steps, json.loads(CAMPAIGN.read_text("utf-8"))), "utf-8")
    print(f"{sum(counts.values())} of {sum(map(len, steps.values()))} steps are the same")


if __name__ == "__main__":
    main()
