"""Garbled command lines: recordings are typed again, with most lines mutated, on labs used for some hundred lines.

python -m tests.fuzz.fuzz_lines SEED COUNT [REPORT]
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from tests.fuzz.mutate import TESTS, Run, mutated, no_hang
from vnetsim import Lab
from vnetsim.budget import Budget

LINES_A_LAB = 300
#: Simulated seconds that a line may take.
_TIMEOUT_SECONDS = 5
_BUDGET = Budget(steps=3_000_000, string_bytes=1 << 20, output_bytes=16 << 20, file_bytes=4 << 20, processes=500)
_INTERNAL = re.compile(r"vnetsim: internal error in (.{0,120})")
_PRELUDE = ("ip link set lo up", "ip netns add a", "ip link add v type veth peer name w netns a",
            "ip addr add 10.0.0.1/24 dev v", "ip link set v up", "ip -n a addr add 10.0.0.2/24 dev w",
            "ip -n a link set w up")  # fmt: skip


@cache
def corpus() -> tuple[str, ...]:
    """All command lines of all recordings, each once, in a fixed order."""
    found: dict[str, None] = {}
    for path in sorted(
        [*TESTS.glob("recorded/*/*.json"), *TESTS.glob("programs/**/*.json"), TESTS / "shell/recorded.json"]
    ):
        for line in _commands(json.loads(path.read_text("utf-8"))):
            found.setdefault(line)
    return tuple(found)


def _commands(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value[key] for key in ("cmd", "command") if isinstance(value.get(key), str)]
        return own + [line for each in value.values() if not isinstance(each, str) for line in _commands(each)]
    return [line for each in value for line in _commands(each)] if isinstance(value, list) else []


@cache
def scripts() -> tuple[tuple[bool, tuple[str, ...]], ...]:
    """The commands of each recording of a machine, and whether the machine has an engine."""
    found = []
    for kind in ("kernel", "docker"):
        for path in sorted(TESTS.glob(f"recorded/{kind}/*.json")):
            commands = _commands(json.loads(path.read_text("utf-8")))
            if commands:
                found.append((kind == "docker", tuple(commands)))
    return tuple(found)


def plain_lab(rng: random.Random) -> Lab:
    """A host with a neighbour."""
    lab = Lab(rng.randrange(100), budget=_BUDGET, watch=rng.random() < 0.3)
    for line in _PRELUDE:
        lab.run(line)
    return lab


def fuzz(seed: int, count: int, run: Run | None = None, report: Path | None = None) -> Run:
    """So many mutated lines; the report is written every now and then."""
    rng, run = random.Random(seed), run or Run()
    while run.inputs < count:
        docker, commands = rng.choice(scripts())
        lab = Lab.docker_host(rng.randrange(100), budget=_BUDGET) if docker else plain_lab(rng)
        _play(seed, rng, lab, commands, run)
        if report is not None:
            report.write_text(run.report(), "utf-8")
    return run


def _play(seed: int, rng: random.Random, lab: Lab, commands: Sequence[str], run: Run) -> None:
    """Type a recording; behind or instead of most of its lines, mutated ones."""
    start = rng.randrange(max(len(commands) - LINES_A_LAB, 1))
    typed: list[str] = []
    for command in commands[start : start + LINES_A_LAB]:
        new = [
            mutated(rng, rng.choice((command, rng.choice(corpus()))), corpus()) for _ in range(rng.choice((0, 1, 2)))
        ]
        for line in (*([command] if rng.random() < 0.6 else ()), *new):
            typed.append(line)
            run.inputs -= line is command
            dead = True
            with run.one(lambda: {"seed": seed, "line": line, "before": typed[:-1]}), no_hang():  # noqa: B023
                _type(lab, line, run, typed)
                dead = False
            if dead:
                return


def _type(lab: Lab, line: str, run: Run, typed: list[str]) -> None:
    internal = _INTERNAL.search(lab.run(line, timeout_seconds=_TIMEOUT_SECONDS).output)
    if internal:
        what = f"internal error {re.sub(r'[0-9]+', 'N', internal[1])[:80]}"
        run.fail(what, {"line": line, "said": internal[0], "before": typed[:-1]})


if __name__ == "__main__":
    to = Path(sys.argv[3]) if len(sys.argv) > 3 else None
    done = fuzz(int(sys.argv[1]), int(sys.argv[2]), report=to)
    (to.write_text if to else print)(done.report())
