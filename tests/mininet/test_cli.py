"""The CLI: its commands, its messages, and files of commands."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from vnetsim.mininet.cli import CLI
from vnetsim.mininet.emulation import Emulation, NetworkBuilt
from vnetsim.mininet.net import Mininet
from vnetsim.mininet.nodelib import LinuxBridge
from vnetsim.mininet.topo import SingleSwitchTopo


def typed(*lines: str) -> None:
    net = Mininet(topo=SingleSwitchTopo(2), switch=LinuxBridge, controller=None)
    net.start()
    CLI(net, stdin=io.StringIO("".join(f"{line}\n" for line in lines)))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("nodes", "available nodes are: \nh1 h2 s1\n"),
        ("net", "h1 h1-eth0:s1-eth1\nh2 h2-eth0:s1-eth2\ns1 lo:  s1-eth1:h1-eth0 s1-eth2:h2-eth0\n"),
        ("links", "h1-eth0<->s1-eth1 (OK OK) \nh2-eth0<->s1-eth2 (OK OK) \n"),
        ("ports", "s1 lo:0 s1-eth1:1 s1-eth2:2 \n"),
        ("intfs", "h1: h1-eth0\nh2: h2-eth0\ns1: lo,s1-eth1,s1-eth2\n"),
        ("pingpair", "h1 -> h2 \nh2 -> h1 \n*** Results: 0% dropped (2/2 received)\n"),
        ("h1 echo h2 s1", "10.0.0.2 127.0.0.1\n"),
        ("h1", "*** Please enter a command for node: h1 <cmd>\n"),
        ("h9 ls", "*** Unknown command: h9 ls\n"),
        ("py h1.IP()", "10.0.0.1\n"),
        ("py nosuch", "name 'nosuch' is not defined\n"),
        ("link h1 s1", "invalid number of args: link end1 end2 [up down]\n"),
        ("link h1 s1 sideways", "invalid type: link end1 end2 [up down]\n"),
        ("iperf h1 h9", "node 'h9' not in network\n"),
        ("iperfudp h1", "invalid number of args: iperfudp bw src dst\nbw examples: 10M\n"),
        ("switch s9 stop", "invalid switch: stop\n"),
        ("switch s1 jump", "invalid command: switch <switch name> {start, stop}\n"),
        ("source nosuch", "error reading file nosuch\n"),
        ("xterm h1", "vnetsim: not modelled: xterm of h1: a terminal on a display; use the CLI: h1 COMMAND\n"),
        ("dpctl", "usage: dpctl command [arg1] [arg2] ...\n"),
        ("x", "usage: x node [cmd args]...\n"),
    ],
)
def test_commands(emulation: Emulation, capsys: pytest.CaptureFixture[str], line: str, said: str) -> None:
    del emulation
    typed(line)
    assert capsys.readouterr().err == f"{said}\n"


def test_a_file_of_commands(emulation: Emulation, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    del emulation
    (tmp_path / "commands").write_text("px net.x = 7\nswitch s1 stop\npingall 1\nswitch s1 start\n", "utf-8")
    typed(f"source {tmp_path / 'commands'}", "py net.x", "sh echo machine", "noecho h1 hostname", "exit", "h1 ls")
    captured = capsys.readouterr()
    assert "100% dropped" in captured.err
    assert captured.err.endswith("7\nhost\n")
    assert "machine\n" in captured.out


def test_help_names_the_commands(emulation: Emulation, capsys: pytest.CaptureFixture[str]) -> None:
    del emulation
    typed("help", "help pingall")
    captured = capsys.readouterr()
    assert "pingallfull" in captured.out
    assert "Ping between all hosts." in captured.out
    assert "<node> command {args}" in captured.err


def test_the_cli_is_where_a_network_is_complete(emulation: Emulation) -> None:
    def built(what: str) -> None:
        raise NetworkBuilt(what)

    emulation.built = built
    with pytest.raises(NetworkBuilt, match="CLI"):
        typed("pingall")
