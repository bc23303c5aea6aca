"""How many steps of each recording must be the same: what was reached once is not to be lost.

python -m tests.recorded.floor        plays all scripts and writes floor.json anew
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from vnetsim.record import record
from vnetsim.verify.judge import Judged, judge

HERE = Path(__file__).parent
FLOOR = HERE / "floor.json"
KINDS = ("kernel", "docker")
#: What has to be the same from the first step to the last.
WHOLE = ("kernel/seed_veth_pair", "docker/seed_walkthrough")


def scenarios() -> list[str]:
    """`kernel/NAME` and `docker/NAME` of all recordings."""
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
    counts: dict[str, int] = {}
    total = same = 0
    for scenario in scenarios():
        steps = judged(scenario)
        counts[scenario] = sum(step.verdict == "same" for step in steps)
        same, total = same + counts[scenario], total + len(steps)
    FLOOR.write_text(json.dumps(counts, indent=1, sort_keys=True) + "\n", "utf-8")
    print(f"{same} of {total} steps are the same")


if __name__ == "__main__":
    main()
