"""A process that only waits to be killed: it keeps its namespaces, and costs no program."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from vnetsim.engine.task import is_sigkill
from vnetsim.process import Killed

if TYPE_CHECKING:
    from vnetsim.engine import Engine
    from vnetsim.engine.task import Signal

_SIGINT: Final = 2
_SIGKILL: Final = 9


class IdleTask:
    """As the Task of a program that sleeps for ever; `at_end` is called when a signal ends it."""

    __slots__ = ("_at_end", "_engine", "_finished", "_pending", "is_stopped", "signal", "status")

    def __init__(self, engine: Engine, at_end: Callable[[], object]) -> None:
        self._engine, self._at_end = engine, at_end
        self._pending: BaseException | None = None
        self._finished: Signal | None = None
        self.is_stopped = False
        self.status: int | None = None
        self.signal: int | None = None

    @property
    def finished(self) -> Signal:
        if self._finished is None:
            self._finished = self._engine.signal()
            if self.status is not None:
                self._finished.set(self.status)
        return self._finished

    def throw(self, signal: BaseException) -> None:
        """Nothing if it is over."""
        if self.status is None:
            self._pending = signal
            self._engine.interrupt(self._end)

    def stop(self) -> None:
        self.is_stopped = True

    def resume(self) -> None:
        self.is_stopped = False
        if self._pending is not None:
            self._engine.interrupt(self._end)

    def _end(self, _event: object) -> None:
        killed = self._pending
        if self.status is not None or (self.is_stopped and not is_sigkill(killed)):
            return
        self._at_end()
        self.signal = (killed.args[0] if killed.args else _SIGKILL) if isinstance(killed, Killed) else _SIGINT
        self.status = 128 + self.signal
        if self._finished is not None:
            self._finished.set(self.status)
