"""The health of a container with a health check (container/health.go of moby 28.5)."""

from __future__ import annotations

from typing import Final

import attrs

from vnetsim.docker.api.types import Json, JsonObject
from vnetsim.process import Child
from vnetsim.values import define

STARTING: Final = "starting"
HEALTHY: Final = "healthy"
UNHEALTHY: Final = "unhealthy"
NONE: Final = "none"

#: How many results of probes are kept.
_KEPT: Final = 5


@define(eq=False, kw_only=True)
class Health:
    """`results` are those of the last probes, the oldest first; `monitor` runs them."""

    status: str = STARTING
    failing_streak: int = 0
    results: list[Json] = attrs.field(factory=list)
    monitor: Child | None = None

    def begin(self) -> None:
        self.status, self.failing_streak = STARTING, 0

    def end(self) -> None:
        """A container whose monitor has stopped is unhealthy (Health.CloseMonitorChannel)."""
        if self.monitor is not None:
            self.monitor.kill()
            self.monitor = None
            self.status = UNHEALTHY

    def lose(self) -> None:
        """The monitor went with the machine."""
        self.monitor, self.status = None, UNHEALTHY

    def note(self, result: Json) -> None:
        self.results = [*self.results[1 - _KEPT :], result]

    def json(self) -> Json:
        return {"Status": self.status, "FailingStreak": self.failing_streak, "Log": list(self.results)}

    def __str__(self) -> str:
        """As the STATUS column of `docker ps` has it."""
        return f"health: {self.status}" if self.status == STARTING else self.status


def has_check(config: JsonObject) -> bool:
    """Whether a container's Config has a check, and does not switch it off."""
    test = (config["Healthcheck"] or {}).get("Test") or ["NONE"]
    return bool(test[0] != "NONE")
