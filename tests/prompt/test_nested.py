"""Shells that a command starts at the prompt: they read what is typed next, until `exit` or Ctrl-D."""

from __future__ import annotations

import pytest

from vnetsim.errors import UsageError
from vnetsim.lab import Lab
from vnetsim.prompt import converse
from vnetsim.prompt.session import PromptSession
from vnetsim.scenario.load import parse
from vnetsim.scenario.play import play


def played(*lines: str, docker: bool = False, patience: float = 60.0) -> tuple[PromptSession, list[tuple[str, str]]]:
    """The session, and what stood before each line with what it printed."""
    shown: list[str] = []
    session = PromptSession(Lab(docker=docker), shown.append, patience=patience)
    rest, seen = list(lines), list[tuple[str, str]]()

    def ask(prompt: str) -> str:
        if seen:
            seen[-1] = (seen[-1][0], "".join(shown))
        shown.clear()
        seen.append((prompt, ""))
        line = rest.pop(0) if rest else "^D"
        if line == "^D":
            raise EOFError
        if line == "^C":
            raise KeyboardInterrupt
        return line

    converse(session, ask)
    seen[-1] = (seen[-1][0], "".join(shown))
    return session, seen


def test_a_shell_in_a_namespace_reads_what_follows() -> None:
    _, seen = played(
        "ip netns add red", "ip netns exec red bash", "ip -br link", "exit", "ip netns identify", "echo $?"
    )
    assert [prompt for prompt, _ in seen] == [
        "root@host:/# ", "root@host:/# ", "(red) root@host:/# ", "(red) root@host:/# ", "root@host:/# ",
        "root@host:/# ", "root@host:/# ",
    ]  # fmt: skip
    assert seen[2][1] == "lo               DOWN           00:00:00:00:00:00 <LOOPBACK> \n"
    assert (seen[3][1], seen[5][1]) == ("exit\n", "0\n")


def test_ctrl_d_ends_only_the_inner_shell() -> None:
    session, seen = played("bash", "cd /tmp", "^D", "pwd")
    assert (seen[2][1], seen[3]) == ("exit\n", ("root@host:/# ", "/\n"))
    assert not session.over


def test_the_status_of_the_inner_shell_is_that_of_its_last_command() -> None:
    _, seen = played("sh", "false", "^D", "echo $?")
    assert seen[3][1] == "1\n"


def test_a_shell_in_a_container_reads_what_follows() -> None:
    lines = ["docker run -d --name web nginx", "docker exec -it web bash", "hostname -i", "exit 3", "echo $?"]
    _, seen = played(*lines, docker=True)
    assert seen[2][0].startswith("root@")
    assert (seen[2][1], seen[3][1], seen[4][1]) == ("172.17.0.2\n", "exit\n", "3\n")


def test_a_container_of_its_own_ends_with_its_shell() -> None:
    _, seen = played(
        "docker run -it --rm nettools sh", "ip -br -4 addr show eth0", "exit", "docker ps -aq", docker=True
    )
    assert seen[1][1].split()[2] == "172.17.0.2/16"
    assert seen[3][1] == ""


def test_a_container_is_attached_and_left_by_its_detach_keys() -> None:
    lines = [
        "docker run -dit --name alpine1 alpine ash", "docker attach alpine1", "hostname -i", "\x10\x11",
        "docker ps -q | wc -l", "docker attach alpine1", "echo again", "exit", "docker ps -q | wc -l",
        "docker start -ai alpine1", "exit 4", "echo $?",
    ]  # fmt: skip
    session, seen = played(*lines, docker=True)
    assert [shown for _, shown in seen[2:]] == [
        "172.17.0.2\n", "read escape sequence\n", "1\n", "", "again\n", "", "0\n", "", "", "4\n", "",
    ]  # fmt: skip
    assert not session.over


def test_exec_is_left_by_its_detach_keys_and_the_program_goes_on() -> None:
    _, seen = played(
        "docker run -d --name web nginx",
        "docker exec -it web sh",
        "sleep 30 &",
        "\x10\x11",
        "docker exec web pidof sleep",
        "docker exec -it --detach-keys ctrl-a web sh",
        "\x01",
        "echo $?",
        docker=True,
    )
    assert seen[3][1] == "read escape sequence\n"
    assert seen[4][1].strip().isdigit()
    assert (seen[6][1], seen[7][1]) == ("read escape sequence\n", "1\n")


def test_commands_without_a_terminal_for_a_running_shell_are_not_modelled() -> None:
    _, seen = played("docker run -di --name web alpine sh", "echo hostname | docker attach web", docker=True)
    sentence = "vnetsim: not modelled: docker attach with input for a shell that runs already, without a terminal\n"
    assert seen[1][1] == sentence


