"""The engine: order, signals, programs, storms."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnetsim.engine import FRAME_NS, HOP_NS, MAX_BACKLOG, Engine, FrameStorm
from vnetsim.process import Interrupted, Killed


def test_what_is_due_at_the_same_time_happens_in_the_order_in_which_it_was_asked_for() -> None:
    engine, done = Engine(), list[int]()
    for number in range(5):
        engine.after(10, done.append, number)
    engine.run(duration=10)
    assert done == [0, 1, 2, 3, 4]


def test_a_cancelled_timer_does_nothing() -> None:
    engine, done = Engine(), list[int]()
    engine.after(10, done.append, 1).cancel()
    engine.run(duration=20)
    assert done == []


def test_time_passes_exactly_as_far_as_it_is_let() -> None:
    engine = Engine()
    engine.run(duration=7)
    engine.run(duration=5)
    assert engine.now() == 12


def test_frames_arrive_later_and_one_after_the_other() -> None:
    engine, arrived = Engine(), list[tuple[int, str]]()
    for name in ("first", "second"):
        engine.queue(lambda frame: arrived.append((engine.now(), frame)), name)
    assert arrived == []
    engine.run(duration=1_000_000)
    assert arrived == [(HOP_NS, "first"), (HOP_NS + FRAME_NS, "second")]


def test_a_full_backlog_loses_frames() -> None:
    engine = Engine()
    taken = [engine.queue(print, number) for number in range(MAX_BACKLOG + 1)]
    assert taken.count(False) == 1
    assert taken[-1] is False


def test_frames_that_multiply_are_stopped() -> None:
    engine = Engine(frame_limit=1000)

    def again(frame: str) -> None:
        engine.queue(again, frame)
        engine.queue(again, frame)

    engine.queue(again, "loop")
    with pytest.raises(FrameStorm, match="1000 frames"):
        engine.run(duration=10**12)
    engine.drop_backlog()
    engine.run(duration=1)


@given(st.lists(st.integers(0, 50), max_size=30))
def test_timers_and_frames_never_run_backwards(delays: list[int]) -> None:
    engine, times = Engine(), list[int]()

    def note(_frame: object = None) -> None:
        times.append(engine.now())

    for delay in delays:
        engine.after(delay * 1000, note)
        engine.queue(note, delay)
    engine.run(duration=10**6)
    assert times == sorted(times)
    assert len(times) == 2 * len(delays)


def test_a_program_waits_and_gets_its_answer() -> None:
    engine = Engine()
    signal = engine.signal()

    def program() -> Generator[Any, Any, int]:
        yield engine.timeout(5)
        answer: int = yield signal
        return answer

    task = engine.spawn(program())
    engine.after(8, signal.set, 3)
    assert engine.run(task.finished)
    assert (task.status, engine.now()) == (3, 8)


@pytest.mark.parametrize(("signal", "status"), [(Killed(9), 137), (Killed(15), 143), (Interrupted(), 130)])
def test_a_program_that_is_killed_cleans_up_and_says_by_what(signal: BaseException, status: int) -> None:
    engine, cleaned = Engine(), list[bool]()

    def program() -> Generator[Any, Any, int]:
        try:
            yield engine.timeout(10**12)
        finally:
            cleaned.append(True)
        return 0

    task = engine.spawn(program())
    engine.run(duration=1)
    task.throw(signal)
    assert engine.run(task.finished, 10)
    assert (task.status, cleaned) == (status, [True])


def test_a_run_that_ends_by_time_says_that_the_signal_is_not_set() -> None:
    engine = Engine()
    assert engine.run(engine.signal(), 10) is False


@pytest.mark.parametrize("sleepers", [1, 3_000])
def test_a_paced_run_goes_on_until_the_signal_and_no_further(sleepers: int) -> None:
    engine = Engine()

    def program() -> Generator[Any, Any, int]:
        yield engine.timeout(10_000_000_000)
        return 0

    tasks = [engine.spawn(program()) for _ in range(sleepers)]
    engine.after(20_000_000_000, pytest.fail)
    slices = list(engine.paced(tasks[-1].finished))
    assert engine.now() == 10_000_000_000
    assert set(slices) == {0.0}
    assert list(engine.paced(tasks[-1].finished)) == []


def test_a_stopped_program_does_nothing_until_it_is_resumed() -> None:
    engine = Engine()
    done: list[int] = []

    def program() -> Generator[Any, Any, int]:
        yield engine.timeout(10)
        done.append(engine.now())
        yield engine.timeout(10)
        done.append(engine.now())
        return 0

    task = engine.spawn(program())
    engine.after(5, task.stop)
    engine.after(100, task.resume)
    engine.run(task.finished)
    assert done == [100, 110]


@pytest.mark.parametrize(("signal", "dies_at"), [(Killed(9), 20), (Killed(15), 100), (Interrupted(), 100)])
def test_only_sigkill_reaches_a_stopped_program_at_once(signal: BaseException, dies_at: int) -> None:
    engine = Engine()

    def program() -> Generator[Any, Any, int]:
        yield engine.signal()
        return 0

    task = engine.spawn(program())
    engine.after(10, task.stop)
    engine.after(20, task.throw, signal)
    engine.after(100, task.resume)
    engine.run(task.finished)
    assert engine.now() == dies_at
