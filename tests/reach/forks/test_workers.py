"""Work that is shared out among processes comes to the same as work that is not."""

from __future__ import annotations

import os
import sys

import pytest

from tests.reach.matrix.test_matrix import shop
from vnetsim.errors import UsageError
from vnetsim.reach.forks import workers
from vnetsim.reach.forks.workers import at_once, each_alone, parts_of
from vnetsim.reach.matrix.matrix import Matrix
from vnetsim.reach.policies.check import check
from vnetsim.reach.policies.policy import Policy
from vnetsim.reach.probing import asking
from vnetsim.reports.matrix import present

FORKS = hasattr(os, "fork") and sys.platform != "darwin"
pytestmark = pytest.mark.skipif(not FORKS, reason="there is no safe fork(2) here")


@pytest.fixture
def forking(monkeypatch: pytest.MonkeyPatch) -> None:
    """However little there is to do, and though the tests themselves may run beside a thread of pytest-xdist."""
    monkeypatch.setattr(asking, "can_fork", lambda: True)
    monkeypatch.setattr(asking, "WORTH_A_PROCESS", 2)


@pytest.mark.usefixtures("forking")
def test_a_matrix_is_the_same_whatever_the_number_of_processes() -> None:
    lab = shop()
    one, *others = (present(Matrix.of(lab, jobs=jobs), "csv") for jobs in (1, 2, 5))
    assert others == [one, one]


def test_where_there_is_no_fork_the_lab_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    lab = shop()
    monkeypatch.setattr(asking, "can_fork", lambda: False)
    monkeypatch.setattr(asking, "WORTH_A_PROCESS", 2)
    one, other = (present(Matrix.of(lab, jobs=jobs, names=False), "csv") for jobs in (1, 2))
    assert other == one


@pytest.mark.usefixtures("forking")
@pytest.mark.parametrize("rules", [(), ("iptables -I DOCKER-USER -m limit --limit 1/hour --limit-burst 1 -j DROP",)])
def test_a_policy_is_broken_in_the_same_way(rules: tuple[str, ...]) -> None:
    lab = shop()
    for line in rules:
        assert lab.run(line), line
    policy = Policy.of("api -> db, web: tcp/5432", "host !-> db: icmp")
    one, other = (check(lab, policy, jobs=jobs) for jobs in (1, 3))
    assert one.violations
    assert all(violation.story for violation in one.violations)
    assert other == one


def test_results_are_in_the_order_of_the_items() -> None:
    assert at_once(lambda number: number * number, range(7)) == [0, 1, 4, 9, 16, 25, 36]
    assert each_alone(str, range(5), 2) == ["0", "1", "2", "3", "4"]
    assert each_alone(str, [], 2) == []
    assert [list(part) for part in parts_of(range(5), 2)] == [[0, 1, 2], [3, 4]]


def test_nothing_that_a_process_does_is_seen_by_the_next_one() -> None:
    seen: list[int] = []

    def note(number: int) -> list[int]:
        seen.append(number)
        return seen

    assert each_alone(note, range(4), 2) == [[0], [1], [2], [3]]
    assert seen == []


def test_what_goes_wrong_in_a_process_is_raised_here() -> None:
    def refuse(number: int) -> int:
        raise UsageError(f"no {number}")

    with pytest.raises(UsageError, match="no 7"):
        at_once(refuse, [7])
    with pytest.raises(RuntimeError, match="ended before its work was done"):
        at_once(lambda _: os._exit(0), [1])


def test_a_process_with_threads_does_not_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("threading.active_count", lambda: 2)
    assert not workers.can_fork()