def test_an_image_whose_command_is_a_shell_has_one_on_a_terminal_and_ends_without() -> None:
    _, seen = played("docker run -it --rm ubuntu", "hostname -i", "exit", "docker run -d debian:12 bash", docker=True)
    assert seen[1][1] == "172.17.0.2\n"
    _, seen = played(
        "docker run -d --name web python:3 bash", "sleep 1", "docker ps -a --format '{{.State}}'", docker=True
    )
    assert seen[2][1] == "exited\n"


def test_a_program_that_reads_gets_the_line_with_what_it_wrote_as_prompt() -> None:
    _, seen = played("read -p 'Name: ' x", "bob", "echo $x", "cat", "a", "b", "^D", "echo after")
    assert seen[1] == ("Name: ", "")
    assert [shown for _, shown in seen[2:]] == ["bob\n", "", "a\n", "b\n", "", "after\n", ""]


def test_ctrl_c_ends_a_program_that_reads() -> None:
    _, seen = played("cat", "^C", "echo $?")
    assert seen[2] == ("root@host:/# ", "130\n")


def test_ctrl_c_at_a_prompt_forgets_the_line_in_the_inner_shell_too() -> None:
    _, seen = played("bash", "echo 'a", "^C", "echo b")
    assert [prompt for prompt, _ in seen[:4]] == ["root@host:/# ", "root@host:/# ", "> ", "root@host:/# "]
    assert seen[3][1] == "b\n"


def test_the_time_limit_interrupts_the_command_and_not_the_inner_shell() -> None:
    _, seen = played("bash", "sleep 1000", "echo $?", "exit", patience=5)
    assert seen[1][1] == "vnetsim: interrupted after 5 simulated seconds (see --patience)\n"
    assert (seen[2][1], seen[3][1]) == ("130\n", "exit\n")


def test_a_fork_of_the_lab_is_in_the_same_inner_shell() -> None:
    session, _ = played("ip netns add red", "ip netns exec red bash", "ip link add d0 type dummy")
    copy = session.lab.fork().journal.notes["prompt"]
    assert (copy.prompt, copy.nested) == ("root@host:/# ", False)  # Ctrl-D, which ended it, was typed as well
    before = session.lab.fork(after=4).journal.notes["prompt"]
    assert (before.prompt, before.nested) == ("(red) root@host:/# ", True)


def test_a_session_file_has_what_an_inner_shell_read_as_a_here_document() -> None:
    session, _ = played("ip netns add red", "ip netns exec red bash", "ip link add d0 type dummy", "exit", "ip netns")
    assert session.lab.session() == (
        "$ ip netns add red\n\n$ ip netns exec red bash <<'END'\n> ip link add d0 type dummy\n> exit\n> END\n\n"
        "$ ip netns\n\n"
    )
    again = Lab(docker=False)
    play(parse("x.session", session.lab.session()), again)
    assert again.run("ip -n red -br link show d0").stdout.split()[0] == "d0"


def test_docker_exec_in_a_session_file_has_no_terminal() -> None:
    session, _ = played("docker run -d --name web nginx", "docker exec -it web bash", "hostname", docker=True)
    assert "$ docker exec -i web bash <<'END'\n> hostname\n> END\n" in session.lab.session()


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (["cat", "hello", "^D"], "cannot have what a program was given at the terminal: 'hello"),
        (["docker run -it --rm alpine sh", "hostname", "exit"], "cannot have the commands of an attached container"),
    ],
)
def test_a_session_file_is_refused_rather_than_written_without_something(lines: list[str], sentence: str) -> None:
    session, _ = played(*lines, docker="docker" in lines[0])
    with pytest.raises(UsageError, match=sentence):
        session.lab.session()


def test_a_reboot_ends_every_shell() -> None:
    _, seen = played("ip netns add red", "ip netns exec red bash", "reboot", "ip netns list; echo $?")
    assert seen[3] == ("root@host:/# ", "0\n")


def test_a_window_that_changes_its_size_ends_no_inner_shell_in_a_session_file() -> None:
    session = PromptSession(Lab(docker=False), lambda _text: None)
    session.run("ip netns add red\n")
    session.run("ip netns exec red bash\n")
    session.resize(30, 100)
    session.run("ip link add br0 type bridge\n")
    session.run("exit\n")
    assert session.lab.session().splitlines()[2:6] == [
        "$ ip netns exec red bash <<'END'", "> ip link add br0 type bridge", "> exit", "> END",
    ]  # fmt: skip
