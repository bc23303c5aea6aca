"""undo, back and save: commands about the session itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.prompt.test_nested import played
from vnetsim.errors import UsageError
from vnetsim.lab import Lab
from vnetsim.prompt.entered import CTRL_C, CTRL_Z, Entered
from vnetsim.prompt.meta import run
from vnetsim.prompt.session import PromptSession
from vnetsim.scenario.build import load


def test_undo_takes_back_one_command_and_its_time() -> None:
    session, seen = played("ip netns add red", "sleep 10; ip netns add blue", "undo", "ip netns list")
    assert seen[3][1] == "red\n"
    assert session.lab.now() < 10 * 10**9


def test_back_goes_into_an_inner_shell_and_out_of_it() -> None:
    lines = ["ip netns add red", "ip netns exec red bash", "cd /tmp", "exit", "back 1", "pwd", "back 3", "pwd"]
    _, seen = played(*lines)
    assert (seen[5], seen[7]) == (("(red) root@host:/tmp# ", "/tmp\n"), ("root@host:/# ", "/\n"))


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("undo", "vnetsim: back 1: expected a number from 1 to 0, of commands that were typed\n"),
        ("back 3", "vnetsim: back 3: expected a number from 1 to 0, of commands that were typed\n"),
        ("back x", "vnetsim: back: expected `undo`, `back NUMBER` of commands, or `save FILE`\n"),
        ("save", "vnetsim: save: expected `undo`, `back NUMBER` of commands, or `save FILE`\n"),
        ("reach x", "vnetsim: reach: expected `reach`, or `check FILE` with a policy on this machine\n"),
        ("save lab.txt", "vnetsim: save lab.txt: expected a name that ends in .session\n"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(line: str, sentence: str) -> None:
    assert played(line)[1][0][1] == sentence


def test_what_is_saved_makes_the_same_lab(tmp_path: Path) -> None:
    path = tmp_path / "lab.session"
    lines = ["docker network create app", "docker run -d --name web --network app nginx", f"save {path}"]
    session, seen = played(*lines, docker=True)
    assert seen[2][1] == f"vnetsim: 4 lines in {path}\n"
    assert load(path).docker.container_list() == session.lab.docker.container_list()


def test_a_file_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    _, seen = played("true", f"save {tmp_path}/none/lab.session")
    assert seen[1][1].startswith("vnetsim: [Errno 2] No such file or directory")


def test_a_command_that_a_key_ended_is_saved_with_its_time_or_refused() -> None:
    assert Entered("ping 10.0.0.1\n", 3.5, CTRL_C, pressed=True).session()[0] == "$ timeout -s INT 3.5 ping 10.0.0.1"
    for entered in (Entered("sleep 9\n", 1, CTRL_Z, pressed=True), Entered("a | b\n", 1, CTRL_C, pressed=True)):
        with pytest.raises(UsageError, match="cannot have the key that ended"):
            entered.session()


def test_who_reaches_whom_and_whether_a_policy_on_the_machine_holds() -> None:
    _, seen = played(
        "ip link add v0 type veth peer name v1; ip netns add red; ip link set v1 netns red",
        "ip addr add 10.0.0.1/24 dev v0; ip link set v0 up",
        "ip -n red addr add 10.0.0.2/24 dev v1; ip -n red link set v1 up",
        "reach",
        "echo 'host -> red: icmp' >/tmp/a; echo 'host !-> red: icmp' >/tmp/b",
        "check /tmp/a",
        "check /tmp/b",
        "check /tmp/none",
    )
    assert "red" in seen[3][1]
    assert seen[5][1].startswith("/tmp/a: the rule holds")
    assert "the rule is broken" in seen[6][1]
    assert seen[7][1].startswith("vnetsim: ")


def test_why_explains_what_was_lost_before_the_command_that_was_taken_back() -> None:
    lines = ["ip link set lo up", "iptables -A INPUT -p icmp -j DROP", "ping -c1 -W1 127.0.0.1", "true", "undo", "why"]
    session = PromptSession(Lab(docker=False, watch=True), (shown := list[str]()).append)
    for line in lines:
        if not run(session, f"{line}\n"):
            session.run(f"{line}\n")
    assert "INPUT rule 1: -p icmp -j DROP" in shown[-1]
    assert "nobody watches" in played("true", "undo", "why")[1][2][1]
