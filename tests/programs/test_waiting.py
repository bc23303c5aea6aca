"""Programs that wait: time passes, readers come and go, signals arrive."""

from __future__ import annotations

import pytest

from tests.shell.machine import Machine
from vnetsim.clock import SECOND


@pytest.mark.parametrize(
    ("words", "seconds"),
    [(["1"], 1), (["0.5"], 0.5), (["2s"], 2), (["1m"], 60), (["1h"], 3600), (["1", "2"], 3), ([".25"], 0.25)],
)
def test_sleep_takes_its_time(words: list[str], seconds: float) -> None:
    assert Machine().run("sleep", *words).seconds == seconds


def test_timeout_ends_a_command_when_its_time_is_over() -> None:
    outcome = Machine().run("timeout", "1.5", "sleep", "10")
    assert (outcome.status, outcome.seconds) == (124, 1.5)


def test_timeout_kills_what_does_not_listen_after_a_while() -> None:
    outcome = Machine().run("timeout", "-k", "1", "2", "sleep", "10")
    assert outcome.seconds == 2


def test_timeout_does_not_shorten_what_is_quick() -> None:
    outcome = Machine().run("timeout", "5", "sleep", "1")
    assert (outcome.status, outcome.seconds) == (0, 1)


def test_head_lets_its_writer_die() -> None:
    outcome = Machine().run("bash", "-c", "yes | head -n 3")
    assert outcome.stdout == "y\ny\ny\n"
    assert outcome.seconds < 1


def test_tail_f_shows_what_is_appended() -> None:
    line = "echo a > f; tail -f f & p=$!; sleep 1.5; echo b >> f; sleep 2; kill $p"
    assert Machine().run("bash", "-c", line).stdout == "a\nb\n"


def test_grep_answers_line_by_line() -> None:
    line = "{ echo one; sleep 10; echo two; } | grep -m1 one"
    machine = Machine()
    assert machine.run("bash", "-c", line + " | { read x; echo got $x; }").stdout == "got one\n"


def test_ctrl_c_reaches_the_command_of_timeout() -> None:
    outcome = Machine().run("timeout", "100", "sleep", "50", interrupt_after=3 * SECOND)
    assert (outcome.status, outcome.seconds) == (130, 3)


def test_date_tells_the_simulated_time() -> None:
    outcome = Machine().run("bash", "-c", "date +%s; sleep 100; date +%s")
    first, second = map(int, outcome.stdout.split())
    assert second - first == 100


def test_pgrep_finds_processes_by_name_and_by_command_line() -> None:
    asked = "pgrep -x sleep | wc -l; pgrep -f '^sleep 3[.]25$' | wc -l; pgrep -n -x sleep; echo $!"
    lines = Machine().run("bash", "-c", f"sleep 3.25 & sleep 7 & sleep 0; {asked}").stdout.split()
    assert lines[:2] == ["2", "1"]
    assert lines[2] == lines[3]


def test_pkill_ends_them() -> None:
    outcome = Machine().run("bash", "-c", "sleep 100 & sleep 0.1; pkill -f '^sleep 100$'; wait $!; echo $?")
    assert (outcome.stdout, outcome.seconds) == ("143\n", 0.1)
