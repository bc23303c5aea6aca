"""docs/fidelity.md: how many scenarios and steps agree, by what they are about, and what is known to differ.

It is made of recordings (a directory with kernel/, docker/, floor.json, the number of equal steps of each,
and reasons.json, the reasons of the others) and of the latest campaign's tally.
`python -m tests.recorded.floor` writes it anew.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from vnetsim.values import frozen
from vnetsim.verify.judge import Judged, steps_of
from vnetsim.verify.known_kernel import KERNEL

#: The subject of a recording, by the first part of its name.
_AREAS: Final = {
    "kernel": {
        "addr": "addresses", "arp": "neighbours", "bridge": "bridges", "fwd": "forwarding", "icmp": "ICMP",
        "link": "links", "macvlan": "macvlan", "netns": "namespaces", "nf": "netfilter", "qdisc": "queueing",
        "route": "routes", "seed": "the tutorial", "story": "stories", "sysctl": "sysctls", "tcp": "TCP and UDP",
        "udp": "TCP and UDP", "v6": "IPv6", "vxlan": "VXLAN", "tools": "other tools", "rule": "policy routing",
        "http": "TCP and UDP", "nc": "TCP and UDP", "dev": "links", "linkwatch": "links", "tun": "links",
    },
    "docker": {
        "bridge": "bridge networks", "cli": "the command line", "dns": "names", "errors": "refusals",
        "fw": "firewall rules", "ipam": "addresses", "ipvlan": "ipvlan", "l2": "links and neighbours",
        "macvlan": "macvlan", "modes": "network modes", "multi": "several networks", "ports": "published ports",
        "seed": "the tutorial", "tools": "tools in containers", "tutorial": "stories", "v6": "IPv6",
        "life": "life cycle", "prune": "the command line", "daemon": "daemon flags", "flags": "the command line",
        "gateway": "bridge networks", "connect": "several networks",
    },
    "kernel-vm": {
        "brvlan": "VLAN filtering", "vlan": "VLAN devices", "ipvlan": "ipvlan", "lo": "forwarding", "bond": "bonds",
        "netem": "queueing", "tc": "queueing", "tun": "tunnels", "vrf": "VRF", "nfx": "netfilter", "eb": "ebtables",
    },
}  # fmt: skip
_MACHINES: Final = {
    "kernel": "kernel",
    "docker": "Docker Engine",
    "kernel-vm": "kernel with all modules",
}
_HEAD: Final = """# How true it is

