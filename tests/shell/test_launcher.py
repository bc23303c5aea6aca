"""The shell and its processes: pipes, subshells, the background, signals, time."""

from __future__ import annotations

from typing import Final

import pytest

from tests.shell.machine import Machine, Outcome
from vnetsim.clock import SECOND
from vnetsim.process import Interrupted, Process, Program


def bash(line: str, machine: Machine | None = None) -> Outcome:
    return (machine or Machine()).run("bash", "-c", line)


def seconds(process: Process) -> Program:
    """Writes how long it waits, and that it was told to stop."""
    try:
        for second in range(int(process.argv[1])):
            process.write(f"{second}\n")
            yield process.sleep(SECOND)
    except Interrupted:
        process.write("stopped\n")
    return 0


@pytest.fixture
def machine() -> Machine:
    return Machine(programs={"seconds": seconds})


def test_elements_of_a_pipeline_run_at_the_same_time() -> None:
    outcome = bash("sleep 3 | sleep 2 | sleep 1")
    assert outcome.seconds == 3


def test_commands_one_after_the_other_take_their_time() -> None:
    assert bash("sleep 3; sleep 2").seconds == 5


def test_a_reader_that_goes_away_ends_its_writer(machine: Machine) -> None:
    outcome = bash("seconds 100 | head -n 2", machine)
    assert outcome.stdout == "0\n1\n"
    assert outcome.seconds < 4


def test_the_status_of_who_wrote_into_a_broken_pipe_is_that_of_sigpipe(machine: Machine) -> None:
    assert bash("seconds 9 | head -n 1; echo ${PIPESTATUS[0]}", machine).stdout == "0\n141\n"


def test_a_pipe_ends_when_its_last_writer_has_ended() -> None:
    outcome = bash("(sleep 2; echo late) & echo early | cat; { sleep 1 & echo x; } | cat; echo end")
    assert outcome.stdout == "early\nx\nend\n"
    assert outcome.seconds == 1


def test_a_command_substitution_waits_for_whoever_can_still_write() -> None:
    assert bash("x=$(sleep 2 & echo now); echo $x").seconds == 2
    assert bash("x=$(sleep 2 > /dev/null & echo now); echo $x").seconds == 0


def test_the_background_does_not_delay_the_foreground() -> None:
    outcome = bash("sleep 5 & echo at once")
    assert (outcome.stdout, outcome.seconds) == ("at once\n", 0)


def test_wait_waits_for_all_or_for_one() -> None:
    assert bash("sleep 2 & sleep 3 & wait").seconds == 3
    assert bash("sleep 2 & p=$!; sleep 3 & wait $p").seconds == 2


def test_what_runs_in_the_background_reads_nothing() -> None:
    assert Machine().run("bash", "-c", "cat & wait; read x; echo $x", stdin="mine\n").stdout == "mine\n"


def test_ctrl_c_reaches_the_command_in_the_foreground(machine: Machine) -> None:
    outcome = machine.run("bash", "-c", "seconds 100; echo never", interrupt_after=2 * SECOND + 1)
    assert outcome.stdout == "0\n1\n2\nstopped\n"
    assert outcome.status == 130


def test_ctrl_c_reaches_all_elements_of_a_pipeline(machine: Machine) -> None:
    outcome = machine.run("bash", "-c", "seconds 100 | cat; echo never", interrupt_after=SECOND + 1)
    assert "never" not in outcome.stdout
    assert (outcome.status, outcome.seconds) == (130, 1.000000001)


def test_the_last_command_replaces_the_shell(machine: Machine) -> None:
    outcome = machine.run("bash", "-c", "true; seconds 100", interrupt_after=1)
    assert (outcome.status, outcome.stdout) == (0, "0\nstopped\n")


@pytest.mark.parametrize("signal", ["TERM", "KILL"])
def test_a_killed_shell_takes_nothing_along(signal: str) -> None:
    killed = f"bash -c 'sleep 50 & echo $!; sleep 40; true' & sleep 1; kill -{signal} $!; sleep 0.1"
    lines = bash(f"{killed}; pgrep -f '^sleep 50' | wc -l; pgrep -f '^sleep 40' | wc -l").stdout.split()
    assert lines[1:] == ["1", "1"]


