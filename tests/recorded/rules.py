"""After every recorded configuration, saved rules are line by line those of the recorded host.

Where the order is chance on a real engine (it goes through the networks and containers of an engine before it in any
order when it starts), the rules are compared as a set.
"""

from __future__ import annotations

from collections.abc import Iterable

from tests.recorded.verdicts import Judged

#: Recordings in which an engine starts with networks or containers of an engine before it.
ANY_ORDER = ("docker/daemon_json", "docker/daemon_json_errors", "docker/life_engine_restart", "docker/life_reboot")
_SAVES = ("iptables-save", "ip6tables-save")


def check_saved_rules(scenario: str, steps: Iterable[Judged]) -> None:
    for step in steps:
        if not step.real.command.startswith(_SAVES) or step.real.varies:
            continue
        assert step.simulated is not None
        ours, theirs = step.simulated.lines, step.real.lines
        if scenario in ANY_ORDER:
            ours, theirs = _unordered(ours), _unordered(theirs)
        assert ours == theirs, step.real.command


def _unordered(lines: list[str]) -> list[str]:
    """Ids are numbered in the order of their appearance, and so say nothing here."""
    return sorted(" ".join("<id>" if "<id" in word else word for word in line.split()) for line in lines)
