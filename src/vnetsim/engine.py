"""The discrete-event engine: time passes only when it runs.  The only module that imports SimPy.

SimPy's heap holds what takes time: timers, and programs that wait (each is a SimPy process).  Frames do not go
through the heap.  A frame that leaves a device waits in one queue for the softirq that will receive it, as it does
on Linux (net/core/dev.c: enqueue_to_backlog, net_rx_action): the machine handles them one after the other,
`HOP_NS` after they were queued at the earliest, `FRAME_NS` apart.  So a frame never runs on the stack of the one
that sent it, a loop of bridges costs simulated time like any other work, and a hop is cheaper than a SimPy event.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from heapq import heapify, heappop, heappush
from typing import Any, Final

import simpy
from simpy.events import NORMAL, URGENT, AnyOf

from vnetsim.budget import QUANTUM_STEPS, Budget, Meter
from vnetsim.errors import BudgetExceeded, KernelError, UsageError, VnetsimError
from vnetsim.process import BrokenPipe, Interrupted, Killed
from vnetsim.wallclock import WallClock

#: From leaving one device to arriving at the next, in nanoseconds.
HOP_NS: Final = 5_000
#: Processing time of one frame, in nanoseconds.
FRAME_NS: Final = 1_000
#: Frames that may wait at one instant (net.core.netdev_max_backlog is 1000 for each processor).
MAX_BACKLOG: Final = 1_000
#: Steps between two looks at the clock of the computer.
_SLICE: Final = 1_000
#: Cancelled timers that may stay in the heap.
_MOST_CANCELLED: Final = 100
#: Later than any event.
_NEVER: Final = 1 << 62
_REBOOTED: Final = "this waits for something on a machine that has been rebooted meanwhile"
_SIGINT: Final = 2
_SIGKILL: Final = 9
_SIGPIPE: Final = 13


class FrameStorm(VnetsimError):
    """The frame limit of one run was reached: frames multiply or circle."""

    def __str__(self) -> str:
        return f"vnetsim: stopped after {self.args[0]} frames: they circle in a loop (of bridges, most likely)"


class Softirq:
    """The frames that wait, each with the time at which it is due, what to call then, and itself.

    `instant` is the time, for hot paths that avoid a call.  `generation` changes with everything that decides what
    becomes of frames (rt_genid, for all of it): what was recorded of an earlier one is stale.  `records` is whether
    anything is recorded.  `observer` is called with the time of each event and frame before it happens.
    """

    __slots__ = ("backlog", "generation", "instant", "observer", "records")

    def __init__(self) -> None:
        self.backlog: deque[tuple[int, Callable[[Any], object], Any]] = deque()
        self.instant = 0
        self.generation = 0
        self.records = True
        self.observer: Callable[[int], object] | None = None


class _Timer(simpy.Timeout):
    """A timeout that may be cancelled."""

    cancelled = False


class _Environment(simpy.Environment):
    """SimPy's environment with the softirq queue beside its heap."""

    def __init__(self, now: int, meter: Meter) -> None:
        self.meter = meter
        #: Steps until the meter is charged again.
        self.quantum = QUANTUM_STEPS
        self.softirq = Softirq()
        self.softirq.instant = now
        self.frames_left: int = 0
        self.frame_limit: int = 0
        #: The most events of the heap that were cancelled.
        self._cancelled = 0
        #: No event of the heap is due before; what the softirq does may bring it nearer.
        self._horizon: float = _NEVER
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

    def schedule(self, event: simpy.Event, priority: Any = NORMAL, delay: float = 0) -> None:
        """SimPy's, and a note for the softirq."""
        due = self.softirq.instant + delay
        if due < self._horizon:
            self._horizon = due
        heappush(self._queue, (due, priority, next(self._eid), event))

    def step(self) -> None:
        """Everything in the backlog that is due before the next event of the heap; if that is nothing, that event."""
        self.quantum -= 1
        if not self.quantum:
            self.quantum = QUANTUM_STEPS
            self.meter.charge_steps(QUANTUM_STEPS)
        softirq, heap = self.softirq, self._queue
        backlog = softirq.backlog
        self._horizon = heap[0][0] if heap else _NEVER
        if not backlog or self._horizon <= backlog[0][0]:
            if heap:
                if softirq.observer is not None:
                    softirq.observer(int(self._horizon))
                softirq.instant = heap[0][0]  # type: ignore[assignment]  # all our delays are integers
            super().step()
            return
        popleft, left, observer = backlog.popleft, self.frames_left, softirq.observer
        try:
            while backlog:
                due, call, frame = first = popleft()
                if due >= self._horizon:
                    backlog.appendleft(first)
                    return
                if not left:
                    raise FrameStorm(self.frame_limit)
                left -= 1
                if observer is not None:
                    observer(due)
                softirq.instant = due
                call(frame)
        finally:
            self.frames_left = left
            self._now = softirq.instant


