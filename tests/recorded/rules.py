"""After every recorded configuration, saved rules are line by line those of the recorded host.

Where the order is chance on a real engine (it goes through the networks and containers of an engine before it in any
order when it starts), the rules are compared as a set.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from vnetsim.verify.judge import Judged

#: Recordings in which an engine starts with networks or containers of an engine before it.
ANY_ORDER = ("docker/daemon_json", "docker/daemon_json_errors", "docker/life_engine_restart", "docker/life_reboot")
_SAVES = ("iptables-save", "ip6tables-save")


_CHANCE = re.compile(r"br-[0-9a-f]{12}|fd[0-9a-f:]+::|\[\d+:\d+\]")


def check_saved_rules(scenario: str, steps: Iterable[Judged]) -> None:
    for step in steps:
        if step.real.command.startswith(_SAVES):
            assert step.simulated is not None
            same = step.verdict == "same" or (
                scenario in ANY_ORDER and _unordered(step.simulated.lines) == _unordered(step.real.lines)
            )
            assert same, "\n".join((step.real.command, *step.diff))


def _unordered(lines: list[str]) -> list[str]:
    return sorted(_CHANCE.sub("<>", line) for line in lines if not line.startswith("#"))
