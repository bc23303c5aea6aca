"""Processes beside a node's shell, in the shape of subprocess.Popen."""

from __future__ import annotations

import pytest

from vnetsim.errors import NotModelled, UsageError
from vnetsim.mininet.emulation import Emulation
from vnetsim.mininet.functions import pmonitor
from vnetsim.mininet.hosts import Host
from vnetsim.mininet.popen import PIPE, STDOUT, SimulatedPopen


def test_both_outputs_and_the_status(emulation: Emulation) -> None:
    del emulation
    assert Host("h1").pexec("ls /nosuch") == ("", "ls: cannot access '/nosuch': No such file or directory\n", 2)
    assert Host("h2").popen("echo", "a b").communicate() == (b"a b\n", b"")


def test_it_runs_while_time_passes(emulation: Emulation) -> None:
    process = Host("h1").popen("sleep 3")
    assert process.poll() is None
    before = emulation.lab.now()
    assert process.wait() == 0
    assert 3.0 <= (emulation.lab.now() - before) / 1e9 < 3.1


def test_signals(emulation: Emulation) -> None:
    del emulation
    host = Host("h1")
    ended, killed = host.popen("sleep 9"), host.popen("sleep 9")
    ended.terminate()
    killed.kill()
    assert (ended.wait(), killed.wait(), ended.returncode) == (-15, -9, -15)


def test_lines_as_they_come(emulation: Emulation) -> None:
    del emulation
    process = Host("h1").popen("echo a; sleep 2; echo b", shell=True, text=True)
    assert process.stdout is not None
    assert [process.stdout.readline(), process.poll(), list(process.stdout)] == ["a\n", None, ["b\n"]]


def test_outputs_can_be_one(emulation: Emulation) -> None:
    del emulation
    process = SimulatedPopen("echo a; nosuch", shell=True, stdout=PIPE, stderr=STDOUT, text=True)
    assert process.communicate()[0] == "a\nsh: 1: nosuch: not found\n"


def test_several_processes_are_monitored(emulation: Emulation) -> None:
    del emulation
    hosts = [Host(name) for name in ("h1", "h2")]
    popens = {
        host: host.popen(f"sleep {wait}; echo {host}", shell=True) for wait, host in zip((2, 1), hosts, strict=True)
    }
    assert [(host.name, line) for host, line in pmonitor(popens) if host] == [("h2", "h2\n"), ("h1", "h1\n")]


def test_a_program_that_is_not_there(emulation: Emulation) -> None:
    del emulation
    with pytest.raises(FileNotFoundError, match="nosuch"):
        Host("h1").popen("nosuch -x")


def test_what_is_refused(emulation: Emulation) -> None:
    process = Host("h1").popen("sleep 99999")
    assert process.stdout is not None
    with pytest.raises(NotModelled, match="input of a process"):
        process.communicate(input=b"text")
    with pytest.raises(UsageError, match="did not end within 5 simulated seconds"):
        process.wait(timeout=5)
    assert len(emulation.lab.failures) == 1


def test_a_process_that_fails_unseen_makes_the_lab_incomplete(emulation: Emulation) -> None:
    host = Host("h1")
    host.popen("ip link del nosuch")
    seen = host.popen("ip link del other")
    assert seen.wait() == 1
    assert "ip link del nosuch" in [failure.command for failure in emulation.lab.failures]