def _queue_of(softirq: Softirq) -> Callable[[Callable[[Any], object], Any], bool]:
    """A closure instead of a method, because every hop calls it: local variables instead of attributes."""
    backlog = softirq.backlog
    append = backlog.append

    def queue(call: Callable[[Any], object], frame: Any) -> bool:
        due = softirq.instant + HOP_NS
        if backlog:
            if len(backlog) >= MAX_BACKLOG:
                return False
            behind = backlog[-1][0] + FRAME_NS
            if behind > due:
                due = behind
        append((due, call, frame))
        return True

    return queue


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


class Signal:
    """A value that is set once, and that programs wait for."""

    __slots__ = ("event",)

    def __init__(self, event: simpy.Event) -> None:
        self.event = event

    @property
    def is_set(self) -> bool:
        return bool(self.event.triggered)

    def set(self, value: object = None) -> None:
        """Setting it again changes nothing."""
        if not self.event.triggered:
            self.event.succeed(value)

    def fail(self, error: KernelError) -> None:
        """Whoever waits for it gets the error."""
        if not self.event.triggered:
            self.event.fail(error)
            # A failure without a waiting program must not stop the engine.
            self.event.defused = True


class Alarm(Signal):
    """A signal that time sets."""

    __slots__ = ()

    @property
    def is_set(self) -> bool:
        return bool(self.event.processed)


class Task:
    """A running program: a SimPy process around its generator."""

    __slots__ = ("_env", "_pending", "_process", "_program", "_resumed", "finished", "signal", "status")

    def __init__(self, env: simpy.Environment, program: Generator[Any, Any, int]) -> None:
        self._env, self._program = env, program
        self._pending: BaseException | None = None
        #: What a stopped program waits for.
        self._resumed: simpy.Event | None = None
        self.status: int | None = None
        #: The number of the signal that ended it.
        self.signal: int | None = None
        self.finished = Signal(env.event())
        self._process = env.process(self._steps())

    def throw(self, signal: BaseException) -> None:
        """Throw Killed, Interrupted or BrokenPipe into the program where it waits; nothing if it is over."""
        if self.status is None and self._process.is_alive:
            self._pending = signal
            self._process.interrupt()

    def stop(self) -> None:
        """It goes on waiting, and does nothing about what it waited for, until it is resumed or killed."""
        if self._resumed is None:
            self._resumed = self._env.event()

    @property
    def is_stopped(self) -> bool:
        return self._resumed is not None

    def resume(self) -> None:
        if self._resumed is not None:
            self._resumed.succeed()
            self._resumed = None

    def _steps(self) -> Generator[Any, Any, None]:
        answer: object = None
        error: BaseException | None = None
        while True:
            try:
                waited = self._program.send(answer) if error is None else self._program.throw(error)
            except StopIteration as end:
                self._end(end.value)
                return
            except Killed as killed:
                self._die(killed.args[0] if killed.args else _SIGKILL)
                return
            except Interrupted:
                self._die(_SIGINT)
                return
            except BrokenPipe:
                self._die(_SIGPIPE)
                return
            answer, error = None, None
            event = waited.event if isinstance(waited, Signal) else waited
            if event.env is not self._env:
                error = UsageError(_REBOOTED)
                continue
            try:
                answer = yield event
            except simpy.Interrupt:
                error, self._pending = self._pending, None
            except KernelError as refused:
                error = refused
            if self._resumed is not None:
                error = (yield from self._wait_stopped(error)) or error

    def _wait_stopped(self, error: BaseException | None) -> Generator[Any, Any, BaseException | None]:
        """Until it is resumed; what was thrown at it meanwhile.  SIGKILL does not wait."""
        thrown = None
        while self._resumed is not None and not is_sigkill(error):
            try:
                yield self._resumed
            except simpy.Interrupt:
                thrown, self._pending = self._pending, None
                error = thrown
        return thrown

    def _die(self, signal: int) -> None:
        self.signal = signal
        self._end(128 + signal)

    def _end(self, status: int | None) -> None:
        self.status = status or 0
        self.finished.set(self.status)


