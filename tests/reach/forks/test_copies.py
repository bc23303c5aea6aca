"""A copy of a lab: a forked process or a lab that was made again, which come to the same."""

from __future__ import annotations

import gc
import os
import pickle
import sys
import weakref
from contextlib import closing

import pytest

from tests.reach.labs import made_by
from vnetsim import Lab
from vnetsim.budget import Budget
from vnetsim.engine import FrameStorm
from vnetsim.errors import BudgetExceeded, EngineError, Errno, KernelError, NotModelled, UsageError
from vnetsim.failures import Failure, IncompleteLab, NoAnswer
from vnetsim.reach.endpoints.question import ReachQuestion
from vnetsim.reach.forks import copies
from vnetsim.reach.forks.copies import copied
from vnetsim.reach.why.why import why

SHOP = (
    "docker network create a",
    "docker network create b",
    "docker run -d --name web --network a nginx",
    "docker run -d --name db --network b -p 5432:80 nginx",
    "iptables -I DOCKER-USER -p tcp -j DROP",
)

forked = pytest.mark.skipif(not hasattr(os, "fork") or sys.platform == "darwin", reason="there is no safe fork(2) here")


@pytest.fixture(params=[pytest.param(True, marks=forked, id="forked"), pytest.param(False, id="made again")])
def forking(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """In both ways, though the tests themselves may run beside a thread of pytest-xdist."""
    monkeypatch.setattr(copies, "is_forked", lambda _: request.param)


def same(lab: Lab) -> Lab:
    return lab


def links(lab: Lab) -> str:
    return lab.run("ip -br link").stdout


def one_more(lab: Lab) -> int:
    return lab.run("ip link add d0 type dummy").exit_code


def refuse(lab: Lab) -> None:
    raise UsageError(f"no {len(lab.journal.requests)}")


def overrun(lab: Lab) -> None:
    lab.run("while :; do :; done")
    lab.settle()


def vanish(_: Lab) -> None:
    os._exit(0)


@pytest.mark.usefixtures("forking")
def test_what_is_done_to_a_copy_stays_there() -> None:
    lab = Lab(docker=False)
    lab.run("ip link add v type veth peer name w")
    with closing(copied(lab, same)) as one, closing(copied(lab, same)) as other:
        assert one.call(one_more) == 0
        assert "d0" in one.call(links)
        assert other.call(links) == links(lab)
        assert "d0" not in links(lab)
        assert one.call(one_more) == 2


def test_a_copy_that_is_closed_keeps_no_lab() -> None:
    copy = copies.Here(lambda: Lab(docker=False))
    held = weakref.ref(copy.call(same))
    copy.close()
    gc.collect()
    assert held() is None
    copy.close()


@pytest.mark.usefixtures("forking")
def test_what_goes_wrong_in_a_copy_is_raised_here() -> None:
    lab = Lab(docker=False, budget=Budget(steps=20_000))
    with closing(copied(lab, same)) as copy:
        with pytest.raises(UsageError, match="no 0"):
            copy.call(refuse)
        with pytest.raises(BudgetExceeded, match="steps of simulation"):
            copy.call(overrun)
    lab.settle()


@pytest.mark.usefixtures("forking")
def test_what_cannot_be_repeated_is_not_copied() -> None:
    lab = Lab(docker=False)
    lab.journal.unrepeatable("a Python function")
    with pytest.raises(UsageError, match="is not in its journal"):
        copied(lab, same)


@forked
def test_a_copy_that_dies_is_an_error_and_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies, "is_forked", lambda _: True)
    with closing(copied(Lab(docker=False), same)) as copy:
        with pytest.raises(RuntimeError, match="ended before its work was done"):
            copy.call(vanish)
        with pytest.raises(RuntimeError, match="ended before its work was done"):
            copy.call(links)


@forked
def test_no_process_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies, "is_forked", lambda _: True)
    lab = Lab.docker_host()
    lab.run("docker run -d --name web nginx && iptables -I FORWARD -j DROP")
    assert not lab.why("lan", "172.17.0.2", "tcp/80")
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


@forked
def test_what_is_soon_made_again_is_not_forked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies, "can_fork", lambda: True)
    lab = Lab(docker=False)
    assert not copies.is_forked(lab)
    lab.run("for i in $(seq 200); do :; done")
    assert copies.is_forked(lab)
    assert not copies.is_forked(Lab.docker_host())


@forked
@pytest.mark.parametrize("line", ["why host 10.0.0.2", "ip -n a link set eth0 up; why host 10.0.0.2"])
def test_a_question_that_is_typed_is_answered_alike(monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    """A copy that is forked in the middle of a line has its beginning as well: no other is made there."""
    monkeypatch.setattr(copies, "can_fork", lambda: True)
    lab = made_by(
        "ip netns add a", "ip link add v0 type veth peer name eth0 netns a", "ip addr add 10.0.0.1/24 dev v0",
        "ip link set v0 up", "ip -n a addr add 10.0.0.2/24 dev eth0",
    )  # fmt: skip
    typed = lab.fork().run(line)
    monkeypatch.setattr(copies, "is_forked", lambda _: True)
    assert lab.fork().run(line) == typed
    assert ("does not arrive" in typed.stdout) is line.startswith("why")


@forked
@pytest.mark.parametrize("question", [("lan", "web", "tcp/80"), ("web", "db", "tcp/5432")])
def test_why_says_the_same_in_both_ways(monkeypatch: pytest.MonkeyPatch, question: tuple[str, str, str]) -> None:
    lab = Lab.docker_host()
    for line in SHOP:
        assert lab.run(line), line
    answers = []
    for forks in (True, False):
        monkeypatch.setattr(copies, "is_forked", lambda _, forks=forks: forks)
        answers.append(why(lab, ReachQuestion.parse(lab, *question), budget=16).json())
    assert answers[0] == answers[1]
    assert answers[0]["tried"] > 3


@pytest.mark.parametrize(
    "error",
    [UsageError("no"), BudgetExceeded("over"), NoAnswer("none"), FrameStorm(7), NotModelled("this"),
     IncompleteLab([Failure(command="x", status=1)]), KernelError(Errno.EPERM), EngineError(500, "no")],
    ids=lambda error: type(error).__name__,
)  # fmt: skip
def test_errors_can_be_pickled(error: Exception) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again)) == (type(error), str(error))
