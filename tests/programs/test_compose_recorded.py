"""`docker compose` over a real engine (tests/recorded/compose/engine), and ours over the simulated one."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from vnetsim.record import record

ENGINE = Path(__file__).parents[1] / "recorded" / "compose" / "engine"
_ANY_ORDER = "what is done at the same time is done in either order"
_CONNECTED = "a real engine connects a container to its networks in the order of a Go map"
#: Steps that differ, by a part of their commands, and why.
DIFFERENT = {
    "docker ps --format '{{.Names}}": _ANY_ORDER,
    "compose.yaml rm -f": _ANY_ORDER,
    "exec dns ip -br addr": _CONNECTED,
    "exec dns ip route": _CONNECTED,
    "exec dns cat /etc/hosts": _CONNECTED,
    "exec --index 2 pc": _ANY_ORDER,
    "-n office-pc-2": _ANY_ORDER,
    "compose.yaml up -d web": "a real client looks for networks in the order of a Go map",
    "docker inspect www --format '{{json .HostConfig.Port": "an exposed port without a protocol is kept as it is",
    "ps --format json": "a real client lists labels in the order of a Go map",
    "ps -a --orphans=false": "a simulated command takes less time, so that a container still runs",
    "--no-deps -w /tmp -u 0": "the program pwd is not modelled in an image",
    "run --rm -T --no-deps -v /srv:/srv": "the engine's host has other files than the client's",
    "cap-add NET_ADMIN": "/proc/self/status is not modelled",
    "compose.yaml images": "the images of the recorded machine are hours old",
    "compose.yaml wait": "the number of arguments of wait is refused as other commands refuse it",
    "compose.yaml top": "other numbers of processes and times of starts",
    "a.txt web:/no/such": _ANY_ORDER,
    "compose.yaml stats": "packets differ",
    "compose.yaml events": "a real client lists attributes in the order of a Go map",
    "compose.yaml pull": "the name of the registry",
    "up --timestamps": "not modelled",
    "up --watch": "not modelled",
    "timeout -s TERM": "SIGTERM ends a client at once",
    "ls -l /run/secrets": "ls -l is not modelled",
    "logs -n 1 one": "the two streams of a container are in no order",
}

Step = dict[str, Any]


def recording(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ENGINE / f"{name}.json").read_text("utf-8"))
    return found


def script_of(steps: list[Step]) -> str:
    lines = []
    for step in steps:
        lines.append(step["cmd"] if "cmd" in step else f"# {step['note']}")
        if "log.yaml up" in lines[-1]:
            lines.append("@sleep 1")
    return "\n".join(lines) + "\n"


def comparable(step: Step, ids: dict[str, str]) -> tuple[int, str, list[str]]:
    """Without times and ids; lines of progress in any order, for what happens at the same time is in none."""

    def plain(text: str) -> str:
        text = re.sub(r'time="[^"]*"', "", text)
        text = re.sub(r"\b[0-9a-f]{64}\b", lambda found: ids.setdefault(found[0], f"<id {len(ids)}>"), text)
        text = re.sub(r"\b(?=[0-9a-f]*[0-9])[0-9a-f]{12}\b", "<short id>", text)
        text = re.sub(r"\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b", "<mac>", text)
        text = re.sub(r"fe80::[0-9a-f:]+", "<link-local>", text)
        text = re.sub(r"192\.168\.56\.10:\d{5}->", "<port>", text)
        text = re.sub(r"time[= ][\d.]+ ?ms|= [\d./]+ ms", "<time>", text)
        text = re.sub(r"(\d+ seconds?|Less than a second|About a minute|\d+ minutes)( ago)?(?=\s)", "<age>", text)
        return re.sub(r" +", " ", text)

    stdout = plain(step["stdout"])
    if stdout.startswith("Attaching to"):
        stdout = "\n".join(sorted(stdout.splitlines()))  # of several containers, in any order
    return step["rc"], stdout, sorted(plain(step["stderr"]).splitlines())


def expected_to_differ(command: str) -> bool:
    return any(part in command for part in DIFFERENT)


@pytest.mark.parametrize("name", sorted(path.stem for path in ENGINE.glob("*.json")))
def test_each_step_is_answered_as_recorded(name: str) -> None:
    real = recording(name)["steps"]
    ours = record("docker", name, script_of(real))["steps"]
    ids: tuple[dict[str, str], dict[str, str]] = {}, {}
    for one, other in zip(real, ours, strict=True):
        if "cmd" in one:
            pair = comparable(one, ids[0]), comparable(other, ids[1])
            if not expected_to_differ(one["cmd"]):
                assert (one["cmd"], pair[1]) == (one["cmd"], pair[0])
