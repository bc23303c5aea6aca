"""Simulated time follows the clock of the computer.

A lab's time passes only while its engine runs.  Here it runs in slices, up to the time that the clock of the computer
shows (times `speed`), and sleeps until the next event is due.  With `speed` None no client waits for time to pass: as
long as an operation runs its events follow each other at once, otherwise time passes as it does outside.  A
simulation that is slower than the clock falls behind, and loses nothing.

The lab's budget is that of the time until the simulation has caught up with the clock, or an operation has ended: a lab
that does what its clients ask goes on, one in which something runs away is ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Generator, Iterator
from typing import Any, Final, TypeVar

from vnetsim.clock import SECOND
from vnetsim.engine import Engine, FrameStorm
from vnetsim.engine.task import Task
from vnetsim.errors import BudgetExceeded
from vnetsim.process import Killed
from vnetsim.wallclock import WallClock

#: Steps of the simulation before other clients get their turn.
_SLICE: Final = 1000
#: An event that is farther away is waited for at the greatest speed, too: an idle program sleeps for ages.
_FARTHEST: Final = 3600 * SECOND
#: The clock is looked at this often at least, in seconds.
_LONGEST_NAP: Final = 5.0

Result = TypeVar("Result")


class Pace:
    """`engine` gives the clock of the machine; `wall` nanoseconds of the computer's clock; `complain` prints a line."""

    def __init__(
        self,
        engine: Callable[[], Engine],
        speed: float | None = 1.0,
        *,
        wall: Callable[[], int] = time.monotonic_ns,
        complain: Callable[[str], object] = lambda _: None,
    ) -> None:
        self._engine, self._complain = engine, complain
        #: Whether clients wait for simulated time.
        self._is_followed = speed is not None
        self._clock = WallClock(speed or 1.0, wall)
        #: Operations whose clients wait for their end, and that have not ended.
        self._hurried: dict[asyncio.Future[Any], Callable[[], bool]] = {}
        #: Connections of the simulation to what is outside it.
        self._outside = 0
        self._woken = asyncio.Event()
        self._futures: set[asyncio.Future[Any]] = set()
        #: Who waits for anything to happen.
        self._watchers: list[asyncio.Future[None]] = []
        #: Set when the lab can run no more.
        self.broken: BudgetExceeded | None = None
        self._synchronise()

    def _synchronise(self) -> None:
        """From now on both clocks run together."""
        self._clock.synchronise(self._engine().now())

    # --- operations --------------------------------------------------------------------------------------------------

    async def complete(
        self, steps: Generator[Any, Any, Result], *, follows_client: bool = False,
        hurries: Callable[[], bool] = lambda: True,
    ) -> Result:  # fmt: skip
        """Run a generator of the simulation to its end; what it raises is raised.

        The operation goes on when its client leaves, unless it `follows_client`: then it is killed.  While it
        `hurries` its events follow each other at once, where no client waits for simulated time.
        """
        self.check()
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        task = self._spawn(steps, future)
        self._futures.add(future)
        self._hurried[future] = hurries
        self.wake()
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            if follows_client:
                task.throw(Killed())
            raise
        finally:
            self._hurried.pop(future, None)
            self._futures.discard(future)

    def _spawn(self, steps: Generator[Any, Any, Result], future: asyncio.Future[Result]) -> Task:
        def program() -> Generator[Any, Any, int]:
            try:
                answer = yield from steps
            except Exception as error:  # it is the caller's
                _settle(future, error)
                return 1
            except BaseException:
                future.cancel()
                raise
            finally:
                # At once: until the client's turn comes, time would run on to later events.
                self._hurried.pop(future, None)
            if not future.done():
                future.set_result(answer)
            self._engine().meter.renew()
            return 0

        return self._engine().spawn(program())

    @contextlib.contextmanager
    def unhurried(self) -> Iterator[None]:
        """Within it time passes as outside: something outside is to answer to the simulation."""
        self._outside += 1
        try:
            yield
        finally:
            self._outside -= 1
            self.wake()

    async def moved(self, seconds: float | None = None) -> None:
        """Until something may have happened, `seconds` at most."""
        watcher: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._watchers.append(watcher)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await watcher

    def check(self) -> None:
        """BudgetExceeded if the lab has been ended."""
        if self.broken is not None:
            raise BudgetExceeded(*self.broken.args)

    def catch_up(self) -> None:
        """Let the simulation run up to the present, for one slice at most: before a request is handled."""
        if self.broken is None:
            self._reach_present()

    # --- the loop ----------------------------------------------------------------------------------------------------

    def wake(self) -> None:
        """Something was scheduled: look at the next event again."""
        self._woken.set()

    async def run(self) -> None:
        """Until it is cancelled, or the lab is ended."""
        while self.broken is None:
            self._woken.clear()
            behind = self._step()
            # Other clients' turn; then sleep until something is due.
            await asyncio.sleep(0)
            if not behind:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._nap()):
                        await self._woken.wait()

    def _step(self) -> bool:
        """Run a slice; whether there is more to run at once."""
        due = self._engine().next_due() if self._hurries else None
        if due is None or due - self._engine().now() > _FARTHEST:
            return not self._reach_present()
        # A frame that is due comes after what ends at the same instant.
        self._run(max(due + 1, self._clock.due()))
        self._synchronise()
        return True

    @property
    def _hurries(self) -> bool:
        """Whether the next event follows at once."""
        followed = self._is_followed or self._outside
        return not followed and any(hurries() for hurries in list(self._hurried.values()))

    def _reach_present(self) -> bool:
        """Run up to the time of the clock, for one slice at most; whether it is reached."""
        reached = self._run(self._clock.due())
        if reached:
            self._engine().meter.renew()
        return reached

    def _nap(self) -> float:
        """Seconds until the next event is due."""
        due = self._engine().next_due()
        if due is None:
            return _LONGEST_NAP
        return min(_LONGEST_NAP, self._clock.seconds_until(due))

    def _run(self, until: int) -> bool:
        """Run up to a time, for one slice at most; whether it is reached, or never will be."""
        engine = self._engine()
        watchers, self._watchers = self._watchers, []
        for watcher in watchers:
            if not watcher.done():
                watcher.set_result(None)
        try:
            return engine.advance(until, _SLICE)
        except FrameStorm as storm:
            engine.drop_backlog()
            self._complain(str(storm))
        except BudgetExceeded as ended:
            self._break(ended)
        return True

    def _break(self, ended: BudgetExceeded) -> None:
        """Whoever waits for an operation learns that it will not end."""
        self.broken = ended
        self._complain(f"vnetsim: {ended}")
        for future in self._futures:
            _settle(future, BudgetExceeded(*ended.args))


def _settle(future: asyncio.Future[Any], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
