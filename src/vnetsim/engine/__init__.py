"""The discrete-event engine: time passes only when it runs.  The only package that imports SimPy.

SimPy's heap holds what takes time: timers, and programs that wait (`engine.task`).  Frames do not go
through the heap.  A frame that leaves a device waits in one queue for the softirq that will receive it, as it does
on Linux (net/core/dev.c: enqueue_to_backlog, net_rx_action): the machine handles them one after the other,
`HOP_NS` after they were queued at the earliest, `FRAME_NS` apart.  So a frame never runs on the stack of the one
that sent it, a loop of bridges costs simulated time like any other work, and a hop is cheaper than a SimPy event.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from heapq import heapify, heappop, heappush
from typing import Any, Final

from vnetsim.budget import QUANTUM_STEPS, Budget, Meter
from vnetsim.engine.simpy_events import NORMAL, URGENT, AnyOf, Environment, Event, Timeout
from vnetsim.engine.softirq import FRAME_NS, HOP_NS, MAX_BACKLOG, NEVER, Copies, FrameStorm, Softirq, queue_of
from vnetsim.engine.task import REBOOTED, Alarm, Signal, Steps, Task
from vnetsim.errors import BudgetExceeded, UsageError
from vnetsim.wallclock import TICK, WallClock

__all__ = ["FRAME_NS", "HOP_NS", "MAX_BACKLOG", "Engine", "FrameStorm", "Scheduled", "Softirq"]

#: Steps between two looks at the clock of the computer.
_SLICE: Final = 1_000
#: Without a clock, how far such a slice goes, in nanoseconds.
_AHEAD: Final = 1_000_000_000
#: Cancelled timers that may stay in the heap.
_MOST_CANCELLED: Final = 100


class _Timer(Timeout):
    """A timeout that may be cancelled."""

    cancelled = False


class _Environment(Environment):
    """SimPy's environment with the softirq queue beside its heap."""

    def __init__(self, now: int, meter: Meter) -> None:
        self.meter = meter
        #: Steps until the meter is charged again.
        self.quantum = QUANTUM_STEPS
        self.softirq = Softirq()
        self.softirq.instant = now
        self.frame_limit: int = 0
        #: The most events of the heap that were cancelled.
        self._cancelled = 0
        super().__init__(now)

    def cancel(self, timer: _Timer) -> None:
        """It will change nothing; the heap gets rid of such timers when they are most of it."""
        if timer.callbacks is None or timer.cancelled:
            return
        timer.cancelled = True
        timer.callbacks.clear()
        self._cancelled += 1
        if self._cancelled > max(_MOST_CANCELLED, len(self._queue) // 2):
            self._queue[:] = [entry for entry in self._queue if not getattr(entry[3], "cancelled", False)]
            heapify(self._queue)
            self._cancelled = 0

    def next_due(self) -> int | None:
        """When the next event happens, in the heap or the backlog."""
        while self._queue and getattr(self._queue[0][3], "cancelled", False):
            heappop(self._queue)
            self._cancelled -= 1
        due = [int(self._queue[0][0])] if self._queue else []
        if self.softirq.backlog:
            due.append(self.softirq.backlog[0][0])
        return min(due, default=None)

    def schedule(self, event: Event, priority: Any = NORMAL, delay: float = 0) -> None:
        """SimPy's, and a note for the softirq."""
        softirq = self.softirq
        due = softirq.instant + delay
        if due < softirq.horizon:
            softirq.horizon = due
        heappush(self._queue, (due, priority, next(self._eid), event))

    def step(self) -> None:
        """Everything in the backlog that is due before the next event of the heap; if that is nothing, that event."""
        self.quantum -= 1
        if not self.quantum:
            self.quantum = QUANTUM_STEPS
            self.meter.charge_steps(QUANTUM_STEPS)
        softirq, heap = self.softirq, self._queue
        backlog = softirq.backlog
        softirq.horizon = horizon = heap[0][0] if heap else NEVER
        if not backlog or horizon <= backlog[0][0]:
            if heap:
                if softirq.observer is not None:
                    softirq.observer(int(horizon))
                softirq.instant = horizon  # type: ignore[assignment]  # all our delays are integers
            super().step()
            return
        popleft, observer = backlog.popleft, softirq.observer
        try:
            while backlog:
                due, call, frame = first = popleft()
                if due >= softirq.horizon:
                    backlog.appendleft(first)
                    return
                if not softirq.frames_left:
                    if isinstance(call, Copies):
                        call.shift(due, 1, frame)
                    raise FrameStorm(self.frame_limit)
                softirq.frames_left -= 1
                if observer is not None:
                    observer(due)
                softirq.instant = due
                call(frame)
        finally:
            self._now = softirq.instant


class Scheduled:
    """A call due later."""

    __slots__ = ("_args", "_call", "_env", "_timer")

    def __init__(self, call: Callable[..., object], args: tuple[Any, ...], env: _Environment, timer: _Timer) -> None:
        self._call: Callable[..., object] | None = call
        self._args = args
        self._env, self._timer = env, timer

    def cancel(self) -> None:
        if self._call is not None:
            self._call, self._args = None, ()
            self._env.cancel(self._timer)

    def fire(self, _event: object) -> None:
        if self._call is not None:
            self._call(*self._args)


class Engine:
    """A Clock.  Events due at the same nanosecond happen in the order in which they were scheduled."""

    def __init__(self, frame_limit: int = 1_000_000, now: int = 0, meter: Meter | None = None) -> None:
        """`now`: where its clock begins, in nanoseconds.  `meter` counts what runs use, and ends them."""
        self.meter = meter or Meter(Budget())
        self._env = _Environment(now, self.meter)
        self._env.frame_limit = frame_limit
        #: `queue(call, frame)`: let the softirq `call(frame)`; False if the backlog is full and the frame is lost.
        self.queue = queue_of(self._env.softirq)
        self.softirq = self._env.softirq
        #: Runs go no further than this clock shows, and wait for it.
        self.wall: WallClock | None = None

    def now(self) -> int:
        return self.softirq.instant

    def next_due(self) -> int | None:
        """When the next event happens, unless something is scheduled before; None: there is none."""
        return self._env.next_due()

    def after(self, delay: int, call: Callable[..., object], *args: Any) -> Scheduled:
        timer = _Timer(self._env, delay)
        scheduled = Scheduled(call, args, self._env, timer)
        assert timer.callbacks is not None
        timer.callbacks.append(scheduled.fire)
        return scheduled

    def drop_backlog(self) -> None:
        """Drop the frames in transit, as when the cable is pulled."""
        self.softirq.drop()

    def signal(self) -> Signal:
        return Signal(Event(self._env))

    def timeout(self, delay: int) -> Signal:
        """A signal that sets itself after `delay` nanoseconds."""
        return Alarm(Timeout(self._env, delay))

    def any_of(self, signals: Iterable[Signal]) -> Signal:
        events = [signal.event for signal in signals]
        if any(event.env is not self._env for event in events):
            raise UsageError(REBOOTED)
        first = AnyOf(self._env, events)
        # The waiting program may have ended when one of them fails.
        first.defused = True
        return Signal(first)

    def spawn(self, program: Steps) -> Task:
        return Task(self._env, program)

    def interrupt(self, call: Callable[[object], None]) -> None:
        """Call it before all other events of this instant, as SimPy interrupts a process."""
        event = Event(self._env)
        event._ok, event._value = True, None  # noqa: SLF001 -- as Interruption does
        assert event.callbacks is not None
        event.callbacks.append(call)
        self._env.schedule(event, URGENT)

    def limit_frames(self, frames: int) -> None:
        """From now on a run ends with FrameStorm after so many, unless its limit is lower already."""
        self._env.frame_limit = min(frames, self._env.frame_limit)

    def run(self, until: Signal | None = None, duration: int | None = None, frames: int | None = None) -> bool:
        """Run until the signal is set or `duration` nanoseconds have passed; whether the signal is set.

        FrameStorm if more frames than the limit (or than `frames`, if that is less) travelled meanwhile;
        BudgetExceeded.
        """
        env = self._env
        allowed = env.frame_limit if frames is None else frames
        env.softirq.frames_left = min(env.frame_limit, self.meter.frames_left + 1, allowed)
        if until is not None and until.event.env is not env:
            raise UsageError(REBOOTED)
        if until is None or not until.is_set:
            limit = None if duration is None else _Timer(env, duration)
            ends = [] if until is None else [until.event]
            ends += [] if limit is None else [limit]
            try:
                if self.wall is None or not ends:
                    self._run(AnyOf(env, ends) if ends else None)
                else:
                    self._follow(self.wall, AnyOf(env, ends))
            finally:
                if limit is not None:
                    env.cancel(limit)
        return until is not None and until.is_set

    def advance(self, until: int, steps: int) -> bool:
        """Run what is due up to the time `until`, at most so many steps of it; whether that was all.

        For callers between whose calls others run: FrameStorm and BudgetExceeded as in `run`.
        """
        self._env.softirq.frames_left = min(self._env.frame_limit, self.meter.frames_left + 1)
        return self._run_slice(until, steps)

    def paced(self, until: Signal) -> Iterator[float]:
        """As `run(until)`, in slices for callers that wait themselves: yields the real seconds until the next one.

        The time is that of the clock, if there is one.  FrameStorm and BudgetExceeded as in `run`.
        """
        env = self._env
        env.softirq.frames_left = min(env.frame_limit, self.meter.frames_left + 1)
        end = AnyOf(env, [until.event])
        while not end.processed:
            due = self.now() + _AHEAD if self.wall is None else self.wall.due()
            reached = self._run_slice(due, _SLICE, end)
            if not end.processed:
                yield self._until_next(self.wall) if reached and self.wall is not None else 0.0

    def _until_next(self, wall: WallClock) -> float:
        """Real seconds until something is due, a TICK at most."""
        due = self.next_due()
        return TICK if due is None else min(TICK, wall.seconds_until(due + 1))

    def _run_slice(self, until: int, steps: int, end: Event | None = None) -> bool:
        """As `advance`, within the frames that are left; no further than the event `end`."""
        env = self._env
        limit = _Timer(env, max(0, until - self.now()))
        try:
            with self._metered():
                while not limit.processed and steps and (end is None or not end.processed):
                    env.step()
                    steps -= 1
            return limit.processed
        finally:
            env.cancel(limit)

    def _follow(self, wall: WallClock, end: Event) -> None:
        """Run up to an event, not ahead of the clock of the computer."""
        while not end.processed:
            if self._run_slice(wall.due(), _SLICE, end) and not end.processed:
                due = self.next_due()
                # A frame that is due comes after what ends at the same instant.
                wall.nap(None if due is None else due + 1)

    def _run(self, end: Event | None) -> None:
        try:
            with self._metered():
                self._env.run(end)
        except (FrameStorm, BudgetExceeded):
            # The end of this run must not end a later one.
            if end is not None and end.callbacks:
                end.callbacks.clear()
            raise

    @contextlib.contextmanager
    def _metered(self) -> Iterator[None]:
        """Within it the simulation runs, and the meter counts."""
        env, meter = self._env, self.meter
        outermost, frames = meter.begin_run(), env.softirq.frames_left
        try:
            yield
        finally:
            if outermost:
                meter.end_run()
            meter.charge_frames(frames - env.softirq.frames_left)
            meter.check()
