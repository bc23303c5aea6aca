"""Who waits for a container (container/state.go of moby 28.5)."""

from __future__ import annotations

from vnetsim.process import Completion


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
