"""Stopping, killing and pausing containers: which signal ends them, when, and with which status."""

from __future__ import annotations

import pytest

from vnetsim import Lab
from vnetsim.errors import EngineError


def running(*words: str) -> Lab:
    lab = Lab(docker=True)
    assert lab.run(f"docker run -d --name box {' '.join(words)}")
    return lab


def state(lab: Lab) -> tuple[str, int]:
    found = lab.docker.container_inspect("box")["State"]
    return found["Status"], found["ExitCode"]


def events(lab: Lab) -> list[str]:
    since = "docker events --since 1767225600 --until $(date +%s)"
    shown = lab.run(f"{since} --filter container=box --format '{{{{.Action}}}}'")
    return shown.stdout.split()


@pytest.mark.parametrize(
    ("words", "command", "code"),
    [
        ("alpine sleep 99", "docker stop -t 0 box", 137),
        ("alpine sleep 99", "docker stop -t 1 box", 137),
        ("--init alpine sleep 99", "docker stop box", 143),
        ("--init alpine sleep 99", "docker kill -s INT box", 130),
        ("--stop-timeout 0 alpine sleep 99", "docker stop box", 137),
        ("--stop-signal KILL alpine sleep 99", "docker stop box", 137),
        ("alpine sleep 1", "docker stop -t -1 box", 0),
        ("alpine sh -c 'trap \"exit 3\" TERM; while :; do sleep 1; done'", "docker stop box", 3),
        ("alpine sh -c 'trap : TERM; sleep infinity & wait'", "docker stop box", 143),
        ("alpine sh -c 'trap \"\" TERM; while :; do sleep 1; done'", "docker stop -t 1 box", 137),
        ("alpine sleep 99", "docker kill box", 137),
    ],
)
def test_how_a_container_ends(words: str, command: str, code: int) -> None:
    lab = running(words)
    assert lab.run(command)
    lab.sleep(1)
    assert state(lab) == ("exited", code)


def test_what_ended_is_stopped_without_a_word_and_not_killed() -> None:
    lab = running("alpine true")
    lab.sleep(1)
    assert lab.run("docker stop box").output == "box\n"
    with pytest.raises(EngineError, match="is not running"):
        lab.docker.container_kill("box")


def test_a_signal_that_the_program_does_not_catch_changes_nothing() -> None:
    lab = running("alpine sleep 99")
    assert lab.run("docker kill -s USR1 box")
    lab.sleep(1)
    assert state(lab) == ("running", 0)
    assert "kill" in events(lab)


@pytest.mark.parametrize("command", ["docker stop box", "docker kill box"])
def test_a_container_that_waits_for_its_restart_stays_down(command: str) -> None:
    lab = running("--restart always alpine sh -c 'exit 3'")
    lab.sleep(5)
    assert state(lab)[0] == "restarting"
    assert lab.run(command)
    lab.sleep(120)
    assert state(lab) == ("exited", 3)


def test_a_paused_container_is_thawed_to_be_killed() -> None:
    lab = running("alpine sleep 99")
    assert lab.run("docker pause box; docker kill box")
    lab.sleep(1)
    assert state(lab) == ("exited", 137)
    assert events(lab)[-4:] == ["pause", "kill", "unpause", "die"]


def test_a_container_that_goes_at_its_end_survives_a_restart() -> None:
    lab = running("--rm alpine sleep 99")
    assert lab.run("docker restart -t 0 box")
    assert state(lab) == ("running", 0)
    assert lab.run("docker stop -t 0 box")
    lab.sleep(1)
    with pytest.raises(EngineError, match="No such container"):
        lab.docker.container_inspect("box")


@pytest.mark.parametrize("command", ["docker stop -t 0 box", "docker kill box", "docker rm -f box", "sleep 9"])
def test_what_lost_its_parent_ends_with_the_container(command: str) -> None:
    lab = running("alpine sh -c '(nc -lk -p 82 &); sleep 5'")
    lab.sleep(1)
    assert lab.run("pgrep -x nc")
    assert lab.run(command)
    lab.sleep(1)
    assert lab.run("pgrep -x nc").exit_code == 1


def test_what_lost_its_parent_is_paused_with_the_container_and_with_no_other() -> None:
    lab = running("alpine sh -c '(nc -lk -p 82 &); sleep 99'")
    assert lab.run("docker run -d --name other alpine sh -c '(nc -lk -p 83 &); sleep 99'")
    lab.sleep(1)
    assert lab.run("docker pause box")
    stopped = {process.argv[-1]: process.stopped for process in lab.machine.processes() if process.argv[0] == "nc"}
    assert stopped == {"82": True, "83": False}
