"""A node is a shell in a namespace: `cmd` gives what a terminal shows, and jobs, variables and directories stay."""

from __future__ import annotations

import pytest

from vnetsim.errors import NotModelled, UsageError
from vnetsim.failures import FailureKind
from vnetsim.mininet.emulation import Emulation
from vnetsim.mininet.hosts import CPULimitedHost, Host, Node


def test_a_command_gives_both_outputs_with_the_line_ends_of_a_terminal(emulation: Emulation) -> None:
    del emulation
    assert Host("h1").cmd("echo a; ls /nosuch") == "a\r\nls: cannot access '/nosuch': No such file or directory\r\n"


def test_the_shell_keeps_its_state(emulation: Emulation) -> None:
    del emulation
    host = Host("h1")
    host.cmd("cd /tmp; NAME=lab")
    assert host.cmd("echo $PWD $NAME") == "/tmp lab\r\n"
    assert Host("h2").cmd("echo $PWD $NAME") != "/tmp lab\r\n"


def test_words_and_lists_are_a_command(emulation: Emulation) -> None:
    del emulation
    host = Host("h1")
    assert host.cmd("echo", 1, "b") == host.cmd(["echo", "1", "b"]) == "1 b\r\n"
    assert host.cmd("") == ""


def test_a_background_job_is_not_announced_when_it_is_the_whole_command(emulation: Emulation) -> None:
    del emulation
    host = Host("h1")
    assert host.cmd("sleep 9 &") == ""
    first = host.lastPid
    assert first is not None
    assert host.cmd("sleep 8 & echo") == f"[2] {first + 2}\r\n\r\n"
    assert host.cmd("kill %sleep") == "vnetsim: not modelled: %sleep: a name of 2 jobs\r\n"
    assert host.cmd("kill %1 %2") == ""


def test_a_command_that_never_ends_is_refused(emulation: Emulation) -> None:
    del emulation
    with pytest.raises(UsageError, match=r"h1: `sleep 7200` did not end within 3600 s"):
        Host("h1").cmd("sleep 7200")


def test_ctrl_c_ends_a_command(emulation: Emulation) -> None:
    del emulation
    host = Host("h1")
    host.cmd("ifconfig lo up")
    host.sendCmd("ping 127.0.0.1")
    assert "icmp_seq=1" in host.monitor(timeoutms=1500)
    host.sendInt()
    assert "packet loss" in host.waitOutput()
    assert not host.waiting


def test_monitor_gives_nothing_where_nothing_comes(emulation: Emulation) -> None:
    host = Host("h1")
    host.sendCmd("sleep 3")
    before = emulation.lab.now()
    assert host.monitor(timeoutms=1000) == ""
    assert emulation.lab.now() - before >= 1_000_000_000
    assert host.waitOutput() == ""


def test_a_failed_command_makes_the_lab_incomplete(emulation: Emulation) -> None:
    Host("h1").cmd("ip link set nosuch up")
    (failure,) = emulation.lab.failures
    assert (failure.command, failure.message) == ("ip link set nosuch up", 'Cannot find device "nosuch"')


def test_a_ping_that_is_lost_is_an_answer(emulation: Emulation) -> None:
    host = Host("h1")
    host.cmd("ifconfig lo up")
    assert "1 received" in host.cmd("ping -c1 127.0.0.1")
    assert "unreachable" in host.cmd("ping -c1 192.0.2.1")
    assert emulation.lab.failures == ()


def test_what_is_not_modelled_makes_the_lab_incomplete(emulation: Emulation) -> None:
    assert Host("h1").cmd("ovs-vsctl show") == "vnetsim: not modelled: the program ovs-vsctl\r\n"
    assert [each.kind for each in emulation.lab.failures] == [FailureKind.NOT_MODELLED]


def test_private_directories(emulation: Emulation) -> None:
    private = [("/var/log", "/tmp/%(name)s/log"), "/var/mn"]
    h1, h2 = Host("h1", privateDirs=private), Host("h2", privateDirs=private)
    for host in (h1, h2):
        host.cmd(f"echo {host} | tee /var/log/who /var/mn/who")
    assert h1.cmd("cat /var/log/who /var/mn/who; ls /var/mn") == "h1\r\nh1\r\nwho\r\n"
    assert h1.pexec("cat /var/mn/who")[0] == "h1\n"
    assert emulation.lab.run("cat /tmp/h2/log/who; ls /var/log /var/mn").stdout == "h2\n/var/log:\n\n/var/mn:\n"
    copy = emulation.lab.fork()
    assert copy.run("cat /tmp/h1/log/who").stdout == "h1\n"


def test_private_directories_of_the_machine_are_refused(emulation: Emulation) -> None:
    with pytest.raises(NotModelled, match="privateDirs of s1, which is in no namespace"):
        Node("s1", inNamespace=False, privateDirs=["/var/log"])
    assert len(emulation.lab.failures) == 1


def test_the_limit_of_a_cpu_is_an_assumption(emulation: Emulation) -> None:
    CPULimitedHost("h1").config(cpu=0.5)
    assert emulation.lab.shortfall.assumptions == ("the CPU limit of h1 has no effect: programs take no time",)


def test_two_nodes_of_a_name_are_refused(emulation: Emulation) -> None:
    del emulation
    Host("h1")
    with pytest.raises(UsageError, match="h1: there is a node of this name already"):
        Host("h1")
    for name in ("", "a/b", ".."):
        with pytest.raises(UsageError, match="expected the name of a node"):
            Host(name)


def test_a_node_outside_a_namespace_is_the_machine(emulation: Emulation) -> None:
    node = Node("root", inNamespace=False)
    node.cmd("ip link add dummy0 type dummy")
    assert "dummy0" in emulation.run("ip link show dummy0")
    assert node.namespace is None


def test_a_terminated_node_has_no_namespace(emulation: Emulation) -> None:
    host = Host("h1")
    host.terminate()
    assert emulation.run("ip netns list") == ""
    assert host.cmd("echo") is None
