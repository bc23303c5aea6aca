"""The first container that people run."""

from __future__ import annotations

from vnetsim import Lab


def test_hello_world_prints_its_message_and_ends() -> None:
    lab = Lab(docker=True)
    answer = lab.run("docker run --rm hello-world")
    assert answer.stdout.startswith("\nHello from Docker!\nThis message shows that your installation appears to be")
    assert answer.stdout.endswith("\n https://docs.docker.com/get-started/\n\n")
    assert lab.run("docker ps -aq").stdout == ""


def test_it_is_no_program_of_a_host() -> None:
    assert Lab().run("hello", expected=127).stderr == "bash: line 1: hello: command not found\n"
