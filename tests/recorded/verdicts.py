"""Hold a recording of the simulator against one of a real machine, step by step.

A step is `same` when the exit code and the normalised output agree, `rc` when only the exit code agrees, `differs`
otherwise.  Steps that two recordings of the real machine did not agree on carry "varies" and are left out.  What
differs from run to run on a real machine (random MAC addresses, ids, times, ephemeral ports ...) is renamed in order of
first appearance, so that the same thing must still be the same thing everywhere in one recording.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import attrs

MAC = re.compile(r"\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b")
KNOWN_MAC = re.compile(r"^(ff:ff:ff:ff:ff:ff|00:00:00:00:00:00|33:33:|01:00:5e|01:80:c2)")
LINK_LOCAL = re.compile(r"\bfe80::[0-9a-f:]+\b")
SOLICITED = re.compile(r"\b(ff02::1:ff|33:33:ff:)[0-9a-f:]+\b")
LONG_ID = re.compile(r"\b[0-9a-f]{64}\b")
SHORT_ID = re.compile(r"(?<![0-9a-f:.])(?:br-|dm-)?[0-9a-f]{12}(?![0-9a-f:.])")
VETH = re.compile(r"\bveth[0-9a-f]{7}\b")
ULA = re.compile(r"\bfd[0-9a-f]{2}:[0-9a-f]{1,4}:[0-9a-f]{1,4}(?=:)")
UNORDERED = re.compile(r"ip netns( list)?$|bridge (-\S+ )*fdb|ip (-\S+ )*neigh|conntrack -L|docker (network ls|ps)|ss ")
BLUR = [
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\dZ+:-]*"), "<when>"),
    (re.compile(r"time=[\d.]+ ms"), "time=<t> ms"),
    (re.compile(r"time \d+ms"), "time <t>ms"),
    (re.compile(r"(rtt|round-trip) min/avg/max(/mdev)? = [\d./]+ ms(, pipe \d+)?"), "<rtt>"),
    (re.compile(r"(?<=\s)[\d.]+ ?ms\b"), "<t> ms"),
    (re.compile(r"^# (Generated|Completed).*$", re.M), "#"),
    (re.compile(r"\[\d+:\d+\]"), "[<n>]"),
    (re.compile(r"\b([0-9a-f]{4})\.(?:[0-9a-f]{12}|(?:[0-9a-f]{1,2}:){5}[0-9a-f]{1,2}|<mac\d+>)"), r"\1.<bridge>"),
    (re.compile(r'"(\w*timer)": [\d.]+'), r'"\1": <s>'),
    (re.compile(r"link-netns dockerhost"), "link-netnsid 0"),
    (re.compile(r"\bid \d+, seq"), "id <id>, seq"),
    (re.compile(r"\b(3276[89]|327[7-9]\d|32[89]\d\d|3[3-9]\d{3}|4\d{4}|5\d{4}|60\d{3})\b"), "<eport>"),
    (re.compile(r"\b(seq|ack) \d{6,}"), r"\1 <n>"),
    (re.compile(r"TS val \d+ ecr \d+"), "TS"),
    (re.compile(r"\bpid=\d+"), "pid=<pid>"),
    (re.compile(r'"(Pid|SandboxID|SandboxKey)": [^,\n]+'), r'"\1": <>'),
    (re.compile(r"^(tcp|udp|icmp|icmpv6)( +\d+) \d+ ", re.M), r"\1\2 <s> "),
    (
        re.compile(
            r"\b(expires|used|age|ageing|hello_timer|tcn_timer|topology_change_timer|gc_timer)([ :]+)[\d./]+(sec)?"
        ),
        r"\1 <s>",
    ),
    (re.compile(r"\bup \d+ \w+|Up (Less than a second|About a minute|\d+ \w+)"), "Up <t>"),
    (re.compile(r"(Less than a second|About a minute|\d+ (seconds?|minutes?)) ago"), "<t> ago"),
    (
        re.compile(
            r";; (Query time|WHEN|MSG SIZE)[^\n]*|;; ->>HEADER<<-[^\n]*id: \d+|; COOKIE:[^\n]*|; <<>> DiG[^\n]*"
        ),
        ";;",
    ),
]
INSPECT_CONTAINER = {
    "": ("Name", "NetworkSettings", "HostConfig", "Config", "State"),
    "HostConfig": (
        "NetworkMode",
        "PortBindings",
        "Links",
        "ExtraHosts",
        "Dns",
        "DnsSearch",
        "DnsOptions",
        "PublishAllPorts",
    ),
    "Config": ("Hostname", "Domainname", "ExposedPorts", "Image"),
    "State": ("Status", "Running"),
}
FRAME_NOISE = re.compile(r"multicast listener|router solicitation|^$|IPv6.*DAD")


class Renamer:
    """Gives each random name of one recording a stable name, in order of first appearance."""

    def __init__(self, literal: set[str]) -> None:
        self._names: dict[str, dict[str, str]] = {}
        self._literal = literal

    def _name(self, kind: str, token: str) -> str:
        if token in self._literal:
            return token
        kinds = self._names.setdefault(kind, {})
        return kinds.setdefault(token, f"<{kind}{len(kinds) + 1}>")

    def _id(self, token: str) -> str:
        prefix, digits = ("", token) if token[2:3] != "-" else (token[:3], token[3:])
        return token if digits.isdigit() else prefix + self._name("id", digits[:12])

    def __call__(self, text: str) -> str:
        text = MAC.sub(lambda m: m[0] if KNOWN_MAC.match(m[0]) else self._name("mac", m[0]), text)
        text = LINK_LOCAL.sub(lambda m: self._name("ll", m[0]), text)
        text = ULA.sub(lambda m: self._name("ula", m[0]), text)
        text = SOLICITED.sub(lambda m: self._name("sol", m[0][-7:]), text)
        text = LONG_ID.sub(lambda m: self._id(m[0]), text)
        text = SHORT_ID.sub(lambda m: self._id(m[0]), text)
        return VETH.sub(lambda m: self._name("veth", m[0]), text)


@attrs.frozen
class Step:
    """One step of a recording, normalised."""

    command: str
    status: int | None
    lines: list[str]
    varies: bool


@attrs.frozen
class Judged:
    """A step of the real machine, and what the simulator made of it."""

    real: Step
    verdict: str
    simulated: Step | None


def relevant(command: str, stdout: str) -> str:
    """JSON output reduced to what concerns the network; other output unchanged."""
    try:
        data = json.loads(stdout)
    except ValueError:
        return stdout
    if (
        re.match(r"docker (container )?inspect", command)
        and isinstance(data, list)
        and data
        and "HostConfig" in data[0]
    ):
        data = [{k: {f: o[k].get(f) for f in INSPECT_CONTAINER[k]} if k in INSPECT_CONTAINER else o[k]
                 for k in INSPECT_CONTAINER[""]} for o in data]  # fmt: skip
    for network in data if isinstance(data, list) else []:
        if isinstance(network, dict) and isinstance(network.get("Containers"), dict):
            network["Containers"] = sorted(network["Containers"].values(), key=lambda endpoint: str(endpoint["Name"]))
    return json.dumps(data, indent=1, sort_keys=True)


def normal(command: str, text: str, rename: Renamer) -> list[str]:
    text = rename(text)
    for pattern, replacement in BLUR:
        text = pattern.sub(replacement, text)
    lines = [re.sub(r"[ \t]+", " ", line).rstrip() for line in text.splitlines()]
    return sorted(lines) if UNORDERED.search(command) else lines


def frames(step: dict[str, Any], rename: Renamer) -> list[str]:
    kept: list[str] = []
    for line in step["capture"]["frames"]:
        bare = re.sub(r"^[\d.]+ ", "", line)
        if not FRAME_NOISE.search(bare):
            kept += normal("", bare, rename)
    return kept


def steps_of(recording: dict[str, Any]) -> Iterator[Step]:
    commands = " ".join(step.get("cmd", "") for step in recording["steps"])
    rename = Renamer(set(MAC.findall(commands)) | set(ULA.findall(commands)))
    for step in recording["steps"]:
        varies = bool(step.get("varies", False))
        if "cmd" in step and "rc" in step:
            out = normal(step["cmd"], relevant(step["cmd"], step["stdout"]), rename)
            yield Step(step["cmd"], step["rc"], out + normal(step["cmd"], step["stderr"], rename), varies)
        elif "capture" in step:
            yield Step("@capture {netns} {dev}".format(**step["capture"]), 0, frames(step, rename), varies)


def judge(real: dict[str, Any], simulated: dict[str, Any]) -> list[Judged]:
    """Every step of the real recording that another real machine answered alike."""
    ours = list(steps_of(simulated))
    judged: list[Judged] = []
    for index, theirs in enumerate(steps_of(real)):
        if theirs.varies:
            continue
        own = ours[index] if index < len(ours) and ours[index].command == theirs.command else None
        judged.append(Judged(theirs, _verdict(theirs, own), own))
    return judged


def _verdict(theirs: Step, own: Step | None) -> str:
    if own is None:
        return "absent"
    if (theirs.status, theirs.lines) == (own.status, own.lines):
        return "same"
    return "rc" if theirs.status == own.status else "differs"
