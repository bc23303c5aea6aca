"""The one judge: a recording of the simulator held against one of a real machine, step by step.

A step is `same` when exit code and output agree, but for what is random (`vnetsim.scenario.blur`); `rc` when only the
exit code agrees; `differs` otherwise; `absent` when the simulator has no such step.  Steps that two recordings of the
real machine did not agree on carry "varies" and are left out.  A name that is random (a MAC address, an id) must mean
the same thing everywhere in a recording.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from vnetsim.scenario.blur import Blur, Correspondence
from vnetsim.scenario.compare import BlurredOutput, differing
from vnetsim.values import frozen

#: What `docker inspect` prints of a container beyond its network is out of scope.
_INSPECT_CONTAINER: Final[Mapping[str, tuple[str, ...]]] = {
    "": ("Name", "NetworkSettings", "HostConfig", "Config", "State"),
    "HostConfig": (
        "NetworkMode", "PortBindings", "Links", "ExtraHosts", "Dns", "DnsSearch", "DnsOptions", "PublishAllPorts",
    ),
    "Config": ("Hostname", "Domainname", "ExposedPorts", "Image"),
    "State": ("Status", "Running"),
}  # fmt: skip
#: A line of curl's meter after the first: it looks at the clock about once a second.
_METER: Final = re.compile(r"^(?:\s+\S+){8} (?:--:--:--|\s?\d+:\d\d:\d\d)\s+\d+:\d\d:\d\d ")
#: IPv6's unsolicited traffic, at random times.
_FRAME_NOISE: Final = re.compile(r"multicast listener|router solicitation|^$|IPv6.*DAD")


@frozen
class Step:
    """One step of a recording."""

    command: str
    status: int | None
    output: BlurredOutput
    varies: bool = False

    @property
    def lines(self) -> list[str]:
        return [line.text for line in self.output.lines]


@frozen
class Judged:
    """A step of the real machine, and what the simulator made of it; `diff` as a unified diff shows it."""

    real: Step
    verdict: str
    simulated: Step | None
    diff: tuple[str, ...] = ()


def judge(real: Mapping[str, Any], simulated: Mapping[str, Any], *, counters: bool = False) -> list[Judged]:
    """Every step of the real recording that another real machine answered alike.

    `counters` of rules count too: where there is no unsolicited traffic.
    """
    ours = list(steps_of(simulated, counters=counters))
    judged: list[Judged] = []
    correspondence = Correspondence()
    for index, theirs in enumerate(steps_of(real, counters=counters)):
        if theirs.varies:
            continue
        own = ours[index] if index < len(ours) and ours[index].command == theirs.command else None
        judged.append(_judged(theirs, own, correspondence))
    return judged


def _judged(theirs: Step, own: Step | None, correspondence: Correspondence) -> Judged:
    if own is None:
        return Judged(theirs, "absent", None)
    diff = tuple(differing(theirs.output, own.output, correspondence))
    if theirs.status == own.status:
        verdict = "rc" if any(line[0] in "-+" for line in diff) else "same"
    else:
        verdict = "differs"
    return Judged(theirs, verdict, own, diff)


def steps_of(recording: Mapping[str, Any], *, counters: bool = False) -> Iterator[Step]:
    """The steps of a recording that answer something."""
    blur = Blur([step.get("cmd", "") for step in recording["steps"]], counters=counters)
    for step in recording["steps"]:
        varies = bool(step.get("varies", False))
        if "cmd" in step and "rc" in step:
            out = [*relevant(step["cmd"], step["stdout"]).splitlines(), *step["stderr"].splitlines()]
            out = [line for line in out if not _METER.match(line)]
            yield Step(step["cmd"], step["rc"], BlurredOutput.of(step["cmd"], out, blur), varies)
        elif "capture" in step:
            command = "@capture {netns} {dev}".format(**step["capture"])
            yield Step(command, 0, BlurredOutput.of("", _frames(step), blur), varies)


def _frames(step: Mapping[str, Any]) -> list[str]:
    lines = [part for frame in step["capture"]["frames"] for part in frame.splitlines()]
    bare = [re.sub(r"^[\d.]+ ", "", line) for line in lines]
    return [line for line in bare if not _FRAME_NOISE.search(line)]


def relevant(command: str, stdout: str) -> str:
    """JSON output reduced to what concerns the network, in one order; other output unchanged."""
    try:
        data = json.loads(stdout)
    except ValueError:
        return stdout
    about = re.match(r"docker (container )?inspect", command)
    if about and isinstance(data, list) and data and "HostConfig" in data[0]:
        data = [{key: _selected(key, each) for key in _INSPECT_CONTAINER[""]} for each in data]
    for network in data if isinstance(data, list) else []:
        if isinstance(network, dict) and isinstance(network.get("Containers"), dict):
            network["Containers"] = sorted(network["Containers"].values(), key=lambda endpoint: str(endpoint["Name"]))
    return json.dumps(data, indent=1, sort_keys=True)


def _selected(key: str, container: Mapping[str, Any]) -> Any:
    fields = _INSPECT_CONTAINER.get(key)
    return container[key] if fields is None else {field: container[key].get(field) for field in fields}
