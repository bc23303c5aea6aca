"""Simulated time that follows the wall clock."""

from __future__ import annotations

import pytest

from vnetsim.clock import SECOND
from vnetsim.lab import Lab
from vnetsim.prompt.entered import CTRL_C
from vnetsim.prompt.session import PromptSession
from vnetsim.wallclock import TICK, WallClock


class Wall:
    """A clock that advances when a sleeper sleeps; `slept` is how often."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def read(self) -> int:
        return round(self.now * SECOND)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def followed() -> tuple[Wall, WallClock, PromptSession, list[str]]:
    wall, shown = Wall(), list[str]()
    session = PromptSession(Lab(docker=False), shown.append)
    session.begin()
    session.run("ip link set lo up\n")
    clock = WallClock(wall=wall.read, sleep=wall.sleep)
    session.follow(clock)
    return wall, clock, session, shown


def test_a_ping_takes_its_seconds_in_short_sleeps() -> None:
    wall, _, session, shown = followed()
    began = wall.now
    session.run("ping -c 3 -i 1 127.0.0.1\n")
    assert 2 <= wall.now - began < 2.1
    assert max(wall.slept) <= TICK + 1e-9
    assert "3 received" in "".join(shown)


def test_each_reply_is_shown_at_its_time() -> None:
    wall, clock, session, _ = followed()
    times: list[float] = []
    session._screen.show = lambda text: times.append(wall.now) if "icmp_seq" in text else None
    began = wall.now
    session.run("ping -c 3 -i 1 127.0.0.1\n")
    assert [round(at - began) for at in times] == [0, 1, 2]
    assert abs(clock.due() - session.lab.now()) < 2 * TICK * SECOND


def test_a_machine_that_is_too_slow_waits_for_nothing() -> None:
    wall, _, session, _ = followed()
    wall.now += 60
    session.run("sleep 5\n")
    assert wall.slept == []


def test_the_background_goes_on_while_the_user_types() -> None:
    wall, clock, session, shown = followed()
    session.run("(sleep 2; echo later) &\n")
    shown.clear()
    for _ in range(125):
        wall.now += TICK
        session.catch_up(clock)
    assert shown == ["later\n"]


def test_idle_time_is_one_request_of_the_journal_and_exact_in_a_fork() -> None:
    wall, clock, session, _ = followed()
    requests = len(session.lab.journal.requests)
    for step in range(100):
        wall.now += 0.0137 * (step % 3 + 1)
        session.catch_up(clock)
    assert len(session.lab.journal.requests) == requests + 1
    assert session.lab.fork().now() == session.lab.now()
    session.run("true\n")
    wall.now += 1
    session.catch_up(clock)
    assert len(session.lab.journal.requests) == requests + 3


def test_a_paced_run_ends_as_one_that_is_not() -> None:
    ends = []
    for paced in (False, True):
        lab = Lab(docker=False)
        if paced:
            wall = Wall()
            lab.machine.engine.wall = WallClock(wall=wall.read, sleep=wall.sleep)
        lab.run("ip link set lo up; ping -c 2 -i 0.5 127.0.0.1; sleep 0.04")
        lab.sleep(0.02)
        ends.append((lab.now(), len(lab.machine.processes())))
    assert ends[0] == ends[1]
    assert ends[0][0] > SECOND // 2


def test_what_is_typed_goes_on_in_slices_and_a_key_ends_it() -> None:
    shown: list[str] = []
    session = PromptSession(Lab(docker=False), shown.append)
    session.begin()
    session.lab.run("ip link set lo up")
    steps = session.typing("ping 127.0.0.1\n")
    for _ in steps:
        if "icmp_seq=3" in "".join(shown):
            session.press(CTRL_C)
    assert "3 packets transmitted, 3 received" in "".join(shown)
    session.press(CTRL_C)
    assert "status=130" in _typed(session, "echo status=$?\n", shown)


def _typed(session: PromptSession, line: str, shown: list[str]) -> str:
    before = len(shown)
    for _ in session.typing(line):
        pass
    return "".join(shown[before:])


def test_slices_wait_no_longer_than_until_something_is_due() -> None:
    wall = Wall()
    session = PromptSession(Lab(docker=False), lambda _text: None)
    session.begin()
    session.follow(WallClock(wall=wall.read, sleep=wall.sleep))
    began, waits = wall.now, []
    for seconds in session.typing("sleep 0.5\n"):
        waits.append(seconds)
        wall.now += seconds
    assert wall.now - began == pytest.approx(0.5, abs=0.01)
    assert max(waits) <= TICK
    assert len(waits) < 50
