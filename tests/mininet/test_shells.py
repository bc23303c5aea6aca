"""The shells of nodes are requests of a lab's journal: a copy of the lab has them too."""

from __future__ import annotations

import pytest

from vnetsim.errors import UsageError
from vnetsim.lab import Lab
from vnetsim.mininet.shells import NodeShell, command_of


def lab_with_shell() -> tuple[Lab, NodeShell]:
    lab = Lab(docker=False)
    lab.run("ip netns add h1")
    return lab, NodeShell.started(lab, "h1", "h1")


def test_a_copy_has_the_state_of_the_shell() -> None:
    lab, shell = lab_with_shell()
    for line in ("NAME=red0", "ip link add $NAME type dummy", "sleep 100 &"):
        shell.type(line)
        assert shell.wait()
    copy = lab.fork()
    assert copy.now() == lab.now()
    assert "red0" in copy.run("ip -n h1 -br link").stdout
    lab.run("true")
    assert copy.run("pgrep sleep").stdout == lab.run("pgrep sleep").stdout


def test_a_line_is_waited_for_until_a_limit() -> None:
    _, shell = lab_with_shell()
    shell.type("sleep 5")
    assert not shell.wait(2)
    assert shell.wait(4)


def test_an_interrupted_line_is_interrupted_in_the_copy() -> None:
    lab, shell = lab_with_shell()
    shell.type("sleep 50; touch /tmp/late")
    lab.sleep(1)
    shell.interrupt()
    assert shell.wait(1)
    for each in (lab, lab.fork()):
        each.sleep(60)
        assert each.run("ls /tmp/late").exit_code != 0


def test_the_end_of_a_shell_ends_its_jobs() -> None:
    lab, shell = lab_with_shell()
    shell.type("sleep 100 &")
    shell.wait()
    shell.end()
    for each in (lab, lab.fork()):
        assert each.run("pgrep sleep").exit_code == 1


def test_lines_as_commands_of_the_machine() -> None:
    assert command_of("ip a", None) == "ip a"
    assert command_of("ls | wc", "h1") == "ip netns exec h1 bash -c 'ls | wc'"
    for line in ("cd /tmp", "kill %1", "kill %ping", "echo $!", "A=5", "export A=5"):
        with pytest.raises(UsageError, match="depends on the shell of h1"):
            command_of(line, "h1")


def test_a_lab_with_shells_is_written_as_a_session() -> None:
    lab, shell = lab_with_shell()
    shell.type("ip link add red0 type dummy")
    shell.wait()
    assert "$ ip netns exec h1 bash -c 'ip link add red0 type dummy'" in lab.session()
