"""Every ping of the tutorial that fails is explained: the trace names hook, chain and rule, or what was missing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from vnetsim import Lab
from vnetsim.result import Result
from vnetsim.scenario.document import Command, Pause
from vnetsim.scenario.load import load

SCENARIOS = sorted((Path(__file__).parent.parent / "scenarios").glob("*.md"))

#: A command that sends pings, of which nothing came back.
_PING = re.compile(r"\bping\b")
_LOST = re.compile(r"[1-9]\d* packets transmitted, 0 (packets )?received")
#: No packet left: what the command printed is the reason.
_NEVER_SENT = "ping: local error"
#: What an explanation names: where, and which rule, policy, route, neighbour, cable or device decided.
_DECIDERS = re.compile(
    r"^\S.*: (.*\((raw|mangle|nat|filter) (PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING), "
    r"(\S+ rule \d+: .*|by its policy)\)"
    r"|the bridge port .*|the device has no carrier|the device is down|no route leads.*|a route .*"
    r"|nobody answered ARP.*"
    r"|nobody has answered ARP yet \(\S+\)|the echo request arrived, and no route leads its answer back to \S+"
    r"|its time to live was used up|it does not fit and must not be fragmented.*"
    r"|ICMP errors to that host are rate limited|a blackhole route swallowed it .*"
    r"|this host does not forward.*|its source address .*|the reverse path filter .*)$"
)


def lost_pings(path: Path) -> Iterator[tuple[Command, Result, str]]:
    """The commands of a session whose pings were all lost, with the explanation."""
    lab = Lab(watch=True)
    for part in load(path).parts:
        if isinstance(part, Pause):
            lab.sleep(part.seconds)
        elif isinstance(part, Command):
            result = lab.run(part.text)
            if _PING.search(part.text) and _LOST.search(result.stdout) and _NEVER_SENT not in result.output:
                yield part, result, lab.why()


def test_there_is_a_tutorial() -> None:
    assert len(SCENARIOS) >= 5


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: str(path.stem))
def test_a_ping_that_fails_is_explained(path: Path) -> None:
    for command, result, why in lost_pings(path):
        told = [line for line in why.splitlines() if _DECIDERS.search(line)]
        assert told, f"{path.name}:{command.line}: $ {command.text}\n{result.output}\nwhy: {why}"


def test_some_pings_of_the_tutorial_do_fail() -> None:
    assert sum(1 for path in SCENARIOS for _ in lost_pings(path)) >= 3
