"""The state of a container and its restarts (container/state.go, restartmanager of moby 28.5)."""

from __future__ import annotations

from typing import Final

from vnetsim.docker.api.types import Json
from vnetsim.docker.gotypes import ZERO_TIME, human_duration, timestamp
from vnetsim.process import Child, Completion
from vnetsim.values import define

STATES: Final = ("created", "running", "paused", "restarting", "removing", "exited", "dead")


@define(kw_only=True)
class ContainerState:
    """Times in nanoseconds since 1970, 0 for never."""

    running: bool = False
    paused: bool = False
    restarting: bool = False  #: waits for its restart by policy
    dead: bool = False
    exit_code: int = 0
    error: str = ""
    started_at: int = 0
    finished_at: int = 0

    @property
    def status(self) -> str:
        if self.running:
            return "paused" if self.paused else "restarting" if self.restarting else "running"
        if self.dead:
            return "dead"
        return "exited" if self.started_at else "created"

    def human_status(self, now: int) -> str:
        """The STATUS column of `docker ps`."""
        if self.running and self.restarting:
            return f"Restarting ({self.exit_code}) {human_duration(now - self.finished_at)} ago"
        if self.running:
            return f"Up {human_duration(now - self.started_at)}" + (" (Paused)" if self.paused else "")
        if not self.started_at:
            return "Created"
        if not self.finished_at:
            return ""
        return f"Exited ({self.exit_code}) {human_duration(now - self.finished_at)} ago"

    def json(self, pid: int) -> Json:
        return {
            "Status": self.status,
            "Running": self.running,
            "Paused": self.paused,
            "Restarting": self.restarting,
            "OOMKilled": False,
            "Dead": self.dead,
            "Pid": pid,
            "ExitCode": self.exit_code,
            "Error": self.error,
            "StartedAt": timestamp(self.started_at) if self.started_at else ZERO_TIME,
            "FinishedAt": timestamp(self.finished_at) if self.finished_at else ZERO_TIME,
        }


@define(kw_only=True)
class RestartManager:
    """A container's restarts by its policy (restartmanager): their count, and the delay before the last one.

    `cancelled`: a client ended this run, `stopping`: by `docker stop`; `by_hand`: HasBeenManuallyStopped, which lasts.
    """

    count: int = 0
    delay: int = 0
    cancelled: bool = False
    by_hand: bool = False
    stopping: bool = False
    waiting: Child | None = None


class Waiters:
    """Who waits for a container's next exit (`stopWaiters`), removal (`removeOnlyWaiters`), or `Container.Reset`."""

    __slots__ = ("next_exit", "removal", "reset")

    def __init__(self) -> None:
        self.next_exit: list[Completion] = []
        self.removal: list[Completion] = []
        self.reset: list[Completion] = []

    def by_condition(self, condition: str) -> list[Completion]:
        return {"removed": self.removal, "reset": self.reset}.get(condition, self.next_exit)

    def ended(self, status: int) -> None:
        waiting, self.next_exit = self.next_exit, []
        for completion in waiting:
            completion.set(status)
        self.closed(status)

    def closed(self, status: int) -> None:
        waiting, self.reset = self.reset, []
        for completion in waiting:
            completion.set(status)

    def removed(self, status: int) -> None:
        """The end of all waiting: what is removed has no next exit."""
        waiting, self.removal = self.removal, []
        for completion in waiting:
            completion.set(status)
        self.ended(status)
