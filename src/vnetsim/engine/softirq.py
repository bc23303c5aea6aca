"""The frames that wait for the softirq, as in net/core/dev.c (enqueue_to_backlog, net_rx_action).

One frame that a bridge floods waits for all its receivers in one entry: most of them ignore it, and those between two
that do not are counted without a call for each.  Each has its own time all the same, and counts in the backlog.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final

from vnetsim.errors import VnetsimError

#: From leaving one device to arriving at the next, in nanoseconds.
HOP_NS: Final = 5_000
#: Processing time of one frame, in nanoseconds.
FRAME_NS: Final = 1_000
#: Frames that may wait at one instant (net.core.netdev_max_backlog is 1000 for each processor).
MAX_BACKLOG: Final = 1_000
#: Later than any event.
NEVER: Final = 1 << 62


class FrameStorm(VnetsimError):
    """The frame limit of one run was reached: frames multiply or circle."""

    def __str__(self) -> str:
        return f"vnetsim: stopped after {self.args[0]} frames: they circle in a loop (of bridges, most likely)"


class Softirq:
    """The frames that wait, each with the time at which it is due, what to call then, and itself.

    `instant` is the time, for hot paths that avoid a call.  `generation` changes with everything that decides what
    becomes of frames (rt_genid, for all of it): what was recorded of an earlier one is stale.  `records` is whether
    anything is recorded.  `observer` is called with the time of each event and frame before it happens.  No event of
    the heap is due before `horizon`, which what the softirq does may bring nearer.  `frames_left`: until the run ends.
    `room`: how many entries the backlog may have, which is fewer while one of them has several frames.
    """

    __slots__ = ("backlog", "frames_left", "generation", "horizon", "instant", "observer", "records", "room")

    def __init__(self) -> None:
        self.backlog: deque[tuple[int, Callable[[Any], object], Any]] = deque()
        self.instant = 0
        self.generation = 0
        self.records = True
        self.observer: Callable[[int], object] | None = None
        self.horizon: float = NEVER
        self.frames_left = 0
        self.room = MAX_BACKLOG

    def drop(self) -> None:
        """Drop all frames that wait."""
        self.backlog.clear()
        self.room = MAX_BACKLOG

    def queue_copies(self, receive: Receive, ignored: Ignored, receivers: Sequence[Any], frame: Any) -> bool:
        """As `queue(receive(receiver), frame)` for each receiver; False, and nothing is queued: some are lost."""
        backlog, last = self.backlog, len(receivers) - 1
        if len(backlog) + last >= self.room:
            return False
        due = self.instant + HOP_NS
        if backlog:
            due = max(due, backlog[-1][0] + FRAME_NS)
        if last:
            backlog.append((due, Copies(self, receive, ignored, receivers, 0, last), frame))
            self.room -= last - 1
        # What is queued later finds the time of the last one at the end.
        backlog.append((due + last * FRAME_NS, Copies(self, receive, ignored, receivers, last, last + 1), frame))
        return True


#: What a receiver does with a frame; and how many receivers of a range do nothing with it, from the first of them.
Receive = Callable[[Any, Any], object]
Ignored = Callable[[Sequence[Any], int, int, Any], int]


class Copies:
    """A frame for the receivers from `begin` to before `end`, FRAME_NS apart."""

    __slots__ = ("_begin", "_end", "_ignored", "_receive", "_receivers", "_softirq")

    def __init__(
        self, softirq: Softirq, receive: Receive, ignored: Ignored, receivers: Sequence[Any], begin: int, end: int
    ) -> None:
        self._softirq, self._receive, self._ignored = softirq, receive, ignored
        self._receivers, self._begin, self._end = receivers, begin, end

    def __call__(self, frame: Any) -> None:
        """The first one is due.  Nothing happens between those before the next event, if they ignore it."""
        softirq, begin = self._softirq, self._begin
        most = 1
        if softirq.observer is None:
            before_event = -int((softirq.instant - softirq.horizon) // FRAME_NS)
            most = min(self._end - begin, softirq.frames_left + 1, before_event)
        count = self._ignored(self._receivers, begin, begin + most, frame)
        if not count:
            self.shift(softirq.instant, 1, frame)
            self._receive(self._receivers[begin], frame)
            return
        softirq.frames_left -= count - 1
        softirq.instant += (count - 1) * FRAME_NS
        self.shift(softirq.instant, count, frame)

    def shift(self, instant: int, count: int, frame: Any) -> None:
        """So many have had it, or lost it, the last of them at `instant`: the others are due next."""
        self._begin += count
        left = self._end - self._begin
        self._softirq.room += count if left else count - 1
        if left:
            self._softirq.backlog.appendleft((instant + FRAME_NS, self, frame))


def queue_of(softirq: Softirq) -> Callable[[Callable[[Any], object], Any], bool]:
    """A closure instead of a method, because every hop calls it: local variables instead of attributes."""
    backlog = softirq.backlog
    append = backlog.append

    def queue(call: Callable[[Any], object], frame: Any) -> bool:
        due = softirq.instant + HOP_NS
        if backlog:
            if len(backlog) >= softirq.room:
                return False
            behind = backlog[-1][0] + FRAME_NS
            if behind > due:
                due = behind
        append((due, call, frame))
        return True

    return queue
