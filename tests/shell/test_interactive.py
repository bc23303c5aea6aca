"""Shells at a terminal: jobs as bash 5.2.15 and dash 0.5.12 (Debian 12) report them.

The expected texts are those that the two shells wrote to a pseudo-terminal, without the echo of what was typed; the
pids are ours.
"""

from __future__ import annotations

import pytest

from vnetsim.lab import Lab
from vnetsim.prompt.entered import CTRL_C, CTRL_D, CTRL_Z, Entered
from vnetsim.prompt.session import PromptSession

#: What is typed, the key that ends it after 1.5 seconds, and what is shown; each line begins after the one before.
BASH = [
    ("sleep 1 &", CTRL_C, "[1] {pid}\n"),
    ("jobs", CTRL_C, "[1]+  Running                 sleep 1 &\n"),
    ("sleep 1.2", CTRL_C, "[1]+  Done                    sleep 1\n"),
    ("sleep 30", CTRL_Z, "\n[1]+  Stopped                 sleep 30\n"),
    ("jobs", CTRL_C, "[1]+  Stopped                 sleep 30\n"),
    ("bg", CTRL_C, "[1]+ sleep 30 &\n"),
    ("jobs", CTRL_C, "[1]+  Running                 sleep 30 &\n"),
    ("fg", CTRL_C, "sleep 30\n\n"),
    ("echo $?", CTRL_C, "130\n"),
    ("kill %1", CTRL_C, "bash: kill: %1: no such job\n"),
    ("sleep 40 &", CTRL_C, "[1] {pid}\n"),
    ("kill %1", CTRL_C, ""),
    ("echo a", CTRL_C, "a\n[1]+  Terminated              sleep 40\n"),
    ("false &", CTRL_C, "[1] {pid}\n"),
    ("sleep 0.1", CTRL_C, "[1]+  Exit 1                  false\n"),
    ("fg", CTRL_C, "bash: fg: current: no such job\n"),
    ("bg", CTRL_C, "bash: bg: current: no such job\n"),
    ("echo $-", CTRL_C, "himBHs\n"),
    ("sleep 50 &", CTRL_C, "[1] {pid}\n"),
    ("sleep 60", CTRL_Z, "\n[2]+  Stopped                 sleep 60\n"),
    ("fg %1", CTRL_C, "sleep 50\n\n"),
    ("fg", CTRL_C, "sleep 60\n\n"),
    ("sleep 70 | cat", CTRL_Z, "\n[1]+  Stopped                 sleep 70 | cat\n"),
    (CTRL_D, CTRL_C, "exit\nThere are stopped jobs.\n"),
    ("exit", CTRL_C, "exit\n"),
]
DASH = [
    ("sleep 1 &", CTRL_C, ""),
    ("jobs", CTRL_C, "[1] + Running                    sleep 1\n"),
    ("sleep 1.2", CTRL_C, "[1] + Done                       sleep 1\n"),
    ("sleep 30", CTRL_Z, "\n[1] + Stopped                    sleep 30\n"),
    ("jobs", CTRL_C, "[1] + Stopped                    sleep 30\n"),
    ("bg", CTRL_C, "[1] sleep 30\n"),
    ("jobs", CTRL_C, "[1] + Running                    sleep 30\n"),
    ("fg", CTRL_C, "sleep 30\n\n"),
    ("echo $?", CTRL_C, "130\n"),
    ("kill %1", CTRL_C, "dash: 10: kill: No such job: %1\n"),
    ("sleep 40 &", CTRL_C, ""),
    ("kill %1", CTRL_C, ""),
    ("echo a", CTRL_C, "a\n[1] + Terminated                 sleep 40\n"),
    ("false &", CTRL_C, ""),
    ("sleep 0.1", CTRL_C, "[1] + Done(1)                    false\n"),
    ("fg", CTRL_C, "dash: 16: fg: No current job\n"),
    ("echo $-", CTRL_C, "smi\n"),
    ("sleep 70 | cat", CTRL_Z, "\n[1] + Stopped                    sleep 70 | cat\n"),
    (CTRL_D, CTRL_C, "You have stopped jobs.\n"),
    ("exit", CTRL_C, ""),
]


@pytest.mark.parametrize(("shell", "steps"), [("bash", BASH), ("dash", DASH)])
def test_jobs_are_reported_as_recorded(shell: str, steps: list[tuple[str, str, str]]) -> None:
    shown: list[str] = []
    session = PromptSession(Lab(docker=False), shown.append)
    session.run(f"{shell}\n")
    for text, key, expected in steps:
        shown.clear()
        typed = text if text == CTRL_D else f"{text}\n"
        session.enter(Entered(typed, 1.5, key))
        printed = "".join(shown).replace("vnetsim: interrupted after 1.5 simulated seconds (see --patience)", "")
        started = printed.partition("] ")[2].strip()
        assert printed == expected.format(pid=started), text
    assert not session.nested


def test_a_command_after_the_warning_of_stopped_jobs_makes_it_come_again() -> None:
    shown: list[str] = []
    session = PromptSession(Lab(docker=False), shown.append)
    session.run("bash\n")
    session.enter(Entered("sleep 30\n", 1, CTRL_Z))
    shown.clear()
    for line in ("exit\n", "true\n", "exit\n"):
        session.run(line)
    assert "".join(shown) == "exit\nThere are stopped jobs.\n" * 2
    assert session.nested


def test_a_script_has_no_job_control() -> None:
    lab = Lab(docker=False)
    assert lab.run("sleep 1 & fg").output == "bash: line 1: fg: no job control\n"
    assert lab.run("bg").exit_code == 1


def test_a_stopped_command_goes_on_where_it_was() -> None:
    shown: list[str] = []
    session = PromptSession(Lab(docker=False), shown.append)
    session.run("ip link set lo up\n")
    session.enter(Entered("ping -c 4 127.0.0.1\n", 1.5, CTRL_Z))
    assert "".join(shown).count("bytes from") == 2
    session.enter(Entered("sleep 5\n", 60))
    assert "".join(shown).count("bytes from") == 2
    session.enter(Entered("fg\n", 60))
    assert "4 packets transmitted, 4 received" in "".join(shown)


def test_ctrl_z_that_was_typed_is_repeated_in_a_fork() -> None:
    session = PromptSession(Lab(docker=False), lambda _text: None)
    session.enter(Entered("sleep 30\n", 1, CTRL_Z))
    session.run("jobs > /tmp/jobs\n")
    jobs = session.lab.fork().fork().run("cat /tmp/jobs").stdout
    assert jobs == "[1]+  Stopped                 sleep 30\n"
