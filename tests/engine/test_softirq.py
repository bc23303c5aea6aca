"""The backlog: a frame for many receivers in one entry is what a frame for each of them is."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnetsim.engine import MAX_BACKLOG, Engine, FrameStorm


def ignored(receivers: Sequence[int], begin: int, end: int, _frame: str) -> int:
    """Those that divide by three do more."""
    return next((at - begin for at in range(begin, end) if receivers[at] % 3 == 0), end - begin)


class Machine:
    """Receiver 3 floods what it got, but for its first letter, to five others."""

    def __init__(self, limit: int, *, joined: bool) -> None:
        self.engine, self.arrived = Engine(frame_limit=limit), list[object]()
        self._joined = joined

    def receive(self, receiver: int, frame: str) -> None:
        if receiver % 3 == 0:
            self.note(receiver, frame)
            if receiver == 3 and frame:
                self.flood(range(2, 7), frame[1:])

    def note(self, *what: object) -> None:
        self.arrived.append((self.engine.now(), *what))

    def flood(self, receivers: Sequence[int], frame: str) -> None:
        if self._joined and self.engine.softirq.queue_copies(self.receive, ignored, receivers, frame):
            return
        for receiver in receivers:
            if not self.engine.queue(partial(self.receive, receiver), frame):
                self.note("lost", receiver)

    def run(self) -> None:
        try:
            self.engine.run(duration=40_000)
        except FrameStorm as storm:
            self.note(str(storm))
        self.note(self.engine.softirq.frames_left, self.engine.next_due())
        assert self.engine.next_due() is not None or self.engine.softirq.room == MAX_BACKLOG


def played(counts: list[int], events: list[int], limit: int, *, joined: bool, observed: bool) -> list[object]:
    """What happens with frames for so many receivers each, and events so many half microseconds later."""
    machine = Machine(limit, joined=joined)
    if observed:
        machine.engine.softirq.observer = machine.note
    for delay in events:
        machine.engine.after(delay * 500, machine.note, "event")
    for number, count in enumerate(counts):
        machine.flood(range(1 + number, 1 + number + count), "ab")
        machine.engine.queue(partial(machine.receive, 0), "one")
    for _ in range(3):
        machine.run()
    return machine.arrived


@given(
    st.lists(st.integers(1, 12), max_size=4),
    st.lists(st.integers(0, 60), max_size=4),
    st.integers(1, 40) | st.just(1000),
    st.booleans(),
)
def test_copies_arrive_as_frames_of_their_own_do(
    counts: list[int], events: list[int], limit: int, observed: bool
) -> None:
    together, alone = (played(counts, events, limit, joined=joined, observed=observed) for joined in (True, False))
    assert together == alone


@pytest.mark.parametrize("count", [1, 2, 5, MAX_BACKLOG])
def test_copies_leave_as_much_room_as_frames_of_their_own(count: int) -> None:
    engine = Engine()
    assert engine.softirq.queue_copies(print, ignored, range(1, count + 1), "frame")
    assert [engine.queue(print, number) for number in range(MAX_BACKLOG)].count(True) == MAX_BACKLOG - count
    engine.drop_backlog()
    assert [engine.queue(print, number) for number in range(MAX_BACKLOG + 1)].count(True) == MAX_BACKLOG


def test_copies_that_do_not_all_fit_are_refused() -> None:
    engine = Engine()
    assert engine.queue(print, "one")
    assert not engine.softirq.queue_copies(print, ignored, range(MAX_BACKLOG), "frame")
    assert len(engine.softirq.backlog) == 1
