"""The session typed by hand: what stays from line to line, and what a word may become."""

from __future__ import annotations

import io
import signal
import sys

import pytest

from vnetsim.lab import Lab
from vnetsim.prompt import converse
from vnetsim.prompt.completion import candidates
from vnetsim.prompt.entered import Entered
from vnetsim.prompt.session import PromptSession


def typed(*lines: str, patience: float = 60.0) -> tuple[PromptSession, str]:
    """A session in which these lines were typed, and what it showed."""
    shown: list[str] = []
    session = PromptSession(Lab(docker=False), shown.append, patience=patience)
    rest = list(lines)

    def ask(_prompt: str) -> str:
        if not rest:
            raise EOFError
        line = rest.pop(0)
        if line == "^C":
            raise KeyboardInterrupt
        return line

    converse(session, ask)
    return session, "".join(shown)


def test_directory_variables_functions_and_status_stay() -> None:
    lines = ["cd /tmp", "x=1", "f() { echo $x $PWD; }", "f", "false", "echo $?"]
    assert typed(*lines)[1] == "1 /tmp\n1\n"


def test_a_line_that_is_given_up_is_forgotten() -> None:
    assert typed("echo 'a", "^C", "echo b")[1] == "b\n"


def test_an_output_without_a_newline_gets_one() -> None:
    assert typed("printf a", "printf b")[1] == "a\nb\n"


def test_a_command_that_does_not_end_is_interrupted() -> None:
    session, shown = typed("sleep 1000", "echo after", patience=5)
    assert shown == "vnetsim: interrupted after 5 simulated seconds (see --patience)\nafter\n"
    assert session.lab.now() < 10 * 10**9


def test_the_background_goes_on_from_line_to_line() -> None:
    assert typed("sleep 3 &", "wait; echo $?")[1] == "[1] 1002\n0\n"


def test_exit_ends_the_session_with_its_status() -> None:
    session, shown = typed("exit 4", "echo never")
    assert (session.status, shown) == (4, "")


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("gre", "grep"),
        ("ip netns exec r", "red"),
        ("ip netns exec red p", "pgrep"),
        ("ip link show dev l", "lo"),
        ("echo x | gre", "grep"),
        ("ip -n red link show l", "lo"),
    ],
)
def test_words_are_completed(before: str, expected: str) -> None:
    session, _ = typed()
    session.lab.machine.add_namespace("red")
    assert expected in list(candidates(session.lab, before))


def test_containers_and_networks_are_completed_and_nothing_is_forgotten() -> None:
    session = PromptSession(Lab(watch=True), lambda _text: None)
    assert list(candidates(session.lab, "docker network inspect br")) == []
    session.run("docker run -d --name web nginx")
    session.run("ping -c 1 -W 1 172.17.0.9")
    lost = session.lab.why()
    assert "172.17.0.9" in lost
    assert list(candidates(session.lab, "docker exec we")) == ["web"]
    assert list(candidates(session.lab, "docker network inspect br")) == ["bridge"]
    assert session.lab.why() == lost


def test_only_what_begins_so_is_offered() -> None:
    session, _ = typed()
    assert all(name.startswith("gr") for name in candidates(session.lab, "gr"))
    assert list(candidates(session.lab, "ip link show dev nosuch")) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C of a terminal")
def test_ctrl_c_ends_the_command_and_not_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", _Terminal())
    before = signal.getsignal(signal.SIGINT)
    shown: list[str] = []

    def show(text: str) -> None:
        shown.append(text)
        if text == "begun\n":
            signal.raise_signal(signal.SIGINT)

    session = PromptSession(Lab(docker=False), show)
    session.run("while true; do echo begun; sleep 1; done")
    assert session.status == 130
    session.run("echo after")
    assert "".join(shown) == "begun\n\nafter\n"
    assert signal.getsignal(signal.SIGINT) == before


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C of a terminal")
def test_a_key_is_pressed_at_the_same_time_in_a_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", _Terminal())

    def show(text: str) -> None:
        if "begun" in text:
            signal.raise_signal(signal.SIGINT)

    session = PromptSession(Lab(docker=True), show)
    # The first process of a container does not catch it: the command ends later than the key was pressed.
    session.run("docker run alpine sh -c 'echo begun; sleep 99'\n")
    assert session.lab.fork().now() == session.lab.now()


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    "line", ["f() { f; }; f", "(" * 3000 + "true" + ")" * 3000, "echo " + "$(" * 2000 + "echo" + ")" * 2000]
)
def test_what_is_nested_too_deeply_is_said_so(line: str) -> None:
    assert typed(line, "echo after")[1] == "vnetsim: the commands call each other, or are nested, too deeply\nafter\n"


@pytest.mark.parametrize(("lines", "status"), [
    (["false"], 1),
    (["ls /none"], 2),
    (["true"], 0),
    (["ip netns add red", "ip netns exec red bash"], None),  # it reads what is typed next
    (["ip netns add red", "ip netns exec red bash", "(exit 5)"], 5),
    (["ip netns add red", "ip netns exec red bash", "exit 3"], 3),
    (["cat"], None),
    (["cat", "one"], None),
    (["ping --no-such-option 10.0.0.1"], 2),
    (["exit 4"], 4),
])  # fmt: skip
def test_the_exit_status_of_each_command_is_kept_for_those_who_watch(lines: list[str], status: int | None) -> None:
    session = PromptSession(Lab(docker=False), lambda _text: None)
    for line in lines:
        session.run(f"{line}\n")
    assert session.ended == status
    entered = session.lab.journal.requests[-1]
    assert isinstance(entered, Entered)
    assert entered.status == status