def is_sigkill(error: BaseException | None) -> bool:
    return isinstance(error, Killed) and error.args[:1] in ((), (_SIGKILL,))


class Engine:
    """A Clock.  Events due at the same nanosecond happen in the order in which they were scheduled."""

    def __init__(self, frame_limit: int = 1_000_000, now: int = 0, meter: Meter | None = None) -> None:
        """`now`: where its clock begins, in nanoseconds.  `meter` counts what runs use, and ends them."""
        self.meter = meter or Meter(Budget())
        self._env = _Environment(now, self.meter)
        self._env.frame_limit = frame_limit
        #: `queue(call, frame)`: let the softirq `call(frame)`; False if the backlog is full and the frame is lost.
        self.queue = _queue_of(self._env.softirq)
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
        self.softirq.backlog.clear()

    def signal(self) -> Signal:
        return Signal(self._env.event())

    def timeout(self, delay: int) -> Signal:
        """A signal that sets itself after `delay` nanoseconds."""
        return Alarm(self._env.timeout(delay))

    def any_of(self, signals: Iterable[Signal]) -> Signal:
        events = [signal.event for signal in signals]
        if any(event.env is not self._env for event in events):
            raise UsageError(_REBOOTED)
        first = AnyOf(self._env, events)
        # The waiting program may have ended when one of them fails.
        first.defused = True
        return Signal(first)

    def spawn(self, program: Generator[Any, Any, int]) -> Task:
        return Task(self._env, program)

    def interrupt(self, call: Callable[[object], None]) -> None:
        """Call it before all other events of this instant, as SimPy interrupts a process."""
        event = self._env.event()
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
        env.frames_left = min(env.frame_limit, self.meter.frames_left + 1, allowed)
        if until is not None and until.event.env is not env:
            raise UsageError(_REBOOTED)
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
        self._env.frames_left = min(self._env.frame_limit, self.meter.frames_left + 1)
        return self._run_slice(until, steps)

    def _run_slice(self, until: int, steps: int, end: simpy.Event | None = None) -> bool:
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

    def _follow(self, wall: WallClock, end: simpy.Event) -> None:
        """Run up to an event, not ahead of the clock of the computer."""
        while not end.processed:
            if self._run_slice(wall.due(), _SLICE, end) and not end.processed:
                due = self.next_due()
                # A frame that is due comes after what ends at the same instant.
                wall.nap(None if due is None else due + 1)

    def _run(self, end: simpy.Event | None) -> None:
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
        outermost, frames = meter.begin_run(), env.frames_left
        try:
            yield
        finally:
            if outermost:
                meter.end_run()
            meter.charge_frames(frames - env.frames_left)
            meter.check()
