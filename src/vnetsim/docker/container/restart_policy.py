"""Restart policies (restartmanager of moby 28.5)."""

from __future__ import annotations

from typing import Final

from vnetsim.clock import MILLISECOND, SECOND
from vnetsim.docker.container.container import Container

#: The delay between a container's end and its restart by policy; a run of `_LONG_RUN` resets it.
_SHORTEST_DELAY: Final = 100 * MILLISECOND
_LONGEST_DELAY: Final = 60 * SECOND
_LONG_RUN: Final = 10 * SECOND


def should_restart(container: Container, stopping: bool) -> bool:
    """RestartManager.ShouldRestart; sets the delay, twice as long each time.  `stopping`: the engine ends."""
    restarts, state = container.restarts, container.state
    ran = state.finished_at - state.started_at
    restarts.delay = _SHORTEST_DELAY if ran >= _LONG_RUN or not restarts.delay else restarts.delay * 2
    restarts.delay = min(restarts.delay, _LONGEST_DELAY)
    if restarts.cancelled or stopping:
        return False
    return policy_wants(container, restarts.by_hand)


def policy_wants(container: Container, by_hand: bool) -> bool:
    """Whether a container that has ended is restarted; `by_hand`: a client stopped it."""
    policy = container.host_config["RestartPolicy"]
    match policy["Name"]:
        case "always":
            return True
        case "unless-stopped":
            return not by_hand
        case "on-failure":
            most = policy["MaximumRetryCount"]
            return container.state.exit_code != 0 and (not most or container.restarts.count < most)
    return False