This page is generated (`python -m tests.recorded.floor`). It tells how often the simulator and a real machine say the
same, and where they do not. Two answers are the same if exit status and output agree but for what is random or a time,
and a random name (a MAC address, an id) must mean the same thing everywhere in a scenario
([what is blurred](../src/vnetsim/scenario/blur.py)).
"""


@frozen
class StepCount:
    """Of recordings about one thing: how many, how many are the same from end to end, and their steps."""

    scenarios: int = 0
    whole: int = 0
    same: int = 0
    steps: int = 0

    def plus(self, other: StepCount) -> StepCount:
        return StepCount(
            self.scenarios + other.scenarios, self.whole + other.whole, self.same + other.same, self.steps + other.steps
        )


def counts(recorded: Path) -> dict[str, dict[str, StepCount]]:
    """By kind and area, the numbers of floor.json for the recordings in this directory."""
    floor: Mapping[str, int] = json.loads((recorded / "floor.json").read_text("utf-8"))
    found: dict[str, dict[str, StepCount]] = {kind: {} for kind in _AREAS}
    for name, same in sorted(floor.items()):
        kind, _, stem = name.partition("/")
        steps = sum(not step.varies for step in steps_of(_recording(recorded, name)))
        first = stem.partition("_")[0]
        area = _AREAS[kind].get(first, first)
        one = StepCount(1, int(same == steps), same, steps)
        found[kind][area] = found[kind].get(area, StepCount()).plus(one)
    return found


def _recording(recorded: Path, name: str) -> dict[str, Any]:
    recording: dict[str, Any] = json.loads((recorded / f"{name}.json").read_text("utf-8"))
    return recording


def tables(recorded: Path) -> list[str]:
    """The lines of the part about recordings: a table for each kind."""
    lines: list[str] = []
    for kind, areas in counts(recorded).items():
        lines += ["", f"## Recordings of a real {_MACHINES[kind]}", ""]
        lines += [f"Recorded on {', and on '.join(_machines(recorded, kind))}.", ""]
        lines += [
            "| about | scenarios | from end to end | steps | the same | |",
            "| --- | ---: | ---: | ---: | ---: | ---: |",
        ]
        total = StepCount()
        for area, count in sorted(areas.items()):
            lines.append(_row(area, count))
            total = total.plus(count)
        lines.append(_row("all", total))
    return lines


def _row(area: str, count: StepCount) -> str:
    share = f"{100 * count.same / max(count.steps, 1):.1f} %"
    return f"| {area} | {count.scenarios} | {count.whole} | {count.steps} | {count.same} | {share} |"


def _machines(recorded: Path, kind: str) -> list[str]:
    found: dict[str, None] = {}
    for path in sorted((recorded / kind).glob("*.json")):
        recorded_on = json.loads(path.read_text("utf-8"))["recorded_on"]
        engine = f", Docker Engine {recorded_on['docker_engine']}" if recorded_on.get("docker_engine") else ""
        tools = recorded_on.get("iproute2", "").replace("ip utility, ", "").split(",")[0]
        found[f"Linux {recorded_on['kernel'].split('-')[0]}, {tools}{engine}"] = None
    return sorted(found)


def reasons(recorded: Path) -> dict[str, dict[str, str]]:
    """Why steps differ: by recording and by a part of the command, "" for all other commands."""
    known: dict[str, dict[str, str]] = json.loads((recorded / "reasons.json").read_text("utf-8"))
    return known


def reason(known: Mapping[str, Mapping[str, str]], name: str, command: str) -> str | None:
    """The reason of one step: the first one whose part of a command fits; None if there is none."""
    return next((why for part, why in known.get(name, {}).items() if part in command), None)


def unexplained(recorded: Path) -> list[str]:
    """The recordings that differ, as floor.json has it, and have no reason."""
    floor: Mapping[str, int] = json.loads((recorded / "floor.json").read_text("utf-8"))
    known = reasons(recorded)
    return [
        name
        for name, same in sorted(floor.items())
        if name not in known and same < sum(not step.varies for step in steps_of(_recording(recorded, name)))
    ]


def differences(judged: Mapping[str, Sequence[Judged]], known: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """The recordings that are not the same from end to end: what differs, and why."""
    yield from ["", "## What differs, and why", ""]
    yield from ["| recording | command | what differs | reason |", "| --- | --- | --- | --- |"]
    for name, steps in judged.items():
        for (command, what, why), times in _alike(name, steps, known).items():
            often = f" ({times} times)" if times > 1 else ""
            yield f"| {name} | `{command}`{often} | {what} | {why} |"


def _alike(name: str, steps: Sequence[Judged], known: Mapping[str, Mapping[str, str]]) -> Counter[tuple[str, str, str]]:
    found: Counter[tuple[str, str, str]] = Counter()
    for step in steps:
        if step.verdict != "same":
            command = step.real.command
            why = reason(known, name, command) or _reason_text(step) or "not explained"
            found[_cell(command)[:70], _what(step), _cell(why)] += 1
    return found


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _reason_text(step: Judged) -> str | None:
    """What the simulator itself reports as not modelled."""
    lines = step.simulated.lines if step.simulated is not None else []
    reported = next((line for line in lines if "not modelled" in line), None)
    return None if reported is None else reported.partition("vnetsim: ")[2] or reported


def _what(step: Judged) -> str:
    if step.verdict == "differs":
        return "exit status"
    changed = sum(line[0] in "-+" for line in step.diff)
    return f"{changed} lines" if changed != 1 else "1 line"


def campaign(tally: Mapping[str, Any]) -> list[str]:
    """The part about random scenarios."""
    per_second = tally["scenarios"] / max(tally["simulated_seconds"], 1)
    both = tally["scenarios"] / max(tally["seconds"], 1)
    return [
        "", "## Random scenarios on both sides", "",
        f"`vnetsim verify --campaign N`, on {tally['machine']}: {tally['scenarios']} scenarios drawn by",
        f"`vnetsim.strategies`, {tally['steps']} steps, of which {tally['same']} the same, counters, neighbours and",
        f"captured frames included; {tally['varying']} steps on which the real kernel did not agree with itself and",
        f"{tally['unsure']} whose canary did not come in time are left out. The simulator plays {per_second:.0f} such",
        f"scenarios a second, both sides together {both:.1f} (the real one waits for real timers).",
        "", f"Scenarios that differed: {tally['differing']}. Earlier campaigns, of {tally['before']} scenarios, were",
        "played while what they found was being fixed. Found and fixed:", "",
        *(f"- {line}" for line in tally.get("fixed", ())),
        "", "Found and left:", "", *(f"- {line}" for line in tally.get("left", ())),
    ]  # fmt: skip


def page(recorded: Path, judged: Mapping[str, Sequence[Judged]], tally: Mapping[str, Any]) -> str:
    """The whole page."""
    known = ["", "## Known to differ", "", "What a real machine does at random times:", ""]
    known += [f"- {each.reason}" for each in KERNEL]
    known += ["", "What is not modelled is listed in [not-modelled.md](not-modelled.md)."]
    lines = [*_HEAD.splitlines(), *tables(recorded), *campaign(tally), *known, *differences(judged, reasons(recorded))]
    return "\n".join(lines) + "\n"
