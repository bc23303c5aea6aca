"""Attached `docker compose up`, beyond what is recorded."""

from __future__ import annotations

from vnetsim import Lab

FILE = """\
services:
  job: {image: alpine, command: sh -c "echo one; sleep 1; echo two; exit 3"}
  web: {image: nginx, depends_on: [job]}
"""


def lab_of(text: str) -> Lab:
    return Lab(docker=True, files={"/srv/u/compose.yaml": text})


def test_what_does_not_end_is_stopped_by_the_interrupt() -> None:
    lab = lab_of(FILE)
    result = lab.run("cd /srv/u && timeout -s INT 5 docker compose up", expected=None)
    assert result.exit_code == 124
    assert "job-1  | one\njob-1  | two\n" in result.stdout
    assert result.stdout.endswith("Gracefully Stopping... press Ctrl+C again to force\n")
    assert lab.run("docker ps -q").stdout == ""


def test_a_command_that_does_not_return_is_a_failure_of_the_scenario() -> None:
    lab = lab_of(FILE)
    result = lab.run("cd /srv/u && docker compose up", expected=0)
    assert (result.exit_code, result.timed_out) == (124, True)
    assert lab.failures


def test_the_status_is_that_of_the_container_that_ends_the_run() -> None:
    lab = lab_of(FILE)
    assert lab.run("cd /srv/u && docker compose up --abort-on-container-failure", expected=None).exit_code == 3
    assert lab.run("cd /srv/u && docker compose up --exit-code-from web", expected=None).exit_code == 0
    assert lab.run("cd /srv/u && docker compose up job").exit_code == 0
