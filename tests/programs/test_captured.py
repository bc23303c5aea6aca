"""Sessions with tools of the network, held against what real ones answered (captured/*.json).

`dig`, `host` and `dig_errors*` were captured with BIND 9.20.30 and 9.18.44, `conntrack*` with conntrack 1.4.7,
`tcpdump*` with tcpdump 4.99.3 and 4.99.6, on the machine that tests/recorded comes from; of those sessions only what
is not modelled and what chance decides was left out.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from vnetsim.record import record
from vnetsim.verify.judge import Judged, judge

HERE: Final = Path(__file__).parent / "captured"
#: What chance decides besides what all recordings have: ids of questions and packets, times of packets.
_CHANCE: Final = (
    (re.compile(r"(status: \w+, id: )\d+"), r"\1ID"),
    (re.compile(r"\bid=\d+"), "id=ID"),
    (re.compile(r"ttl 64, id \d+"), "ttl 64, id ID"),
    (re.compile(r"^(ipv[46] +\d+ \w+ +\d+) \d+ ", re.MULTILINE), r"\1 LEFT "),
    (re.compile(r"(\[DESTROY\] (?:ipv4 +2 )?\w+ +\d+) \d+ "), r"\1 LEFT "),
    (re.compile(r"^\[\d{10}\.\d{6}\] *", re.MULTILINE), "WHEN "),
    (re.compile(r"portid=\d+( progname=\w+)?"), "BY"),
    (re.compile(r"\d\d:\d\d:\d\d\.\d{6}"), "CLOCK"),
    (re.compile(r"\d{4}-\d\d-\d\d CLOCK"), "DATE CLOCK"),
    (re.compile(r"^\d{10}\.\d{6}", re.MULTILINE), "EPOCH"),
    (re.compile(r"\b[0-9a-f]{12}(?=[.:])"), "CONTAINER"),
    (re.compile(r"(?<=: )\d+(?= \d+/\d+/\d+ )"), "ID"),
    (re.compile(r"(?<=seq )\d+(?=, length 64)"), "SEQ"),
    (re.compile(r"(?<=seq )\d+:\d{9,}"), "SEQ"),
    (re.compile(r"\d+ packets received by filter"), "packets received by filter"),
)


def _blurred(recording: dict[str, Any]) -> dict[str, Any]:
    for step in recording["steps"]:
        for stream in ("stdout", "stderr"):
            for pattern, word in _CHANCE:
                step[stream] = pattern.sub(word, step.get(stream, ""))
    return recording


@cache
def _judged(name: str) -> list[Judged]:
    real = json.loads((HERE / f"{name}.json").read_text("utf-8"))
    script = "\n".join(step["cmd"] for step in real["steps"])
    return judge(_blurred(real), _blurred(record(real["kind"], name, script)))


def _commands() -> list[tuple[str, int]]:
    captured = {path.stem: json.loads(path.read_text("utf-8"))["steps"] for path in sorted(HERE.glob("*.json"))}
    # What is started in the background says nothing by itself.
    counts = {name: sum("rc" in step for step in steps) for name, steps in captured.items()}
    return [(name, number) for name, count in counts.items() for number in range(count)]


@pytest.mark.parametrize(("name", "number"), _commands())
def test_the_tool_answers_as_the_real_one(name: str, number: int) -> None:
    step = _judged(name)[number]
    assert step.verdict == "same", "\n".join([step.real.command, *step.diff])