#: Jobs, and whether a `sleep 9` in them outlives a SIGTERM to `$!` in bash 5.2 and in dash 0.5.12.
_KILLED: Final = {
    "sleep 9 >/dev/null": (False, False),
    "(cd /; sleep 9)": (False, False),
    "(cd / && sleep 9 >/dev/null)": (True, False),
    "(cd / && sleep 9) >/dev/null": (False, False),
    "cd / && sleep 9": (True, False),
    "{ sleep 9; }": (True, False),
    "(if true; then sleep 9; fi)": (True, False),
    "(case a in a) sleep 9;; esac)": (True, False),
    "f() { sleep 9; }; f": (True, True),
    "while :; do sleep 9; done": (True, True),
    "sleep 9 | cat": (True, True),
    "cat | sleep 9": (False, False),
    "bash -c 'cd /; sleep 9'": (False, False),
    "bash -c 'sleep 9 >/dev/null'": (True, True),
    "bash -c '{ sleep 9; }'": (True, True),
    "sh -c 'cd /; sleep 9'": (True, True),
    "echo sleep 9 >/tmp/s; bash /tmp/s": (True, True),
    "timeout 99 sh -c 'sleep 9; :'": (False, False),
    "timeout --foreground 99 sh -c 'sleep 9; :'": (True, True),
}


@pytest.mark.parametrize(("job", "outlive"), _KILLED.items())
def test_who_dies_with_a_job_is_what_the_shell_has_become(job: str, outlive: tuple[bool, bool]) -> None:
    script = f"{job} & sleep 0.2; kill $!; sleep 0.1; pgrep -x sleep >/dev/null"
    assert (bash(script).status == 0, Machine().run("sh", "-c", script).status == 0) == outlive


def test_an_endless_loop_lets_others_run() -> None:
    outcome = bash("while true; do :; done & p=$!; sleep 1; kill $p; wait $p; echo $?")
    assert outcome.stdout == "143\n"


def test_a_loop_of_builtins_takes_simulated_time() -> None:
    assert bash("for i in {1..100}; do :; done").seconds == pytest.approx(0.1)


def test_variables_of_a_subshell_stay_there() -> None:
    assert bash("x=1; (x=2; cd /tmp); echo $x $PWD; echo $x | read x; echo $x").stdout == "1 /tmp/home\n1\n"


def test_children_see_what_is_exported_alone() -> None:
    assert bash("a=1; export b=2; c=3 env | grep -E '^[abc]='").stdout == "b=2\nc=3\n"


def test_a_relative_path_starts_where_the_shell_is() -> None:
    assert bash("mkdir d; cd d; echo hi > f; cat f; cat ../d/f; cd ..; cat d/f").stdout == "hi\n" * 3


def test_the_pid_of_the_background_is_that_of_the_program() -> None:
    lines = bash("sleep 9 & sleep 0; pgrep -f '^sleep 9$'; echo $!").stdout.split()
    assert lines[0] == lines[1]


def test_standard_input_is_shared_line_by_line() -> None:
    outcome = Machine().run("bash", "-c", "read a; head -n 1; read b; echo $a $b", stdin="1\n2\n3\n")
    assert outcome.stdout == "2\n1 3\n"


def test_a_script_is_read_from_standard_input_or_a_file() -> None:
    assert Machine().run("bash", stdin="echo a\necho b\n").stdout == "a\nb\n"
    machine = Machine({"/tmp/home/s": "echo $0 $1 $#\n"})
    assert machine.run("sh", "s", "x", "y").stdout == "s x 2\n"


def test_two_machines_give_the_same_bytes() -> None:
    line = "for i in 1 2 3; do echo $RANDOM; done; sleep 1 & echo $!; yes | head -n 3"
    assert bash(line) == bash(line)


def test_what_ends_with_its_script_no_longer_runs() -> None:
    machine = Machine()
    assert bash("trap 'kill $(jobs -p)' EXIT; sleep 9 & sleep 8 & sleep 1", machine).stderr == ""
    bash("sleep 1", machine)
    assert machine.tasks == {}
    bash("trap 'kill $(jobs -p)' EXIT; sleep 9 & disown; sleep 8 &", machine)
    bash("sleep 1", machine)
    assert [task.argv for task in machine.tasks.values()] == [("sleep", "9")]


def test_a_substitution_cannot_wait_for_a_job_of_its_shell() -> None:
    assert bash("sleep 9 & echo $(wait; echo $?)").stdout == "0\n"
    assert "not modelled: `wait` in a substitution" in bash("sleep 9 & echo $(wait $!)").stderr
    assert "not modelled: disown -x" in bash("sleep 9 & disown -x").stderr


def test_the_pid_of_a_pipeline_is_that_of_its_last_command_and_its_job_that_of_the_first() -> None:
    outcome = bash("sleep 9 | sleep 8 & kill $!; sleep 0.1; kill $(jobs -p); wait; echo $?")
    assert (outcome.stdout, outcome.seconds < 1) == ("0\n", True)


def test_a_signal_for_a_job_is_for_all_its_processes_and_in_scripts_of_dash_for_none() -> None:
    script = "sleep 2 | sleep 3 & kill %1; echo $?; wait"
    outcomes = [bash(script), Machine().run("sh", "-c", script)]
    assert [(each.stdout, round(each.seconds)) for each in outcomes] == [("0\n", 0), ("1\n", 3)]
